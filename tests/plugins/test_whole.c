/* SPDX-License-Identifier: MIT */
/* A sum of squares in tensors that stay whole, for tests. */
#include <math.h>
#include <optreg/plugin.h>

enum { LEARNING_RATE, FACTOR };
enum { SQUARES, SEEN };

static const optreg_hyperparameter hyperparameters[] = {
  OPTREG_REAL_ROW("learning_rate", 0.01, 0.0, INFINITY,
                  OPTREG_SCHEDULABLE | OPTREG_PER_GROUP, "size of the step"),
  OPTREG_REAL_ROW("factor", 1.0, 0.0, INFINITY, 0,
                  "of what has been seen, in each step"),
};

static const optreg_slot slots[] = {
  OPTREG_ELEMENT_SLOT("squares", NULL, OPTREG_NON_NEGATIVE | OPTREG_SUMS_SQUARES,
                      "sum of squared gradients"),
  { "seen", "first gradients, summed up", NULL, NULL, 0.0, OPTREG_PER_TENSOR,
    OPTREG_INIT_ZERO, 0, 0 },
};

/* s ← s + g² ;  seen ← f seen + g₀ ;  p ← p − αg */
OPTREG_REAL_TENSOR_KERNEL(update, {
  real *restrict p = span->param, *restrict s = span->slot[SQUARES];
  double *restrict seen = span->slot[SEEN];
  const real *restrict g = span->grad;
  const real lr = (real)span->hyperparameter[LEARNING_RATE];

  *seen = span->hyperparameter[FACTOR] * *seen + (double)g[0];
  for (size_t i = 0; i < span->n; i++) {
    s[i] = s[i] + g[i] * g[i];
    p[i] = p[i] - lr * g[i];
  }
  return OPTREG_OK;
})

static const optreg_kernel kernels[] = { OPTREG_REAL_TENSOR_KERNEL_ROWS(0, update) };

static const optreg_optimizer_class test_whole = {
  OPTREG_OPTIMIZER,
  .name = "test_whole",
  .version = "1.0.0",
  .license = "MIT",
  .doc = "gradient descent with a sum of squares over whole tensors, for tests",
  .granularity = OPTREG_TENSOR,
  .hyperparameters = OPTREG_TABLE(hyperparameters),
  .slots = OPTREG_TABLE(slots),
  .kernels = OPTREG_TABLE(kernels),
};

OPTREG_PLUGIN(&test_whole);
