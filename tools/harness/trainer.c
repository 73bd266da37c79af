/* SPDX-License-Identifier: MIT */
/* The training loop. */
#include "trainer_private.h"

#include "problems/problems.h"
#include "support/clock.h"
#include "support/status.h"

#include <math.h>
#include <string.h>

enum { MOST_RECORDS = 100, RECORDS_OF_SHORT_RUNS = 10 };

/* an update that is looked at takes about half as long again */
enum { UPDATES_BETWEEN_LOOKS = 20 };

uint64_t
trainer_interval(const Problem *problem, uint64_t n_batches)
{
  const uint64_t epoch = problem_steps_per_epoch(problem);
  const uint64_t fewest = n_batches < 2 * epoch ? n_batches / RECORDS_OF_SHORT_RUNS
                                                : epoch;

  return MAX(MAX(fewest, n_batches / MOST_RECORDS), 1);
}

static bool
add_parameters(const Problem *problem, optreg_optimizer *optimizer,
               float *const *weights, float *const *gradients, optreg_error **failure)
{
  for (size_t i = 0; i < problem_n_tensors(problem); i++) {
    const ProblemTensor *tensor = problem_tensor(problem, i);
    if (!optreg_optimizer_add_parameter(optimizer, tensor->name, OPTREG_F32,
                                        tensor->dims, tensor->ndim, weights[i],
                                        gradients[i], failure)) {
      return false;
    }
  }
  return true;
}

bool
trainer_refuse_percentages(const optreg_optimizer *optimizer, GError **error)
{
  const optreg_option_info *option;

  if (optreg_optimizer_needs_total_steps(optimizer, &option)) {
    g_set_error(error, STATUS_ERROR, STATUS_USAGE,
                "%s: %s has a schedule in percent of the training, which a budget in "
                "seconds cannot tell; give epochs or steps",
                option->origin, option->name);
    return false;
  }
  return true;
}

bool
trainer_build(const Problem *problem, optreg_optimizer *optimizer, uint64_t n_batches,
              float *const *weights, float *const *gradients, GError **error)
{
  optreg_error *failure = NULL;
  const uint64_t n_updates =
      MAX(n_batches / optreg_optimizer_accumulation_steps(optimizer), 1);

  if (n_batches == 0 && !trainer_refuse_percentages(optimizer, error)) {
    return false;
  }
  return (add_parameters(problem, optimizer, weights, gradients, &failure)
          && (n_batches == 0
              || optreg_optimizer_set_total_steps(optimizer, n_updates, &failure))
          && optreg_optimizer_build(optimizer, &failure))
         || status_take(failure, error);
}

/* at least one look between two records */
static bool
ask_for_diagnostics(Trainer *trainer, GError **error)
{
  const uint64_t interval = trainer->plan.interval
                            / optreg_optimizer_accumulation_steps(trainer->optimizer);
  optreg_error *failure = NULL;

  return !trainer->plan.diagnoses
         || optreg_optimizer_set_diagnostics(
             trainer->optimizer,
             (uint32_t)CLAMP(interval, 1, (uint64_t)UPDATES_BETWEEN_LOOKS), &failure)
         || status_take(failure, error);
}

Trainer *
trainer_new(Problem *problem, optreg_optimizer *optimizer, uint32_t seed,
            const TrainerPlan *plan, GError **error)
{
  g_autoptr(Trainer) trainer = g_new0(Trainer, 1);

  trainer->problem = problem;
  trainer->optimizer = optimizer;
  trainer->seed = seed;
  trainer->plan = *plan;
  trainer->weights = problem_new_buffers(problem);
  trainer->gradients = problem_new_buffers(problem);
  trainer->view = problem_new_buffers(problem);
  problem_init(problem, seed, trainer->weights);
  if (!problems_prepare(problem_class(problem), error)
      || !ask_for_diagnostics(trainer, error)
      || !trainer_build(problem, optimizer, plan->n_batches, trainer->weights,
                        trainer->gradients, error)) {
    return NULL;
  }
  return g_steal_pointer(&trainer);
}

void
trainer_free(Trainer *trainer)
{
  if (trainer != NULL) {
    optreg_shadow_free(trainer->shadow);
    optreg_optimizer_free(trainer->optimizer);
    problem_free_buffers(trainer->problem, trainer->weights);
    problem_free_buffers(trainer->problem, trainer->gradients);
    problem_free_buffers(trainer->problem, trainer->view);
    g_free(trainer);
  }
}

static void
give_up(Trainer *trainer, const char *reason)
{
  trainer->is_diverged = true;
  g_strlcpy(trainer->reason, reason, sizeof trainer->reason);
}

static optreg_status
step_optimizer(Trainer *trainer, optreg_error **failure)
{
  const double begin = clock_now();
  const optreg_status status = trainer->shadow != NULL
                                   ? optreg_shadow_step(trainer->shadow, failure)
                                   : optreg_optimizer_step(trainer->optimizer, failure);

  trainer->optimizer_s += trainer->shadow != NULL ? trainer_note_shadows(trainer)
                                                  : clock_now() - begin;
  return status;
}

/* true also when the optimizer gives up on gradients that are not finite */
static bool
take_step(Trainer *trainer, GError **error)
{
  optreg_error *failure = NULL;

  trainer->batches++;
  if (step_optimizer(trainer, &failure) != OPTREG_STEP_ERROR) {
    diagnostics_sum_take(&trainer->diagnostics, trainer->optimizer);
    return true;
  }
  if (failure->code == OPTREG_ERROR_NONFINITE) {
    give_up(trainer, failure->message);
    optreg_error_free(failure);
    return true;
  }
  return status_take(failure, error);
}

