/* SPDX-License-Identifier: MIT */
/* A check of how much stack a kernel takes. */
#include "budget.h"
#include "check.h"
#include "fault.h"
#include "stack.h"
#include "subjects.h"

#include <pthread.h>
#include <signal.h>
#include <sys/mman.h>
#include <unistd.h>

/* Each call runs in a thread on fresh memory, and the pages of it that exist afterwards
 * are what it took. A small tensor and a large one must take about the same, and no
 * more than a thread of an application can be expected to have left. */

enum { MOST = 64 << 10, OWN = 48 << 10, GROWTH = 8 << 10 };
enum { TILE = 1024, MOST_ELEMENTS = 1 << 21 };

typedef struct Run {
  Rig *rig;
  Guard stack;
} Run;

static size_t
cut_in_tiles(uint64_t index, size_t left)
{
  (void)index;
  return MIN(left, TILE);
}

static void *
run(void *data)
{
  Run *self = data;
  stack_t before;

  sigaltstack(NULL, &before);
  fault_set_stack(&self->stack);
  rig_step_as_is(self->rig, cut_in_tiles);
  rig_finalize(self->rig, cut_in_tiles);
  fault_set_stack(NULL);
  sigaltstack(&before, NULL);
  return NULL;
}

/* from the top to the lowest page that has been touched */
static size_t
count_touched(const Guard *stack)
{
  const size_t page = (size_t)sysconf(_SC_PAGESIZE), n = stack->size / page;
  g_autofree unsigned char *is_there = g_new0(unsigned char, n);
  size_t lowest = 0;

  mincore(stack->data, stack->size, is_there);
  while (lowest < n && (is_there[lowest] & 1) == 0) {
    lowest++;
  }
  return (n - lowest) * page;
}

/* bytes that one step takes; 0: it cannot be told */
static size_t
measure(Rig *rig)
{
  Run self = { .rig = rig };
  pthread_attr_t attributes;
  size_t n = 0;

  for (size_t i = 0; i < rig->n; i++) {
    rig_set(rig, &rig->grad, i, signed_noise(2, i));
  }
  guard_init(&self.stack, "a stack of 8 MB", STACK_BYTES, true);
  madvise(self.stack.data, STACK_BYTES, MADV_NOHUGEPAGE);
  pthread_attr_init(&attributes);
  if (pthread_attr_setstack(&attributes, self.stack.data, STACK_BYTES) == 0) {
    run_in_thread(&attributes, run, &self);
    n = count_touched(&self.stack);
  }
  pthread_attr_destroy(&attributes);
  guard_clear(&self.stack);
  return n;
}

/* the same for a shape; 0 as well where the plugin does not take it. What sees a whole
 * tensor may grow with it, what sees tiles may not grow beyond them */
static size_t
measure_shape(const Plugin *plugin, const RigSpec *shape, uint32_t dtype,
              uint32_t level, bool *is_whole)
{
  RigSpec spec = *shape;
  Rig rig;
  int32_t status;
  size_t n = 0;

  spec.dtype = dtype;
  spec.level = level;
  spec.seed = 1;
  spec.most_elements = MOST_ELEMENTS;
  if (rig_init(&rig, plugin, &spec, &status)) {
    if (plugin_find_kernel(plugin, rig.variant, dtype, OPTREG_LEVEL_BASELINE) != NULL) {
      n = measure(&rig);
      *is_whole = plugin_granularity(plugin, rig.variant) == OPTREG_TENSOR;
    }
    rig_clear(&rig);
  }
  return n;
}

static void
compare_shapes(const Plugin *plugin, const RigSpec *small, const RigSpec *large,
               uint32_t dtype, uint32_t level, Finding *finding)
{
  RigSpec described = *large;
  bool is_whole = false;
  const size_t few = measure_shape(plugin, small, dtype, level, &is_whole);
  const size_t many = measure_shape(plugin, large, dtype, level, &is_whole);

  described.dtype = dtype;
  g_autofree char *what = subjects_describe(&described);
  if (is_whole && few > 0 && many > few + GROWTH) {
    finding_fail(finding,
                 "takes %zu kB more stack for a parameter %s than for a small one",
                 (many - few) >> 10, what);
  } else if (MAX(few, many) > MOST + OWN) {
    finding_fail(finding,
                 "takes about %zu kB of stack for a parameter %s, at most %d are "
                 "there for sure",
                 (MAX(few, many) - OWN) >> 10, what, MOST >> 10);
  }
}

static void
check_stack(const Plugin *plugin, Finding *finding)
{
  static const RigSpec pairs[][2] = {
    { { .ndim = 1, .dims = { 64 } }, { .ndim = 1, .dims = { 1 << 16 } } },
    { { .ndim = 2, .dims = { 8, 8 } }, { .ndim = 2, .dims = { 96, 96 } } },
    { { .ndim = 2, .dims = { 8, 8 } }, { .ndim = 2, .dims = { 2, 4096 } } },
    { { .ndim = 2, .dims = { 8, 8 } }, { .ndim = 2, .dims = { 4096, 2 } } },
  };
  static const uint32_t dtypes[] = { OPTREG_F32, OPTREG_F64 };
  const uint32_t levels[] = { OPTREG_LEVEL_BASELINE, plugin->level };
  const double reserve = budget_limit() * 0.6;
  const size_t n_levels = plugin->level == OPTREG_LEVEL_BASELINE ? 1 : 2;

  for (size_t i = 0; i < G_N_ELEMENTS(pairs) * G_N_ELEMENTS(dtypes) * n_levels; i++) {
    const RigSpec *pair = pairs[i / n_levels / G_N_ELEMENTS(dtypes)];
    if (budget_left() < reserve) {
      finding_tell(finding, "some shapes only; --limit gives time for more");
      return;
    }
    compare_shapes(plugin, &pair[0], &pair[1],
                   dtypes[i / n_levels % G_N_ELEMENTS(dtypes)], levels[i % n_levels],
                   finding);
  }
}

static const Check checks[] = {
  { "kernel.stack", SEVERITY_ERROR,
    "a kernel takes little stack, whatever the tensor's size",
    "declare a slot with OPTREG_TRANSIENT for scratch; arrays on the stack have a "
    "fixed "
    "size, 64 kB in all",
    check_stack },
};

const Family stack_family = { .name = "stack", CHECKS(checks), .needs_plugin = true };
