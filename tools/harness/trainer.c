/* SPDX-License-Identifier: MIT */
/* The training loop. */
#include "trainer.h"

#include "support/status.h"

#include <math.h>
#include <string.h>
#include <time.h>

struct Trainer {
  Problem *problem;
  optreg_optimizer *optimizer;
  float **weights, **gradients, **view;
  uint32_t seed, epoch;
  uint64_t batches;
  double batch_loss, model_s, optimizer_s;
  bool has_given_up;
};

uint64_t
trainer_accumulation_steps(const optreg_optimizer *optimizer)
{
  const optreg_option_info *options;
  const size_t n = optreg_optimizer_options(optimizer, &options);

  for (size_t i = 0; i < n; i++) {
    if (strcmp(options[i].name, "gradient_accumulation_steps") == 0) {
      return MAX(g_ascii_strtoull(options[i].value, NULL, 10), 1);
    }
  }
  return 1;
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
trainer_build(const Problem *problem, optreg_optimizer *optimizer, uint64_t n_batches,
              float *const *weights, float *const *gradients, GError **error)
{
  optreg_error *failure = NULL;
  const uint64_t n_updates = MAX(n_batches / trainer_accumulation_steps(optimizer), 1);

  return (add_parameters(problem, optimizer, weights, gradients, &failure)
          && optreg_optimizer_set_total_steps(optimizer, n_updates, &failure)
          && optreg_optimizer_build(optimizer, &failure))
         || status_take(failure, error);
}

Trainer *
trainer_new(Problem *problem, optreg_optimizer *optimizer, uint32_t seed,
            uint32_t epochs, GError **error)
{
  g_autoptr(Trainer) trainer = g_new0(Trainer, 1);

  trainer->problem = problem;
  trainer->optimizer = optimizer;
  trainer->seed = seed;
  trainer->weights = problem_new_buffers(problem);
  trainer->gradients = problem_new_buffers(problem);
  trainer->view = problem_new_buffers(problem);
  problem_init(problem, seed, trainer->weights);
  if (!trainer_build(problem, optimizer, epochs * problem_steps_per_epoch(problem),
                     trainer->weights, trainer->gradients, error)) {
    return NULL;
  }
  return g_steal_pointer(&trainer);
}

void
trainer_free(Trainer *trainer)
{
  if (trainer != NULL) {
    optreg_optimizer_free(trainer->optimizer);
    problem_free_buffers(trainer->problem, trainer->weights);
    problem_free_buffers(trainer->problem, trainer->gradients);
    problem_free_buffers(trainer->problem, trainer->view);
    g_free(trainer);
  }
}

static double
now(void)
{
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return (double)time.tv_sec + 1e-9 * (double)time.tv_nsec;
}

/* true also when the optimizer gives up on gradients that are not finite */
static bool
take_step(Trainer *trainer, GError **error)
{
  optreg_error *failure = NULL;

  trainer->batches++;
  if (optreg_optimizer_step(trainer->optimizer, &failure) != OPTREG_STEP_ERROR) {
    return true;
  }
  if (failure->code == OPTREG_ERROR_NONFINITE) {
    trainer->has_given_up = true;
    optreg_error_free(failure);
    return true;
  }
  return status_take(failure, error);
}

static bool
train_batch(Trainer *trainer, GError **error)
{
  const double begin = now();
  const double scale = optreg_optimizer_scale_loss(trainer->optimizer, 1.0);
  size_t n = 0;
  const double loss =
      problem_gradient(trainer->problem, trainer->seed, trainer->batches, scale,
                       trainer_weights(trainer), trainer->gradients, &n);
  const double middle = now();
  const bool is_done = take_step(trainer, error);

  trainer->batch_loss += loss * (double)n
                         / (double)problem_n_examples(trainer->problem);
  trainer->model_s += middle - begin;
  trainer->optimizer_s += now() - middle;
  return is_done;
}

bool
trainer_epoch(Trainer *trainer, GError **error)
{
  trainer->epoch++;
  trainer->batch_loss = 0.0;
  for (uint64_t i = 0; i < problem_steps_per_epoch(trainer->problem); i++) {
    if (!train_batch(trainer, error)) {
      return false;
    }
    if (trainer->has_given_up) {
      break;
    }
  }
  return true;
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

static void
fill_final(const Trainer *trainer, Record *record)
{
  const double calls = (double)MAX(trainer->batches, 1);

  record->is_final = true;
  record->batches = trainer->batches;
  record->model_ms_per_step = 1e3 * trainer->model_s / calls;
  record->optimizer_ms_per_step = 1e3 * trainer->optimizer_s / calls;
  record->state_bytes = optreg_optimizer_state_bytes(trainer->optimizer);
}

/* loss, and accuracy where the problem has it */
typedef struct Metrics {
  double loss, accuracy;
} Metrics;

static Metrics
measure(const Trainer *trainer, Split split)
{
  const ProblemClass *class = problem_class(trainer->problem);
  g_autofree double *values = g_new0(double, class->metrics.count);
  size_t accuracy;

  problem_evaluate(trainer->problem, split, (const float *const *)trainer->view,
                   values);
  return (Metrics){ values[0], problem_find_metric(class, "accuracy", &accuracy, NULL)
                                   ? values[accuracy]
                                   : NAN };
}

bool
trainer_measure(Trainer *trainer, uint32_t last_epoch, Record *record, GError **error)
{
  if (!copy_view(trainer, error)) {
    return false;
  }
  const Metrics train = measure(trainer, SPLIT_TRAINING);
  const Metrics check = measure(trainer, SPLIT_VALIDATION);
  const Metrics test = measure(trainer, SPLIT_TEST);
  *record = (Record){
    .seed = trainer->seed,
    .epoch = trainer->epoch,
    .step = optreg_optimizer_last_step(trainer->optimizer)->step,
    .train_loss = train.loss,
    .batch_loss = trainer->batch_loss,
    .validation_loss = check.loss,
    .validation_accuracy = check.accuracy,
    .test_loss = test.loss,
    .test_accuracy = test.accuracy,
    .elapsed_s = trainer->model_s + trainer->optimizer_s,
    .is_diverged = trainer->has_given_up || !isfinite(train.loss),
  };
  if (record->is_diverged || trainer->epoch >= last_epoch) {
    fill_final(trainer, record);
  }
  return true;
}

const float *const *
trainer_weights(const Trainer *trainer)
{
  return (const float *const *)trainer->weights;
}
