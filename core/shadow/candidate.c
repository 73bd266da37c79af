/* SPDX-License-Identifier: MIT */
/* Candidates: what they take from the live optimizer, and their steps. */
#include "candidate.h"

#include "error.h"

static bool
refuse(GError **error, optreg_error_code code, const char *message)
{
  g_set_error_literal(error, OPTREG_ERROR, (int)code, message);
  return false;
}

/* ---- refusals ---- */

static bool
check_is_new(const optreg_optimizer *live, const optreg_optimizer *optimizer,
             GError **error)
{
  size_t n = 0;

  optreg_model_tensors(optimizer->model, &n);
  if (optimizer == live) {
    return refuse(error, OPTREG_ERROR_ARGUMENT,
                  "it is the live optimizer: make another one from its configuration");
  }
  return optimizer->engine == NULL && n == 0
             ? true
             : refuse(
                 error, OPTREG_ERROR_STATE,
                 "it is built or has parameters: give an optimizer as it comes from "
                 "its configuration");
}

/* updates of other gradients are no updates to compare */
static bool
check_window(const OptregConfig *live, const OptregConfig *own, GError **error)
{
  const bool propagates = live->nonfinite == OPTREG_NONFINITE_PROPAGATE;

  if (own->gradient_accumulation_steps != live->gradient_accumulation_steps) {
    g_set_error(error, OPTREG_ERROR, OPTREG_ERROR_ARGUMENT,
                "it updates after %" G_GUINT64_FORMAT
                " gradients, the live optimizer after %" G_GUINT64_FORMAT
                ": set gradient_accumulation_steps: %" G_GUINT64_FORMAT,
                own->gradient_accumulation_steps, live->gradient_accumulation_steps,
                live->gradient_accumulation_steps);
    return false;
  }
  if (live->gradient_accumulation_steps > 1
      && (own->nonfinite == OPTREG_NONFINITE_PROPAGATE) != propagates) {
    g_set_error(error, OPTREG_ERROR, OPTREG_ERROR_ARGUMENT,
                "a gradient that is not finite would be skipped by one optimizer and "
                "accumulated by the other: set nonfinite: %s",
                propagates ? "propagate" : "skip");
    return false;
  }
  return true;
}

/* ---- building ---- */

static bool
add_parameters(const OptregEngine *live, const OptregCopies *copies, OptregModel *model,
               GError **error)
{
  for (size_t i = 0; i < live->n_tensors; i++) {
    const OptregTensor *tensor = &live->tensors[i];
    if (!optreg_model_add(model, tensor->name, tensor->dtype, tensor->dims,
                          tensor->ndim, copies->candidate[i], NULL, error)) {
      return false;
    }
    OptregTensor *copy = optreg_model_tensor(model, i, NULL);
    copy->is_overwritten = tensor->is_overwritten;
    copy->is_non_neg = tensor->is_non_neg;
    copy->is_hooked = tensor->is_hooked;
    copy->constraint = tensor->constraint;
    copy->constraint_context = tensor->constraint_context;
  }
  return true;
}

/* gradients carry the live loss scale, which the candidate is told in each step */
static void
follow(const optreg_optimizer *live, optreg_optimizer *optimizer)
{
  OptregRunOptions *options = &optimizer->options;

  optimizer->config->loss_scale = live->config->loss_scale;
  optimizer->config->is_loss_scale_dynamic = false;
  options->n_threads = (uint32_t)optreg_executor_n_threads(live->engine->executor);
  optreg_executor_share(live->engine->executor, &options->parallel_for,
                        &options->parallel_for_context);
}

/* as the public functions do it, which say what is wrong */
static bool
build(const optreg_optimizer *live, const OptregCopies *copies,
      optreg_optimizer *optimizer, GError **error)
{
  const uint64_t n_steps =
      optimizer->config->total_steps == 0 ? live->config->total_steps : 0;
  optreg_error *failure = NULL;

  if (!add_parameters(live->engine, copies, optimizer->model, error)) {
    return false;
  }
  follow(live, optimizer);
  if ((n_steps == 0 || optreg_optimizer_set_total_steps(optimizer, n_steps, &failure))
      && optreg_optimizer_build(optimizer, &failure)) {
    return true;
  }
  g_set_error_literal(error, OPTREG_ERROR, (int)failure->code, failure->message);
  optreg_error_free(failure);
  return false;
}

static void
prepare_report(OptregCandidate *candidate, const OptregEngine *live)
{
  const size_t n_groups = live->config->n_groups, n = live->n_tensors;

  candidate->table = (OptregContrastTable){ &candidate->report.model,
                                            g_new0(optreg_contrast, n_groups),
                                            g_new0(optreg_contrast, n) };
  candidate->report.name = candidate->name;
  candidate->report.groups = candidate->table.groups;
  candidate->report.parameters = candidate->table.tensors;
  candidate->report.n_groups = n_groups;
  candidate->report.n_parameters = n;
  candidate->report.status = candidate->report.live_status = OPTREG_STEP_ACCUMULATED;
}

OptregCandidate *
optreg_candidate_new(const optreg_optimizer *live, const OptregCopies *copies,
                     const char *name, optreg_optimizer *optimizer, GError **error)
{
  g_autoptr(OptregCandidate) candidate = g_new0(OptregCandidate, 1);

  if (!check_is_new(live, optimizer, error)
      || !check_window(live->config, optimizer->config, error)
      || !build(live, copies, optimizer, error)) {
    g_prefix_error(error, "candidate '%s': ", name);
    return NULL;
  }
  candidate->name = g_strdup(name);
  candidate->optimizer = optimizer;
  prepare_report(candidate, live->engine);
  return g_steal_pointer(&candidate);
}

void
optreg_candidate_free(OptregCandidate *candidate)
{
  if (candidate != NULL) {
    optreg_optimizer_free(candidate->optimizer);
    optreg_error_free(candidate->failure);
    g_free(candidate->table.groups);
    g_free(candidate->table.tensors);
    g_free(candidate->name);
    g_free(candidate);
  }
}

/* ---- steps ---- */

optreg_status
optreg_candidate_step(OptregCandidate *candidate, const OptregEngine *live,
                      double loss_scale)
{
  OptregEngine *engine = candidate->optimizer->engine;

  for (size_t i = 0; i < engine->n_tensors; i++) {
    optreg_model_set_gradient(candidate->optimizer->model, i, live->tensors[i].grad,
                              NULL);
  }
  optreg_loss_scale_follow(engine->chain->wrappers[OPTREG_LINK_LOSS_SCALE], loss_scale);
  optreg_fresh_copy(&engine->fresh, engine->chain);
  optreg_error_free(candidate->failure);
  candidate->failure = NULL;
  return optreg_optimizer_step(candidate->optimizer, &candidate->failure);
}
