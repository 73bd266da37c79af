/* SPDX-License-Identifier: MIT */
/* One call of step: measure, decide, reduce, update. Nothing is written before it is
 * known that the step will be taken. */
#include "running/engine_private.h"

#include "error.h"
#include "running/fp_mode.h"
#include "running/values.h"

#include <math.h>

static void
run(OptregEngine *engine, const OptregSweep *sweep)
{
  if (sweep->n_stages > 0) {
    optreg_sweep_run(sweep, &engine->workspace, engine->executor);
  }
}

/* the application's constraints, then the averages that waited for them */
static void
run_hooks(OptregEngine *engine, bool is_update)
{
  const OptregSweep *after = &engine->plan->sweeps[OPTREG_SWEEP_HOOKED];

  for (size_t i = 0; engine->has_hooks && i < engine->n_tensors; i++) {
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
accumulate(OptregEngine *engine, OptregCall *call, GError **error)
{
  if (!optreg_engine_has_room_for_sum(engine, call)
      && optreg_engine_sum_overflows(engine, call)) {
    return optreg_engine_refuse_sum(engine, call, error);
  }
  optreg_chain_begin(engine->chain, call);
  run(engine, &engine->plan->sweeps[OPTREG_SWEEP_ACCUMULATE]);
  run_hooks(engine, false);
  optreg_chain_end(engine->chain, call, OPTREG_OUTCOME_ACCUMULATED);
  return OPTREG_STEP_ACCUMULATED;
}

static void
run_update(OptregEngine *engine, bool is_diagnosed)
{
  OptregPlan *plan = engine->plan;

  if (is_diagnosed) {
    optreg_engine_begin_diagnosis(engine);
  }
  run(engine, is_diagnosed ? &plan->diagnosed : &plan->sweeps[OPTREG_SWEEP_UPDATE]);
}

static optreg_status
reduce_and_update(OptregEngine *engine, const OptregCall *call, bool is_safe,
                  GError **error)
{
  OptregPlan *plan = engine->plan;
  const bool is_diagnosed = optreg_engine_is_diagnosed(engine);

  for (uint32_t phase = 0; phase < plan->n_reductions; phase++) {
    run(engine, &plan->reductions[phase]);
    optreg_engine_take_reductions(engine, phase);
  }
  if (!is_safe && !optreg_engine_try_step(engine)) {
    optreg_instances_undo_step(&engine->instances);
    return optreg_engine_refuse_overflow(engine, call, error);
  }
  run_update(engine, is_diagnosed);
  if (!optreg_instances_check(&engine->instances, error)) {
    g_prefix_error(error, "the optimizer is broken until a checkpoint is loaded: ");
    engine->is_broken = true;
    return OPTREG_STEP_ERROR;
  }
  run_hooks(engine, true);
  optreg_chain_end(engine->chain, call, OPTREG_OUTCOME_APPLIED);
  optreg_fresh_use(&engine->fresh, engine->chain);
  engine->report.step++;
  engine->report.clip_factor = call->clip_factor;
  if (is_diagnosed) {
    optreg_engine_take_diagnosis(engine);
  }
  return OPTREG_STEP_APPLIED;
}

static optreg_status
update(OptregEngine *engine, OptregCall *call, GError **error)
{
  optreg_chain_begin(engine->chain, call);
  if (optreg_engine_is_too_large(engine)) {
    return optreg_engine_refuse_too_large(engine, call, error);
  }
  const bool is_safe = optreg_engine_has_headroom(engine);
  if (!optreg_instances_begin_step(&engine->instances, engine->report.step + 1,
                                   error)) {
    return OPTREG_STEP_ERROR;
  }
  return reduce_and_update(engine, call, is_safe, error);
}

static void
take_learning_rates(OptregEngine *engine)
{
  for (size_t i = 0; i < engine->config->n_groups; i++) {
    const gssize row = engine->learning_rate_rows[i];
    OptregInstance *instance =
        optreg_instances_of_group(&engine->instances, &engine->config->groups[i]);
    engine->learning_rates[i] =
        row < 0 ? NAN : optreg_instance_hyperparameters(instance, i)[row];
  }
}

static void
note_gradients(OptregEngine *engine)
{
  const OptregWrapper *accumulate = engine->chain->wrappers[OPTREG_LINK_ACCUMULATE];
  const bool is_update = optreg_accumulate_is_update(accumulate);

  engine->report.missing = optreg_model_n_missing(engine->model);
  if (engine->report.missing == 0 && engine->is_all_active) {
    return;
  }
  engine->is_all_active = true;
  for (size_t i = 0; i < engine->n_tensors; i++) {
    OptregTensor *tensor = &engine->tensors[i];
    tensor->is_active = tensor->grad != NULL
                        || (is_update && !tensor->is_overwritten
                            && optreg_accumulate_has_sum(accumulate, i));
    engine->tree.is_counted[i] = tensor->is_active && !tensor->is_overwritten;
    engine->is_all_active &= tensor->is_active;
  }
}

/* what is known before anything is measured */
static bool
begin_report(OptregEngine *engine, GError **error)
{
  optreg_step_report *report = &engine->report;

  if (!optreg_model_settle(engine->model, error)) {
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
    .squares = engine->squares,
    .tree = &engine->tree,
    .clip_factor = 1.0,
  };

  run(engine, &engine->plan->sweeps[call.is_update ? OPTREG_SWEEP_MEASURE
                                                   : OPTREG_SWEEP_MEASURE_MICRO]);
  if (optreg_guard_is_on(engine->chain->wrappers[OPTREG_LINK_GUARD])
      && !optreg_engine_is_finite(engine)) {
    return optreg_engine_refuse_nonfinite(engine, &call, error);
  }
  if (call.is_update && engine->plan->measures_norm) {
    call.gradient_squares = optreg_engine_take_norms(engine);
  }
  const optreg_status status = call.is_update ? update(engine, &call, error)
                                              : accumulate(engine, &call, error);
  if (status == OPTREG_STEP_APPLIED || status == OPTREG_STEP_ACCUMULATED) {
    engine->report.micro_step++;
    if (!optreg_accumulate_has_lost(engine->chain->wrappers[OPTREG_LINK_ACCUMULATE])) {
      engine->report.consecutive_skips = 0;
    }
  }
  return status;
}

optreg_status
optreg_engine_step(OptregEngine *engine, GError **error)
{
  const OptregFpMode caller = optreg_fp_mode_enter();

  optreg_engine_renew_views(engine);
  engine->is_stepping = true;
  engine->report.status = begin_report(engine, error) ? step(engine, error)
                                                      : OPTREG_STEP_ERROR;
  engine->is_stepping = false;
  optreg_fp_mode_leave(&caller);
  return engine->report.status;
}
