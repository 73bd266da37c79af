/* SPDX-License-Identifier: MIT */
/* Sums that say nothing about how they grow, for tests. */
#include <math.h>
#include <optreg/plugin.h>

enum { LEARNING_RATE, FACTOR, GROWTH };
enum { TOTAL, CLOCK };

static const optreg_hyperparameter hyperparameters[] = {
  OPTREG_REAL_ROW("learning_rate", 0.01, 0.0, INFINITY,
                  OPTREG_SCHEDULABLE | OPTREG_PER_GROUP, "size of the step"),
  OPTREG_REAL_ROW("factor", 1.0, 0.0, INFINITY, 0, "of the sum in each step"),
  OPTREG_REAL_ROW("growth", 1.0, 0.0, INFINITY, 0, "factor on the clock in each step"),
};

static const optreg_slot slots[] = {
  OPTREG_ELEMENT_SLOT("total", NULL, 0, "sum of gradients"),
  { "clock", "growth to the power of steps", NULL, NULL, 1.0, OPTREG_PER_MODEL,
    OPTREG_INIT_CONSTANT, 0, 0 },
};

static int32_t
begin_step(const void *self, const optreg_step *step, double *scalar)
{
  (void)self;
  (void)scalar;
  if (step->is_first) {
    *step->slot[CLOCK] *= step->hyperparameter[GROWTH];
  }
  return OPTREG_OK;
}

/* t ← ft + g ;  p ← p − αg */
OPTREG_REAL_KERNEL(update, {
  real *restrict p = span->param, *restrict t = span->slot[TOTAL];
  const real *restrict g = span->grad;
  const real lr = (real)span->hyperparameter[LEARNING_RATE];
  const real factor = (real)span->hyperparameter[FACTOR];

  for (size_t i = 0; i < span->n; i++) {
    t[i] = factor * t[i] + g[i];
    p[i] = p[i] - lr * g[i];
  }
})

static const optreg_kernel kernels[] = { OPTREG_REAL_KERNEL_ROWS(0, update) };

static const optreg_optimizer_class test_sum = {
  OPTREG_OPTIMIZER,
  .name = "test_sum",
  .version = "1.0.0",
  .license = "MIT",
  .doc = "gradient descent with a sum of gradients, for tests",
  .granularity = OPTREG_ELEMENT,
  .flags = OPTREG_IGNORES_PLACE,
  .hyperparameters = OPTREG_TABLE(hyperparameters),
  .slots = OPTREG_TABLE(slots),
  .kernels = OPTREG_TABLE(kernels),
  .begin_step = begin_step,
};

OPTREG_PLUGIN(&test_sum);