bool
trainer_step(Trainer *trainer, GError **error)
{
  const double begin = clock_now();
  const double scale = optreg_optimizer_scale_loss(trainer->optimizer, 1.0);
  size_t n = 0;
  const double loss =
      problem_gradient(trainer->problem, trainer->seed, trainer->batches, scale,
                       trainer_weights(trainer), trainer->gradients, &n);

  trainer->model_s += clock_now() - begin;
  trainer->loss_sum += loss * (double)n;
  trainer->example_sum += (double)n;
  return take_step(trainer, error);
}

static double
trained_s(const Trainer *trainer)
{
  return trainer->model_s + trainer->optimizer_s;
}

bool
trainer_is_done(const Trainer *trainer)
{
  const TrainerPlan *plan = &trainer->plan;

  return trainer->is_diverged
         || (plan->n_batches > 0
                 ? trainer->batches >= plan->n_batches
                 : trainer->batches > 0 && trained_s(trainer) >= plan->seconds);
}

/* a budget in seconds does not tell how many records an interval would make */
static bool
has_waited(const Trainer *trainer)
{
  return trainer->plan.n_batches > 0
         || trained_s(trainer) - trainer->measured_s
                >= trainer->plan.seconds / MOST_RECORDS;
}

bool
trainer_is_due(const Trainer *trainer)
{
  return !trainer->is_measured
         || (trainer->batches > trainer->measured_at
             && (trainer_is_done(trainer)
                 || (trainer->batches % trainer->plan.interval == 0
                     && has_waited(trainer))));
}

const optreg_optimizer *
trainer_optimizer(const Trainer *trainer)
{
  return trainer->optimizer;
}

uint64_t
trainer_batches(const Trainer *trainer)
{
  return trainer->batches;
}

/* a view is valid until the next call on the optimizer, so all are copied */
static bool
copy_view(Trainer *trainer, GError **error)
{
  for (size_t i = 0; i < problem_n_tensors(trainer->problem); i++) {
    optreg_error *failure = NULL;
    const size_t n = problem_tensor_size(problem_tensor(trainer->problem, i));
    const void *view = optreg_optimizer_eval_view(trainer->optimizer, i, &failure);
    if (view == NULL) {
      return status_take(failure, error);
    }
    memcpy(trainer->view[i], view, n * sizeof(float));
  }
  return true;
}

/* of the weights that would be deployed, by which runs are told to be identical */
static void
hash_weights(const Trainer *trainer, Record *record)
{
  g_autoptr(GChecksum) sum = g_checksum_new(G_CHECKSUM_SHA256);

  for (size_t i = 0; i < problem_n_tensors(trainer->problem); i++) {
    const size_t n = problem_tensor_size(problem_tensor(trainer->problem, i));
    g_checksum_update(sum, (const guchar *)trainer->view[i],
                      (gssize)(n * sizeof(float)));
  }
  g_strlcpy(record->weights, g_checksum_get_string(sum), sizeof record->weights);
}

static void
fill_final(const Trainer *trainer, Record *record)
{
  const double calls = (double)MAX(trainer->batches, 1);

  record->is_final = true;
  record->is_diverged = trainer->is_diverged;
  g_strlcpy(record->reason, trainer->reason, sizeof record->reason);
  hash_weights(trainer, record);
  record->model_ms_per_step = 1e3 * trainer->model_s / calls;
  record->optimizer_ms_per_step = 1e3 * trainer->optimizer_s / calls;
  record->state_bytes = optreg_optimizer_state_bytes(trainer->optimizer);
}

static void
evaluate(const Trainer *trainer, Record *record)
{
  size_t n;
  problem_metrics(problem_class(trainer->problem), &n);
  g_autofree double *values = g_new0(double, n);

  for (size_t split = 0; split < N_SPLITS; split++) {
    problem_evaluate(trainer->problem, (Split)split,
                     (const float *const *)trainer->view, values);
    memcpy(record->values[split], values,
           MIN(n, (size_t)RECORD_MOST_METRICS) * sizeof(double));
  }
}

bool
trainer_measure(Trainer *trainer, Record *record, GError **error)
{
  const double epoch = (double)problem_steps_per_epoch(trainer->problem);

  if (!copy_view(trainer, error)) {
    return false;
  }
  *record = (Record){ .batches = trainer->batches,
                      .step = optreg_optimizer_last_step(trainer->optimizer)->step,
                      .epoch = (double)trainer->batches / epoch,
                      .batch_loss = trainer->loss_sum / trainer->example_sum,
                      .elapsed_s = trained_s(trainer) };
  if (trainer->plan.diagnoses) {
    diagnostics_sum_close(&trainer->diagnostics, trainer->optimizer,
                          &record->diagnostics);
  }
  evaluate(trainer, record);
  trainer_fill_shadows(trainer, record);
  if (!trainer->is_diverged && !isfinite(record->values[SPLIT_TRAINING][0])) {
    give_up(trainer, "the training loss is not finite");
  }
  trainer->is_measured = true;
  trainer->measured_at = trainer->batches;
  trainer->measured_s = trained_s(trainer);
  trainer->loss_sum = trainer->example_sum = 0.0;
  if (trainer_is_done(trainer)) {
    fill_final(trainer, record);
  }
  return true;
}

const float *const *
trainer_weights(const Trainer *trainer)
{
  return (const float *const *)trainer->weights;
}
