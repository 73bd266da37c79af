/* SPDX-License-Identifier: MIT */
/* One tensor at one optimizer: a step of it. */
#include "commons.h"
#include "floating_point.h"
#include "imports.h"
#include "rig.h"

#include <fenv.h>
#include <math.h>
#include <string.h>

const Rig *rig_running;

/* what lies around every call of a kernel */
typedef struct Watch {
  uint64_t mode;
  size_t n_calls;
} Watch;

/* one span of several may not write to it; who sees the whole tensor may to its own */
static void
protect_cells(Rig *rig, bool is_locked)
{
  const bool is_whole = plugin_granularity(rig->plugin, rig->variant) == OPTREG_TENSOR;

  guard_protect(&rig->common_cells, is_locked);
  guard_protect(&rig->own_cells, is_locked && !is_whole);
}

static Watch
begin_watch(Rig *rig, bool is_kernel)
{
  rig_running = rig;
  if (rig->spec.is_common_locked && is_kernel) {
    protect_cells(rig, true);
    commons_lock();
  }
  return (Watch){ floating_point_mode(), imports_allocations().n_calls };
}

static void
end_watch(Rig *rig, const Watch *watch, bool is_kernel)
{
  rig_running = NULL;
  if (rig->spec.is_common_locked && is_kernel) {
    commons_unlock();
    protect_cells(rig, false);
  }
  if (floating_point_mode() != watch->mode) {
    rig->has_changed_environment = true;
    fesetenv(FE_DFL_ENV);
  }
  if (is_kernel) {
    rig->n_allocations += imports_allocations().n_calls - watch->n_calls;
  }
}

static const optreg_kernel *
kernel_of(const Rig *rig)
{
  const optreg_kernel *best = NULL;

  for (size_t i = 0; i < rig->plugin->class->kernels.count; i++) {
    const optreg_kernel *kernel = plugin_kernel(rig->plugin, i);
    if (kernel->variant == rig->variant && kernel->dtype == rig->spec.dtype
        && kernel->level <= MIN(rig->spec.level, rig->plugin->level)
        && (best == NULL || kernel->level > best->level)) {
      best = kernel;
    }
  }
  return best;
}

static optreg_span
make_span(Rig *rig, size_t offset, size_t n, void **slots)
{
  const size_t size = rig->spec.dtype == OPTREG_F64 ? sizeof(double) : sizeof(float);

  for (size_t i = 0; i < rig->plugin->class->slots.count; i++) {
    const optreg_slot *row = plugin_slot(rig->plugin, i);
    const bool is_cut = rig->shapes[i] == OPTREG_SHAPE_FULL;
    slots[i] = row->scope != OPTREG_PER_ELEMENT ? (void *)rig_cell(rig, i)
               : rig->slots[i].map == NULL
                   ? NULL
                   : rig->slots[i].data + (is_cut ? offset * size : 0);
  }
  return (optreg_span){
    .struct_size = sizeof(optreg_span),
    .n = n,
    .param = rig->param.data + offset * size,
    .grad = rig->grad.data + offset * size,
    .slot = slots,
    .hyperparameter = (const double *)(const void *)rig->values.data,
    .scalar = (const double *)(const void *)rig->scalars.data,
    .reduction = (const double *)(const void *)rig->reductions.data,
    .dims = rig->spec.has_no_place ? NULL : rig->spec.dims,
    .offset = rig->spec.has_no_place ? 0 : offset,
    .ndim = rig->spec.has_no_place ? 0 : rig->spec.ndim,
    .dtype = rig->spec.dtype,
    .variant = rig->variant,
  };
}

static int32_t
begin_step(Rig *rig)
{
  const optreg_optimizer_class *class = rig->plugin->class;
  double *cells[MAX_SLOTS] = { NULL };

  rig->step++;
  if (class->begin_step == NULL) {
    return OPTREG_OK;
  }
  for (size_t i = 0; i < class->slots.count; i++) {
    const uint32_t scope = plugin_slot(rig->plugin, i)->scope;
    const bool is_here = scope == OPTREG_PER_GROUPS || scope == OPTREG_PER_MODEL;
    cells[i] = is_here ? rig_cell(rig, i) : NULL;
  }
  const optreg_step step = {
    .struct_size = sizeof(optreg_step),
    .step = rig->step,
    .hyperparameter = (const double *)(const void *)rig->values.data,
    .slot = cells,
    .dtype = rig->spec.dtype,
    .is_first = 1,
  };
  const Watch watch = begin_watch(rig, false);
  const int32_t status =
      class->begin_step(rig->self, &step, (double *)(void *)rig->scalars.data);
  end_watch(rig, &watch, false);
  return status;
}

