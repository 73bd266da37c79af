/* SPDX-License-Identifier: MIT */
/* digits-mlp: 8x8 handwritten digits, a tanh network 64-32-10; seconds, for every day.
 */
#include "problems.h"

#include "dataset.h"
#include "mlp.h"

#include <math.h>
#include <string.h>

enum { N_INPUTS = 64, N_HIDDEN = 32, N_CLASSES = 10, EVALUATION_BATCH = 256 };

static const uint64_t hidden_dims[] = { N_INPUTS, N_HIDDEN };
static const uint64_t output_dims[] = { N_HIDDEN, N_CLASSES };

static const optreg_problem_tensor tensors[MLP_N_TENSORS] = {
  { "dense_1/kernel", hidden_dims, 2, 0 },
  { "dense_1/bias", hidden_dims + 1, 1, 0 },
  { "dense_2/kernel", output_dims, 2, 0 },
  { "dense_2/bias", output_dims + 1, 1, 0 },
};

static const optreg_problem_metric metrics[] = {
  { "loss", "cross-entropy", INFINITY, 0.01, 0, 0 },
  { "accuracy", "share of right answers", 0.0, 0.005,
    OPTREG_PROBLEM_HIGHER_IS_BETTER | OPTREG_PROBLEM_SHARE, 0 },
};

typedef struct DigitsMlp {
  const optreg_problem_host *host;
  Dataset *dataset;
  Mlp *mlp;
} DigitsMlp;

static void
digits_close(void *self)
{
  DigitsMlp *digits = self;

  if (digits != NULL) {
    mlp_free(digits->mlp);
    dataset_free(digits->dataset);
    g_free(digits);
  }
}

static int32_t
digits_open(const optreg_problem_host *host, const double *options, uint32_t batch_size,
            void **self)
{
  g_autoptr(GError) error = NULL;
  g_autoptr(Dataset) dataset = dataset_new_digits(&error);

  (void)options;
  if (dataset == NULL) {
    return host->fail(host->context, OPTREG_PROBLEM_FAILED, error->message);
  }
  const size_t n_training = dataset->split[OPTREG_PROBLEM_TRAINING].n;
  const size_t capacity = MAX((size_t)EVALUATION_BATCH, MIN(batch_size, n_training));
  DigitsMlp *digits = g_new0(DigitsMlp, 1);
  digits->host = host;
  digits->dataset = g_steal_pointer(&dataset);
  digits->mlp = mlp_new(N_INPUTS, N_HIDDEN, N_CLASSES, capacity);
  *self = digits;
  return OPTREG_PROBLEM_OK;
}

static size_t
digits_tensors(const void *self, const optreg_problem_tensor **rows)
{
  (void)self;
  *rows = tensors;
  return MLP_N_TENSORS;
}

static size_t
digits_examples(const void *self)
{
  const DigitsMlp *digits = self;
  return digits->dataset->split[OPTREG_PROBLEM_TRAINING].n;
}

/* kernels N(0, 1/fan_in), biases zero */
static void
digits_init(void *self, uint32_t seed, float *const *weights)
{
  const DigitsMlp *digits = self;

  for (uint32_t t = 0; t < MLP_N_TENSORS; t += 2) {
    const uint64_t *dims = tensors[t].dims;
    digits->host->normal(digits->host->context, seed, OPTREG_PROBLEM_INIT, t,
                         1.0 / sqrt((double)dims[0]), dims[0] * dims[1], weights[t]);
    memset(weights[t + 1], 0, dims[1] * sizeof(float));
  }
}

static void
load_example(DigitsMlp *digits, uint32_t split, size_t example, size_t row)
{
  const Examples *examples = &digits->dataset->split[split];

  memcpy(mlp_inputs(digits->mlp) + row * N_INPUTS,
         examples->inputs + example * N_INPUTS, N_INPUTS * sizeof(float));
  mlp_labels(digits->mlp)[row] = examples->labels[example];
}

static double
digits_gradient(void *self, const optreg_problem_batch *batch,
                const float *const *weights, float *const *gradients)
{
  DigitsMlp *digits = self;
  size_t n_correct = 0;

  for (size_t i = 0; i < batch->n; i++) {
    load_example(digits, OPTREG_PROBLEM_TRAINING, batch->examples[i], i);
  }
  const double loss = mlp_loss(digits->mlp, weights, batch->n, &n_correct);
  mlp_gradient(digits->mlp, weights, batch->n, batch->scale, gradients);
  return loss / (double)batch->n;
}

static void
digits_evaluate(void *self, uint32_t split, const float *const *weights, double *values)
{
  DigitsMlp *digits = self;
  const size_t n = digits->dataset->split[split].n;
  double loss = 0.0;
  size_t n_correct = 0;

  for (size_t start = 0; start < n; start += EVALUATION_BATCH) {
    const size_t n_batch = MIN((size_t)EVALUATION_BATCH, n - start);
    size_t n_batch_correct = 0;
    for (size_t i = 0; i < n_batch; i++) {
      load_example(digits, split, start + i, i);
    }
    loss += mlp_loss(digits->mlp, weights, n_batch, &n_batch_correct);
    n_correct += n_batch_correct;
  }
  values[0] = loss / (double)n;
  values[1] = (double)n_correct / (double)n;
}

const optreg_problem_class problem_digits_mlp = {
  .struct_size = sizeof(optreg_problem_class),
  .name = "digits-mlp",
  .version = "1",
  .doc = "8x8 handwritten digits (UCI), tanh network 64-32-10, cross-entropy",
  .tier = OPTREG_PROBLEM_SMOKE,
  .batch_size = 32,
  .epochs = 30,
  .primary = 1,
  .primary_split = OPTREG_PROBLEM_TEST,
  .metrics = OPTREG_PROBLEM_TABLE(metrics),
  .open = digits_open,
  .close = digits_close,
  .tensors = digits_tensors,
  .examples = digits_examples,
  .init = digits_init,
  .gradient = digits_gradient,
  .evaluate = digits_evaluate,
};
