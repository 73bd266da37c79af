/* SPDX-License-Identifier: MIT */
/* One tensor at one optimizer: a step of it. */
#include "rig_watch.h"

#include <math.h>
#include <string.h>

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

/* where the slot of a span begins that has done `offset` elements of the tensor */
static void *
slot_at(const Rig *rig, size_t slot, size_t offset)
{
  const size_t size = rig->spec.dtype == OPTREG_F64 ? sizeof(double) : sizeof(float);
  const bool is_cut = rig->shapes[slot] == OPTREG_SHAPE_FULL;

  if (plugin_slot(rig->plugin, slot)->scope != OPTREG_PER_ELEMENT) {
    return rig_cell(rig, slot);
  }
  return rig->slots[slot].map == NULL
             ? NULL
             : rig->slots[slot].data + (is_cut ? (rig->first + offset) * size : 0);
}

static const optreg_span *
make_span(Rig *rig, size_t offset, size_t n)
{
  const size_t size = rig->spec.dtype == OPTREG_F64 ? sizeof(double) : sizeof(float);
  const size_t begin = (rig->first + offset) * size;
  void **slots = (void **)(void *)rig->pointers.data;

  for (size_t i = 0; i < rig->plugin->class->slots.count; i++) {
    slots[i] = slot_at(rig, i, offset);
  }
  const optreg_span span = {
    .struct_size = sizeof(optreg_span),
    .n = n,
    .param = rig->param.data + begin,
    .grad = rig->grad.data + begin,
    .slot = slots,
    .hyperparameter = (const double *)(const void *)rig->values.data,
    .scalar = (const double *)(const void *)rig->scalars.data,
    .reduction = (const double *)(const void *)rig->reductions.data,
    .dims = rig->spec.has_no_place ? NULL
                                   : (const uint64_t *)(const void *)rig->dims.data,
    .offset = rig->spec.has_no_place ? 0 : offset,
    .ndim = rig->spec.has_no_place ? 0 : rig->spec.ndim,
    .dtype = rig->spec.dtype,
    .variant = rig->variant,
  };
  memcpy(rig->argument.data, &span, sizeof span);
  return (const optreg_span *)(const void *)rig->argument.data;
}

static int32_t
begin_step(Rig *rig)
{
  const optreg_optimizer_class *class = rig->plugin->class;
  double **cells = (double **)(void *)rig->pointers.data;

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
  memcpy(rig->argument.data, &step, sizeof step);
  const Watch watch = watch_begin(rig, CALL_BEGIN, 0);
  const int32_t status = class->begin_step(
      rig->self, (const optreg_step *)(const void *)rig->argument.data,
      (double *)(void *)rig->scalars.data);
  watch_end(rig, &watch);
  return status;
}

static void
combine_lanes(Rig *rig, size_t row)
{
  const double *lanes = (const double *)(const void *)rig->lanes[row].data;
  double *result = (double *)(void *)rig->reductions.data + row;

  *result = lanes[0];
  for (size_t lane = 1; lane < OPTREG_LANES; lane++) {
    *result = plugin_reduction(rig->plugin, row)->op == OPTREG_MAX
                  ? fmax(*result, lanes[lane])
                  : *result + lanes[lane];
  }
}

static void
reduce_phase(Rig *rig, const optreg_kernel *kernel, uint32_t phase, RigCut cut)
{
  const size_t n_rows = rig->plugin->class->reductions.count;
  double *lanes[MAX_SLOTS];

  for (size_t i = 0; i < n_rows; i++) {
    lanes[i] = (double *)(void *)rig->lanes[i].data;
    memset(lanes[i], 0, rig->lanes[i].size);
  }
  for (size_t done = 0, i = 0; done < rig->n; i++) {
    size_t n = cut == NULL ? rig->n : MIN(cut(i, rig->n - done), rig->n - done);
    n = MIN((n + OPTREG_LANES - 1) / OPTREG_LANES * OPTREG_LANES, rig->n - done);
    const optreg_span *span = make_span(rig, done, n);
    const Watch watch = watch_begin(rig, CALL_REDUCE, phase);
    kernel->reduce(rig->self, span, phase, lanes);
    watch_end(rig, &watch);
    done += n;
  }
  for (size_t i = 0; i < n_rows; i++) {
    if (plugin_reduction(rig->plugin, i)->phase == phase) {
      combine_lanes(rig, i);
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

static int32_t
update_span(Rig *rig, const optreg_kernel *kernel, size_t offset, size_t n)
{
  const optreg_span *span = make_span(rig, offset, n);
  const Watch watch = watch_begin(rig, CALL_UPDATE, 0);
  int32_t status = OPTREG_OK;

  if (plugin_granularity(rig->plugin, rig->variant) == OPTREG_TENSOR) {
    status = kernel->update_tensor(rig->self, span);
  } else {
    kernel->update_step(rig->self, span);
  }
  watch_end(rig, &watch);
  return status;
}

void
rig_update_span(Rig *rig, size_t offset, size_t n)
{
  update_span(rig, kernel_of(rig), offset, n);
}

int32_t
rig_update_hollow(Rig *rig)
{
  return update_span(rig, kernel_of(rig), 0, rig->whole);
}

static int32_t
update(Rig *rig, const optreg_kernel *kernel, RigCut cut)
{
  const bool is_whole = plugin_granularity(rig->plugin, rig->variant) == OPTREG_TENSOR;
  int32_t status = OPTREG_OK;

  for (size_t done = 0, i = 0; done < rig->n; i++) {
    const size_t left = rig->n - done;
    const size_t n = cut == NULL || is_whole ? left : MIN(cut(i, left), left);
    status = update_span(rig, kernel, done, n);
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
    reduce(rig, kernel, cut);
    status = update(rig, kernel, cut);
  }
  return status;
}

int32_t
rig_step_part(Rig *rig, size_t first, size_t n)
{
  const size_t whole = rig->n;
  uint64_t *dims = (uint64_t *)(void *)rig->dims.data;

  rig->first = first;
  rig->n = n;
  dims[0] = n;
  const int32_t status = rig_step_as_is(rig, NULL);
  rig->first = 0;
  rig->n = whole;
  dims[0] = whole;
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
    const double slope =
        rig->spec.is_following ? rig_get(rig, &rig->param, rig_place(rig, i)) : 0.0;
    rig_set(rig, &rig->grad, rig_place(rig, i),
            scale * (slope + signed_noise(rig->spec.seed + 1 + rig->step, i)));
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

  if (rig->plugin->class->finalize == NULL) {
    return status;
  }
  for (size_t done = 0, i = 0; done < rig->n && status == OPTREG_OK; i++) {
    const size_t left = rig->n - done;
    const size_t n = cut == NULL ? left : MIN(cut(i, left), left);
    optreg_span *span = (optreg_span *)make_span(rig, done, n);
    span->grad = NULL;
    const Watch watch = watch_begin(rig, CALL_FINALIZE, 0);
    status = rig->plugin->class->finalize(rig->self, span);
    watch_end(rig, &watch);
    done += n;
  }
  return status;
}
