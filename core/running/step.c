/* SPDX-License-Identifier: MIT */
/* One call of step: measure, decide, reduce, update. Nothing is written before it is
 * known that the step will be taken. */
#include "engine.h"

#include "error.h"
#include "running/fp_mode.h"
#include "running/reduce.h"
#include "running/values.h"

#include <math.h>
#include <string.h>

/* beyond these a square overflows */
#define LARGEST_F32_ROOT 0x1.ffffffp+63
#define LARGEST_F64_ROOT 0x1.fffffffffffffp+511

/* ---- measuring ---- */

static double
chunk_magnitude(const OptregEngine *engine, size_t chunk)
{
  double magnitude;

  memcpy(&magnitude, &engine->workspace.magnitudes[chunk], sizeof magnitude);
  return magnitude;
}

static bool
is_finite(const OptregEngine *engine)
{
  for (size_t i = 0; i < engine->worklist.n_chunks; i++) {
    if (!isfinite(chunk_magnitude(engine, i))) {
      return false;
    }
  }
  return true;
}

/* a row's blocks of one tensor, combined; nothing where the gradient is missing */
static double
reduce_tensor(const OptregEngine *engine, size_t row, size_t tensor, uint32_t op)
{
  const size_t *first_block = engine->worklist.first_block;
  const double *blocks = engine->workspace.blocks + row * engine->workspace.n_blocks;

  if (!engine->tensors[tensor].is_active || engine->tensors[tensor].is_overwritten) {
    return 0.0;
  }
  return optreg_reduce_pairwise(blocks + first_block[tensor],
                                first_block[tensor + 1] - first_block[tensor], op);
}

static double
reduce_model(const OptregEngine *engine, size_t row, uint32_t op)
{
  for (size_t i = 0; i < engine->n_tensors; i++) {
    engine->per_tensor[i] = reduce_tensor(engine, row, engine->by_name[i], op);
  }
  return optreg_reduce_pairwise(engine->per_tensor, engine->n_tensors, op);
}

static void
take_norms(OptregEngine *engine)
{
  for (size_t i = 0; i < engine->n_tensors; i++) {
    engine->square_sums[i] = reduce_tensor(engine, 0, i, OPTREG_SUM);
  }
  engine->report.gradient_norm = sqrt(reduce_model(engine, 0, OPTREG_SUM));
}

/* results of a phase, where the optimizer's spans find them */
static void
take_reductions(OptregEngine *engine, uint32_t phase)
{
  const OptregDescriptor *descriptor = engine->descriptor;

  for (size_t row = 0; row < descriptor->n_reductions; row++) {
    const optreg_reduction *reduction = &descriptor->reductions[row];
    if (reduction->phase != phase) {
      continue;
    }
    const bool is_model = reduction->scope == OPTREG_PER_MODEL;
    const double model = is_model ? reduce_model(engine, row, reduction->op) : 0.0;
    for (size_t i = 0; i < engine->n_tensors; i++) {
      optreg_instance_reductions(engine->instance, i)[row] =
          is_model ? model : reduce_tensor(engine, row, i, reduction->op);
    }
  }
}

static void
run(OptregEngine *engine, const OptregSweep *sweep)
{
  if (sweep->n_stages > 0) {
    optreg_sweep_run(sweep, &engine->workspace, engine->executor);
  }
}

/* ---- refusing ---- */

/* the first element of a chunk that is not finite, or its end */
static uint64_t
find_nonfinite(const OptregChunk *chunk)
{
  const OptregTensor *tensor = chunk->tensor;

  for (uint64_t i = chunk->begin; tensor->grad != NULL && i < chunk->end; i++) {
    if (!isfinite(tensor->codec->at(tensor->grad, i))) {
      return i;
    }
  }
  return chunk->end;
}

static uint64_t
find_largest(const OptregChunk *chunk)
{
  const OptregTensor *tensor = chunk->tensor;
  uint64_t largest = chunk->begin;

  for (uint64_t i = chunk->begin; tensor->grad != NULL && i < chunk->end; i++) {
    if (fabs(tensor->codec->at(tensor->grad, i))
        > fabs(tensor->codec->at(tensor->grad, largest))) {
      largest = i;
    }
  }
  return largest;
}

/* the first element that is not finite as the application gave it; false when all are
 */
static bool
report_nonfinite(OptregEngine *engine)
{
  for (size_t i = 0; i < engine->worklist.n_chunks; i++) {
    const OptregChunk *chunk = &engine->worklist.chunks[i];
    if (isfinite(chunk_magnitude(engine, i))) {
      continue;
    }
    const uint64_t index = find_nonfinite(chunk);
    if (index < chunk->end) {
      engine->report.nonfinite_parameter = chunk->tensor->name;
      engine->report.nonfinite_index = index;
      return true;
    }
  }
  return false;
}

