/* SPDX-License-Identifier: MIT */
/* Adagrad, for tests: a slot that starts at a hyperparameter's value. */
#include <math.h>
#include <optreg/plugin.h>

enum { LEARNING_RATE, INITIAL, EPSILON };

static const optreg_hyperparameter hyperparameters[] = {
  OPTREG_REAL_ROW("learning_rate", 0.001, 0.0, INFINITY,
                  OPTREG_SCHEDULABLE | OPTREG_PER_GROUP, "size of the step"),
  OPTREG_REAL_ROW("initial_accumulator_value", 0.1, 0.0, INFINITY, OPTREG_PER_GROUP,
                  "where the sum of squares begins"),
  OPTREG_REAL_ROW("epsilon", 1e-7, 0.0, INFINITY, OPTREG_PER_GROUP,
                  "added under the root"),
};

static const optreg_slot slots[] = {
  { "sum_of_squares", "of gradients", NULL, "initial_accumulator_value", 0.0,
    OPTREG_PER_ELEMENT, OPTREG_INIT_HYPERPARAMETER, OPTREG_NON_NEGATIVE, 0 },
};

/* a ← a + g² ;  p ← p − αg / √(a+ε)     Duchi et al. 2011, in the order of Keras */
OPTREG_KERNEL(update)
{
  float *restrict p = span->param, *restrict a = span->slot[0];
  const float *restrict g = span->grad;
  const float lr = (float)span->hyperparameter[LEARNING_RATE];
  const float epsilon = (float)span->hyperparameter[EPSILON];

  for (size_t i = 0; i < span->n; i++) {
    a[i] = a[i] + g[i] * g[i];
    p[i] = p[i] - lr * g[i] / sqrtf(a[i] + epsilon);
  }
}

static const optreg_kernel kernels[] = { OPTREG_KERNEL_ROWS(0, OPTREG_F32, update) };

static const optreg_optimizer_class test_adagrad = {
  OPTREG_OPTIMIZER,
  .name = "test_adagrad",
  .version = "1.0.0",
  .license = "MIT",
  .doc = "Adagrad, for tests of a slot that starts at a hyperparameter",
  .granularity = OPTREG_ELEMENT,
  .hyperparameters = OPTREG_TABLE(hyperparameters),
  .slots = OPTREG_TABLE(slots),
  .kernels = OPTREG_TABLE(kernels),
};

OPTREG_PLUGIN(&test_adagrad);
