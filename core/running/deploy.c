/* SPDX-License-Identifier: MIT */
/* The weights to deploy.
 *
 * An optimizer or an average may train other weights than those to deploy. The latter
 * are always made outside the parameters first, in memory of their own, so that looking
 * at them changes nothing and a plugin that fails leaves all as it was. finalize copies
 * them into the parameters. From then on until the next update the parameters are what
 * is deployed: a view is the parameter itself, and finalize has nothing to do.
 *
 * So that training may go on from them, all state that began as a copy of the
 * parameters becomes one again: to the optimizer, parameters and copies look as at its
 * start. */
#include "running/engine.h"

#include "running/fp_mode.h"
#include "running/values.h"
#include "wrappers/non_neg.h"

#include <string.h>

/* of all parameters, when the first view is asked for */
static bool
reserve_views(OptregEngine *engine, GError **error)
{
  const optreg_allocator *allocator = &engine->options->hooks.allocator;

  if (engine->view_arena != NULL) {
    return true;
  }
  g_autoptr(OptregArena)
      arena = optreg_arena_new(allocator->allocate != NULL ? allocator : NULL);
  for (size_t i = 0; i < engine->n_tensors; i++) {
    const OptregTensor *tensor = &engine->tensors[i];
    optreg_arena_add(arena, tensor->n * tensor->size, &engine->views[i].data);
  }
  if (!optreg_arena_fill(arena, error)) {
    g_prefix_error(error, "the weights to deploy are made beside the parameters: ");
    return false;
  }
  engine->view_arena = g_steal_pointer(&arena);
  return true;
}

#define BOUND(name, type)                    \
  static void name(type *values, uint64_t n) \
  {                                          \
    typedef type real;                       \
    for (uint64_t i = 0; i < n; i++) {       \
      values[i] = OPTREG_NON_NEG(values[i]); \
    }                                        \
  }

BOUND(bound_f32, float)
BOUND(bound_f64, double)

/* what is deployed keeps the bounds that the training weights have */
static void
constrain(const OptregTensor *tensor, void *data)
{
  if (tensor->is_non_neg && tensor->type == OPTREG_TYPE_F32) {
    bound_f32(data, tensor->n);
  } else if (tensor->is_non_neg) {
    bound_f64(data, tensor->n);
  }
  if (tensor->is_hooked) {
    const OptregFpMode caller = optreg_fp_mode_enter();
    tensor->constraint(tensor->constraint_context, tensor->index, data);
    optreg_fp_mode_leave(&caller);
  }
}

static const void *
make_view(OptregEngine *engine, const OptregTensor *tensor, GError **error)
{
  if (!reserve_views(engine, error)) {
    return NULL;
  }
  OptregView *view = &engine->views[tensor->index];
  if (view->generation == engine->generation) {
    return view->data;
  }
  optreg_values_recall(engine);
  view->generation = 0;
  tensor->codec->load(tensor->data, view->data, tensor->n);
  optreg_sweep_run_tensor(&engine->plan->sweeps[OPTREG_SWEEP_FINALIZE],
                          &engine->workspace, tensor, view->data);
  if (!optreg_instances_check(&engine->instances, error)) {
    return NULL;
  }
  constrain(tensor, view->data);
  view->generation = engine->generation;
  return view->data;
}

const void *
optreg_engine_eval_view(OptregEngine *engine, size_t index, GError **error)
{
  const OptregTensor *tensor = &engine->tensors[index];
  const void *average =
      optreg_ema_average(engine->chain->wrappers[OPTREG_LINK_EMA], index);

  if (optreg_engine_is_deployed(engine) || tensor->is_overwritten || tensor->n == 0) {
    return tensor->data;
  }
  if (average != NULL) {
    return average;
  }
  return optreg_instance_can_finalize(optreg_instances_of(&engine->instances, tensor))
             ? make_view(engine, tensor, error)
             : tensor->data;
}

static bool
has_other_weights(const OptregEngine *engine)
{
  return engine->views != NULL || engine->config->use_ema;
}

/* nothing below can fail */
static void
deploy(OptregEngine *engine, const void *const *weights)
{
  for (size_t i = 0; i < engine->n_tensors; i++) {
    const OptregTensor *tensor = &engine->tensors[i];
    if (tensor->n > 0 && weights[i] != tensor->data) {
      memcpy(tensor->data, weights[i], tensor->n * tensor->size);
    }
  }
  engine->deployed_at = engine->report.step + 1;
  optreg_fresh_renew(&engine->fresh, engine->chain);
}

bool
optreg_engine_finalize(OptregEngine *engine, GError **error)
{
  if (optreg_engine_is_deployed(engine) || !has_other_weights(engine)) {
    return true;
  }
  if (!optreg_model_settle(engine->model, error)) {
    return false;
  }
  g_autofree const void **weights = g_new(const void *, engine->n_tensors);
  for (size_t i = 0; i < engine->n_tensors; i++) {
    weights[i] = optreg_engine_eval_view(engine, i, error);
    if (weights[i] == NULL && engine->tensors[i].n > 0) {
      return false;
    }
  }
  deploy(engine, weights);
  return true;
}