/* a gradient that the optimizer would square into infinity, after all clipping */
static bool
report_too_large(OptregEngine *engine)
{
  const OptregWrapper *clip = engine->chain->wrappers[OPTREG_LINK_CLIP];

  for (size_t i = 0; i < engine->worklist.n_chunks; i++) {
    const OptregChunk *chunk = &engine->worklist.chunks[i];
    const double limit = chunk->tensor->type == OPTREG_TYPE_F64 ? LARGEST_F64_ROOT
                                                                : LARGEST_F32_ROOT;
    if (!chunk->tensor->is_overwritten
        && optreg_clip_bound(clip, chunk->tensor, chunk_magnitude(engine, i)) > limit) {
      engine->report.nonfinite_parameter = chunk->tensor->name;
      engine->report.nonfinite_index = find_largest(chunk);
      return true;
    }
  }
  return false;
}

static void
set_nonfinite_error(const OptregEngine *engine, const char *what, GError **error)
{
  const optreg_step_report *report = &engine->report;
  g_autofree char *where =
      report->nonfinite_parameter != NULL
          ? g_strdup_printf("the gradient of '%s' %s at element %" G_GUINT64_FORMAT,
                            report->nonfinite_parameter, what, report->nonfinite_index)
          : g_strdup("the gradient overflows when it is unscaled and accumulated");

  if (engine->config->nonfinite == OPTREG_NONFINITE_SKIP) {
    g_set_error(error, OPTREG_ERROR, OPTREG_ERROR_NONFINITE,
                "%" G_GUINT64_FORMAT
                " steps in a row were skipped (max_consecutive_skips): %s",
                report->consecutive_skips, where);
  } else {
    g_set_error(error, OPTREG_ERROR, OPTREG_ERROR_NONFINITE,
                "%s; nothing was changed (nonfinite: error)", where);
  }
}

static optreg_status
refuse(OptregEngine *engine, const OptregCall *call, OptregOutcome outcome,
       const char *what, GError **error)
{
  const OptregConfig *config = engine->config;

  if (config->nonfinite == OPTREG_NONFINITE_ERROR) {
    set_nonfinite_error(engine, what, error);
    return OPTREG_STEP_ERROR;
  }
  optreg_chain_end(engine->chain, call, outcome);
  engine->report.skipped++;
  engine->report.consecutive_skips++;
  if (engine->report.consecutive_skips >= config->max_consecutive_skips) {
    set_nonfinite_error(engine, what, error);
    return OPTREG_STEP_ERROR;
  }
  return OPTREG_STEP_SKIPPED_NONFINITE;
}

static optreg_status
refuse_nonfinite(OptregEngine *engine, const OptregCall *call, GError **error)
{
  const bool is_given = report_nonfinite(engine);

  return refuse(engine, call,
                is_given ? OPTREG_OUTCOME_NONFINITE : OPTREG_OUTCOME_OVERFLOW,
                "is not finite", error);
}

/* ---- going ahead ---- */

/* the application's constraints, then the averages that waited for them */
static void
run_hooks(OptregEngine *engine, bool is_update)
{
  const OptregSweep *after = &engine->plan->sweeps[OPTREG_SWEEP_HOOKED];

  for (size_t i = 0; i < engine->n_tensors; i++) {
    const OptregTensor *tensor = &engine->tensors[i];
    if (!tensor->is_hooked || tensor->is_overwritten) {
      continue;
    }
    if (tensor->is_active) {
      tensor->constraint(tensor->constraint_context, i, tensor->data);
    }
    if (is_update && after->n_stages > 0) {
      optreg_sweep_run_tensor(after, &engine->workspace, tensor, tensor->data);
    }
  }
}

static optreg_status
accumulate(OptregEngine *engine, OptregCall *call)
{
  optreg_chain_begin(engine->chain, call);
  run(engine, &engine->plan->sweeps[OPTREG_SWEEP_ACCUMULATE]);
  run_hooks(engine, false);
  optreg_chain_end(engine->chain, call, OPTREG_OUTCOME_ACCUMULATED);
  return OPTREG_STEP_ACCUMULATED;
}

static optreg_status
reduce_and_update(OptregEngine *engine, const OptregCall *call, GError **error)
{
  OptregPlan *plan = engine->plan;

  for (uint32_t phase = 0; phase < plan->n_reductions; phase++) {
    run(engine, &plan->reductions[phase]);
    take_reductions(engine, phase);
  }
  run(engine, &plan->sweeps[OPTREG_SWEEP_UPDATE]);
  if (!optreg_instance_check(engine->instance, error)) {
    g_prefix_error(error, "the optimizer is broken until a checkpoint is loaded: ");
    engine->is_broken = true;
    return OPTREG_STEP_ERROR;
  }
  run_hooks(engine, true);
  optreg_chain_end(engine->chain, call, OPTREG_OUTCOME_APPLIED);
  engine->report.step++;
  engine->report.clip_factor = call->clip_factor;
  return OPTREG_STEP_APPLIED;
}

