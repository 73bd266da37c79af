/* SPDX-License-Identifier: MIT */
/* digits-mlp: 8x8 handwritten digits, a tanh network 64-32-10; seconds, for every day.
 */
#include "problems.h"

#include "dataset.h"
#include "mlp.h"
#include "random.h"

#include <math.h>
#include <string.h>

enum { N_INPUTS = 64, N_HIDDEN = 32, N_CLASSES = 10, EVALUATION_BATCH = 256 };

static const char name[] = "digits-mlp";

static const ProblemTensor tensors[MLP_N_TENSORS] = {
  { "dense_1/kernel", 2, { N_INPUTS, N_HIDDEN } },
  { "dense_1/bias", 1, { N_HIDDEN } },
  { "dense_2/kernel", 2, { N_HIDDEN, N_CLASSES } },
  { "dense_2/bias", 1, { N_CLASSES } },
};

typedef struct DigitsMlp {
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

static void *
digits_open(uint32_t batch_size, GError **error)
{
  g_autoptr(Dataset) dataset = dataset_new_digits(error);

  if (dataset == NULL) {
    return NULL;
  }
  const size_t largest = MIN((size_t)batch_size, dataset->split[SPLIT_TRAINING].n);
  const size_t capacity = MAX((size_t)EVALUATION_BATCH, largest);
  DigitsMlp *digits = g_new0(DigitsMlp, 1);
  digits->dataset = g_steal_pointer(&dataset);
  digits->mlp = mlp_new(N_INPUTS, N_HIDDEN, N_CLASSES, capacity);
  return digits;
}

static size_t
digits_count(const void *self, Split split)
{
  const DigitsMlp *digits = self;
  return digits->dataset->split[split].n;
}

/* kernels N(0, 1/fan_in), biases zero */
static void
digits_init(void *self, uint32_t seed, float *const *weights)
{
  (void)self;
  for (uint32_t t = 0; t < MLP_N_TENSORS; t++) {
    const size_t n = problem_tensor_size(&tensors[t]);
    const double deviation = 1.0 / sqrt((double)tensors[t].shape[0]);
    RandomStream stream = random_stream(RANDOM_ROOT, name, seed, RANDOM_INIT, t);
    for (size_t i = 0; i < n; i++) {
      weights[t][i] = tensors[t].ndim == 2 ? (float)(deviation * random_normal(&stream))
                                           : 0.0f;
    }
  }
}

static void
load_example(DigitsMlp *digits, Split split, size_t example, size_t row)
{
  const Examples *examples = &digits->dataset->split[split];

  memcpy(mlp_inputs(digits->mlp) + row * N_INPUTS,
         examples->inputs + example * N_INPUTS, N_INPUTS * sizeof(float));
  mlp_labels(digits->mlp)[row] = examples->labels[example];
}

static double
digits_gradient(void *self, const float *const *weights, const uint32_t *examples,
                size_t n, double scale, float *const *gradients)
{
  DigitsMlp *digits = self;
  size_t n_correct = 0;

  for (size_t i = 0; i < n; i++) {
    load_example(digits, SPLIT_TRAINING, examples[i], i);
  }
  const double loss = mlp_loss(digits->mlp, weights, n, &n_correct);
  mlp_gradient(digits->mlp, weights, n, scale, gradients);
  return loss / (double)n;
}

static Metrics
digits_evaluate(void *self, const float *const *weights, Split split)
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
  return (Metrics){ loss / (double)n, (double)n_correct / (double)n };
}

const ProblemClass problem_digits_mlp = {
  .name = name,
  .doc = "8x8 handwritten digits (UCI), tanh network 64-32-10, cross-entropy",
  .epochs = 30,
  .batch_size = 32,
  .tensors = tensors,
  .n_tensors = MLP_N_TENSORS,
  .open = digits_open,
  .close = digits_close,
  .count = digits_count,
  .init = digits_init,
  .gradient = digits_gradient,
  .evaluate = digits_evaluate,
};
