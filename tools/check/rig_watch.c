/* SPDX-License-Identifier: MIT */
/* What lies around every call of a plugin. */
#include "rig_watch.h"

#include "commons.h"
#include "floating_point.h"
#include "imports.h"

#include <fenv.h>
#include <stddef.h>

const Rig *rig_running;

/* buffers that every rig has, and the calls that may write to them */
static const struct {
  size_t offset;
  unsigned writers;
} fixed[] = {
  { offsetof(Rig, param), CALL_UPDATE | CALL_FINALIZE },
  { offsetof(Rig, grad), 0 },
  { offsetof(Rig, values), 0 },
  { offsetof(Rig, scalars), CALL_BEGIN },
  { offsetof(Rig, reductions), 0 },
  { offsetof(Rig, own_cells), CALL_UPDATE | CALL_FINALIZE },
  { offsetof(Rig, common_cells), CALL_BEGIN | CALL_UPDATE | CALL_FINALIZE },
  { offsetof(Rig, dims), 0 },
  { offsetof(Rig, layout), CALL_BUILD },
  { offsetof(Rig, argument), 0 },
  { offsetof(Rig, pointers), 0 },
};

enum { N_FIXED = G_N_ELEMENTS(fixed) };

Guard *
rig_guard(const Rig *rig, size_t i)
{
  const size_t n_slots = rig->plugin->class->slots.count;

  if (i < N_FIXED) {
    return (Guard *)(void *)((char *)rig + fixed[i].offset);
  }
  i -= N_FIXED;
  if (i < n_slots) {
    return (Guard *)&rig->slots[i];
  }
  i -= n_slots;
  return i < rig->plugin->class->reductions.count ? (Guard *)&rig->lanes[i] : NULL;
}

/* writes to slots in finalize have a check of their own */
static unsigned
writers_of(const Rig *rig, size_t i, uint32_t phase)
{
  const size_t n_slots = rig->plugin->class->slots.count;

  if (i < N_FIXED) {
    return fixed[i].writers;
  }
  i -= N_FIXED;
  if (i < n_slots) {
    return CALL_UPDATE | CALL_FINALIZE;
  }
  const optreg_reduction *row = plugin_reduction(rig->plugin, i - n_slots);
  return row->phase == phase ? CALL_REDUCE : 0;
}

static void
protect(Rig *rig, RigCall call, uint32_t phase)
{
  Guard *guard;

  for (size_t i = 0; (guard = rig_guard(rig, i)) != NULL; i++) {
    if (guard->map != NULL && (writers_of(rig, i, phase) & call) == 0) {
      guard_protect(guard, true);
    }
  }
}

static void
unprotect(Rig *rig)
{
  Guard *guard;

  for (size_t i = 0; (guard = rig_guard(rig, i)) != NULL; i++) {
    if (guard->is_read_only) {
      guard_protect(guard, false);
    }
  }
}

/* one span of several may not write to it; who sees the whole tensor may to its own */
static void
protect_cells(Rig *rig)
{
  const bool is_whole = plugin_granularity(rig->plugin, rig->variant) == OPTREG_TENSOR;

  guard_protect(&rig->common_cells, true);
  guard_protect(&rig->own_cells, !is_whole);
}

Watch
watch_begin(Rig *rig, RigCall call, uint32_t phase)
{
  rig_running = rig;
  if (rig->spec.is_read_only) {
    protect(rig, call, phase);
  }
  if (rig->spec.is_common_locked && (call & CALLS_OF_KERNELS) != 0) {
    protect_cells(rig);
    commons_lock();
  }
  return (Watch){ call, floating_point_mode(), imports_allocations().n_calls };
}

void
watch_end(Rig *rig, const Watch *watch)
{
  rig_running = NULL;
  if (rig->spec.is_common_locked && (watch->call & CALLS_OF_KERNELS) != 0) {
    commons_unlock();
  }
  unprotect(rig);
  if (floating_point_mode() != watch->mode) {
    rig->has_changed_environment = true;
    fesetenv(FE_DFL_ENV);
  }
  if ((watch->call & CALLS_OF_KERNELS) != 0) {
    rig->n_allocations += imports_allocations().n_calls - watch->n_calls;
  }
}