static bool
squares_gradient(const OptregEngine *engine)
{
  return (engine->descriptor->class.flags & OPTREG_SQUARES_GRADIENT) != 0
         && optreg_guard_is_on(engine->chain->wrappers[OPTREG_LINK_GUARD]);
}

static optreg_status
update(OptregEngine *engine, OptregCall *call, GError **error)
{
  optreg_chain_begin(engine->chain, call);
  if (squares_gradient(engine) && report_too_large(engine)) {
    return refuse(engine, call, OPTREG_OUTCOME_OVERFLOW, "is too large to be squared",
                  error);
  }
  if (!optreg_instance_begin_step(engine->instance, engine->report.step + 1, error)) {
    return OPTREG_STEP_ERROR;
  }
  return reduce_and_update(engine, call, error);
}

static void
take_learning_rates(OptregEngine *engine)
{
  for (size_t i = 0; i < engine->config->n_groups; i++) {
    engine->learning_rates[i] = engine->learning_rate_row < 0
                                    ? NAN
                                    : optreg_instance_hyperparameters(
                                        engine->instance, i)[engine->learning_rate_row];
  }
}

static void
note_gradients(OptregEngine *engine)
{
  const OptregWrapper *accumulate = engine->chain->wrappers[OPTREG_LINK_ACCUMULATE];
  const bool is_update = optreg_accumulate_is_update(accumulate);

  engine->report.missing = 0;
  for (size_t i = 0; i < engine->n_tensors; i++) {
    OptregTensor *tensor = &engine->tensors[i];
    const bool is_missing = tensor->grad == NULL;
    engine->report.missing += is_missing;
    tensor->is_active = !is_missing
                        || (is_update && !tensor->is_overwritten
                            && optreg_accumulate_has_sum(accumulate, i));
  }
}

/* what is known before anything is measured */
static bool
begin_report(OptregEngine *engine, GError **error)
{
  optreg_step_report *report = &engine->report;

  if (engine->is_broken) {
    g_set_error(error, OPTREG_ERROR, OPTREG_ERROR_STATE,
                "the optimizer is broken: an earlier step failed half-way");
    return false;
  }
  note_gradients(engine);
  if (report->missing == engine->n_tensors) {
    g_set_error(error, OPTREG_ERROR, OPTREG_ERROR_ARGUMENT,
                "no parameter has a gradient: give at least one before step");
    return false;
  }
  if (!optreg_values_refresh(engine, error)) {
    return false;
  }
  take_learning_rates(engine);
  report->learning_rate = engine->learning_rates[engine->config->n_groups - 1];
  report->loss_scale =
      optreg_loss_scale_factor(engine->chain->wrappers[OPTREG_LINK_LOSS_SCALE]);
  report->gradient_norm = NAN;
  report->clip_factor = 1.0;
  report->nonfinite_parameter = NULL;
  report->nonfinite_index = 0;
  return true;
}

static optreg_status
step(OptregEngine *engine, GError **error)
{
  OptregCall call = {
    .tensors = engine->tensors,
    .n_tensors = engine->n_tensors,
    .step = engine->report.step,
    .position =
        optreg_accumulate_position(engine->chain->wrappers[OPTREG_LINK_ACCUMULATE]),
    .is_update =
        optreg_accumulate_is_update(engine->chain->wrappers[OPTREG_LINK_ACCUMULATE]),
    .learning_rate = engine->learning_rates,
    .square_sum = engine->square_sums,
    .by_name = engine->by_name,
    .clip_factor = 1.0,
  };

  run(engine, &engine->plan->sweeps[call.is_update ? OPTREG_SWEEP_MEASURE
                                                   : OPTREG_SWEEP_MEASURE_MICRO]);
  if (optreg_guard_is_on(engine->chain->wrappers[OPTREG_LINK_GUARD])
      && !is_finite(engine)) {
    return refuse_nonfinite(engine, &call, error);
  }
  if (call.is_update && engine->plan->measures_norm) {
    take_norms(engine);
  }
  const optreg_status status = call.is_update ? update(engine, &call, error)
                                              : accumulate(engine, &call);
  if (status == OPTREG_STEP_APPLIED || status == OPTREG_STEP_ACCUMULATED) {
    engine->report.micro_step++;
    engine->report.consecutive_skips = 0;
  }
  return status;
}

optreg_status
optreg_engine_step(OptregEngine *engine, GError **error)
{
  if (!begin_report(engine, error)) {
    engine->report.status = OPTREG_STEP_ERROR;
    return OPTREG_STEP_ERROR;
  }
  const OptregFpMode caller = optreg_fp_mode_enter();
  engine->report.status = step(engine, error);
  optreg_fp_mode_leave(&caller);
  return engine->report.status;
}
