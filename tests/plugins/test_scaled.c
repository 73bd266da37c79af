/* SPDX-License-Identifier: MIT */
/* Gradient descent whose weights to deploy are a multiple of those that it trains, for
 * tests: a finalize that would move the weights each time, and may fail half-way. */
#include <math.h>
#include <optreg/plugin.h>

enum { LEARNING_RATE, SCALE };

static const optreg_hyperparameter hyperparameters[] = {
  OPTREG_REAL_ROW("learning_rate", 0.5, 0.0, INFINITY,
                  OPTREG_SCHEDULABLE | OPTREG_PER_GROUP, "size of the step"),
  OPTREG_REAL_ROW("scale", 3.0, -INFINITY, INFINITY,
                  OPTREG_SCHEDULABLE | OPTREG_PER_GROUP,
                  "the multiple; 0: finalize writes and then fails"),
};

/* p ← p − αg */
OPTREG_REAL_KERNEL(update, {
  real *restrict p = span->param;
  const real *restrict g = span->grad;
  const real lr = (real)span->hyperparameter[LEARNING_RATE];

  for (size_t i = 0; i < span->n; i++) {
    p[i] = p[i] - lr * g[i];
  }
})

static const optreg_kernel kernels[] = { OPTREG_REAL_KERNEL_ROWS(0, update) };

static int32_t
finalize(const void *self, const optreg_span *span)
{
  float *restrict f32 = span->param;
  double *restrict f64 = span->param;
  const double scale = span->hyperparameter[SCALE];

  (void)self;
  for (size_t i = 0; i < span->n; i++) {
    if (span->dtype == OPTREG_F32) {
      f32[i] = (float)scale * f32[i];
    } else {
      f64[i] = scale * f64[i];
    }
  }
  return scale == 0.0 ? OPTREG_NUMERIC : OPTREG_OK;
}

static const optreg_optimizer_class test_scaled = {
  OPTREG_OPTIMIZER,
  .name = "test_scaled",
  .version = "1.0.0",
  .license = "MIT",
  .doc = "gradient descent with a finalize that is felt, for tests",
  .granularity = OPTREG_ELEMENT,
  .hyperparameters = OPTREG_TABLE(hyperparameters),
  .kernels = OPTREG_TABLE(kernels),
  .finalize = finalize,
};

OPTREG_PLUGIN(&test_scaled);