static void
reduce_phase(Rig *rig, const optreg_kernel *kernel, uint32_t phase, RigCut cut)
{
  const size_t n_rows = rig->plugin->class->reductions.count;
  double values[MAX_SLOTS][OPTREG_LANES] = { { 0 } };
  double *lanes[MAX_SLOTS];
  void *slots[MAX_SLOTS];

  for (size_t i = 0; i < n_rows; i++) {
    lanes[i] = values[i];
  }
  for (size_t done = 0, i = 0; done < rig->n; i++) {
    size_t n = cut == NULL ? rig->n : MIN(cut(i, rig->n - done), rig->n - done);
    n = MIN((n + OPTREG_LANES - 1) / OPTREG_LANES * OPTREG_LANES, rig->n - done);
    const optreg_span span = make_span(rig, done, n, slots);
    const Watch watch = begin_watch(rig, true);
    kernel->reduce(rig->self, &span, phase, lanes);
    end_watch(rig, &watch, true);
    done += n;
  }
  for (size_t i = 0; i < n_rows; i++) {
    const optreg_reduction *row = plugin_reduction(rig->plugin, i);
    double *result = (double *)(void *)rig->reductions.data + i;
    for (size_t lane = 0; row->phase == phase && lane < OPTREG_LANES; lane++) {
      const double value = values[i][lane];
      *result = lane == 0               ? value
                : row->op == OPTREG_MAX ? fmax(*result, value)
                                        : *result + value;
    }
  }
}

static void
reduce(Rig *rig, const optreg_kernel *kernel, RigCut cut)
{
  uint32_t n_phases = 0;

  for (size_t i = 0; i < rig->plugin->class->reductions.count; i++) {
    n_phases = MAX(n_phases, plugin_reduction(rig->plugin, i)->phase + 1);
  }
  for (uint32_t phase = 0; kernel->reduce != NULL && phase < n_phases; phase++) {
    reduce_phase(rig, kernel, phase, cut);
  }
}

static void
protect(Rig *rig, bool is_read_only)
{
  Guard *const guards[] = { &rig->grad, &rig->values, &rig->scalars, &rig->reductions };

  for (size_t i = 0; rig->spec.is_read_only && i < G_N_ELEMENTS(guards); i++) {
    guard_protect(guards[i], is_read_only);
  }
}

static int32_t
update(Rig *rig, const optreg_kernel *kernel, RigCut cut)
{
  const bool is_whole = plugin_granularity(rig->plugin, rig->variant) == OPTREG_TENSOR;
  int32_t status = OPTREG_OK;
  void *slots[MAX_SLOTS];

  for (size_t done = 0, i = 0; done < rig->n; i++) {
    const size_t left = rig->n - done;
    const size_t n = cut == NULL || is_whole ? left : MIN(cut(i, left), left);
    const optreg_span span = make_span(rig, done, n, slots);
    const Watch watch = begin_watch(rig, true);
    if (is_whole) {
      status = kernel->update_tensor(rig->self, &span);
    } else {
      kernel->update_step(rig->self, &span);
    }
    end_watch(rig, &watch, true);
    done += n;
  }
  return status;
}

int32_t
rig_step_as_is(Rig *rig, RigCut cut)
{
  const optreg_kernel *kernel = kernel_of(rig);
  int32_t status = begin_step(rig);

  if (status == OPTREG_OK) {
    protect(rig, true);
    guard_protect(&rig->reductions, false);
    reduce(rig, kernel, cut);
    protect(rig, true);
    status = update(rig, kernel, cut);
    protect(rig, false);
  }
  return status;
}

int32_t
rig_step(Rig *rig, RigCut cut)
{
  /* some steps are larger than others, so that maxima and averages part */
  static const double sizes[] = { 1.0, 3.0, 0.25 };
  const double scale = sizes[rig->step % G_N_ELEMENTS(sizes)]
                       * (rig->spec.scale != 0.0 ? rig->spec.scale : 1.0);

  for (size_t i = 0; i < rig->n; i++) {
    rig_set(rig, &rig->grad, rig_place(rig, i),
            scale * signed_noise(rig->spec.seed + 1 + rig->step, i));
  }
  return rig_step_as_is(rig, cut);
}

int32_t
rig_steps(Rig *rig, size_t n, RigCut cut)
{
  int32_t status = OPTREG_OK;

  for (size_t i = 0; i < n && status == OPTREG_OK; i++) {
    status = rig_step(rig, cut);
  }
  return status;
}

int32_t
rig_finalize(Rig *rig, RigCut cut)
{
  int32_t status = OPTREG_OK;
  void *slots[MAX_SLOTS];

  if (rig->plugin->class->finalize == NULL) {
    return status;
  }
  for (size_t done = 0, i = 0; done < rig->n && status == OPTREG_OK; i++) {
    const size_t left = rig->n - done;
    const size_t n = cut == NULL ? left : MIN(cut(i, left), left);
    optreg_span span = make_span(rig, done, n, slots);
    span.grad = NULL;
    const Watch watch = begin_watch(rig, true);
    status = rig->plugin->class->finalize(rig->self, &span);
    end_watch(rig, &watch, true);
    done += n;
  }
  return status;
}
