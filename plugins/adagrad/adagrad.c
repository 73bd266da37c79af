/* SPDX-License-Identifier: MIT */
/* Adagrad: steps that shrink with the sum of all squared gradients. */
#include <math.h>
#include <optreg/plugin.h>

enum { LEARNING_RATE, INITIAL_ACCUMULATOR_VALUE, EPSILON };

static const optreg_hyperparameter hyperparameters[] = {
  OPTREG_REAL_ROW("learning_rate", 0.001, 0.0, INFINITY,
                  OPTREG_SCHEDULABLE | OPTREG_PER_GROUP,
                  "size of the step; 0.01 is usual, Keras has 0.001"),
  OPTREG_REAL_ROW("initial_accumulator_value", 0.1, 0.0, INFINITY, OPTREG_PER_GROUP,
                  "where the sum of squares begins; the paper has 0"),
  OPTREG_REAL_ROW("epsilon", 1e-7, 0.0, INFINITY, OPTREG_SCHEDULABLE | OPTREG_PER_GROUP,
                  "added under the square root"),
};

static const optreg_slot slots[] = {
  { "accumulator", "sum of squared gradients", NULL, "initial_accumulator_value", 0.0,
    OPTREG_PER_ELEMENT, OPTREG_INIT_HYPERPARAMETER,
    OPTREG_NON_NEGATIVE | OPTREG_SUMS_SQUARES, 0 },
};

/* a ← a + g² ;  p ← p − αg / √(a+ε)
 * Duchi et al. 2011, figure 1; operations in the order of keras.optimizers.Adagrad */
OPTREG_REAL_KERNEL(update, {
  real *restrict p = span->param, *restrict a = span->slot[0];
  const real *restrict g = span->grad;
  const real lr = (real)span->hyperparameter[LEARNING_RATE];
  const real epsilon = (real)span->hyperparameter[EPSILON];

  for (size_t i = 0; i < span->n; i++) {
    a[i] = a[i] + g[i] * g[i];
    p[i] = p[i] - lr * g[i] / OPTREG_SQRT(a[i] + epsilon);
  }
})

static const optreg_kernel kernels[] = { OPTREG_REAL_KERNEL_ROWS(0, update) };

static const optreg_optimizer_class adagrad = {
  OPTREG_OPTIMIZER,
  .name = "adagrad",
  .version = "1.0.0",
  .license = "MIT",
  .doc = "steps that shrink with the sum of all squared gradients, for sparse features",
  .reference = "Duchi, Hazan & Singer 2011, JMLR 12; keras.optimizers.Adagrad",
  .granularity = OPTREG_ELEMENT,
  .flags = OPTREG_SQUARES_GRADIENT | OPTREG_IGNORES_PLACE,
  .hyperparameters = OPTREG_TABLE(hyperparameters),
  .slots = OPTREG_TABLE(slots),
  .kernels = OPTREG_TABLE(kernels),
};

OPTREG_PLUGIN(&adagrad);
