/* SPDX-License-Identifier: MIT */
/* Adam, for tests: scalars from begin_step. */
#include <math.h>
#include <optreg/plugin.h>

enum { LEARNING_RATE, BETA_1, BETA_2, EPSILON };
enum { BIAS_CORRECTION, N_SCALARS };

static const optreg_hyperparameter hyperparameters[] = {
  OPTREG_REAL_ROW("learning_rate", 0.001, 0.0, INFINITY,
                  OPTREG_SCHEDULABLE | OPTREG_PER_GROUP, "size of the step"),
  OPTREG_REAL_ROW("beta_1", 0.9, 0.0, 1.0, OPTREG_PER_GROUP | OPTREG_MAXIMUM_OPEN,
                  "decay of the mean of gradients"),
  OPTREG_REAL_ROW("beta_2", 0.999, 0.0, 1.0, OPTREG_PER_GROUP | OPTREG_MAXIMUM_OPEN,
                  "decay of the mean of squared gradients"),
  OPTREG_REAL_ROW("epsilon", 1e-7, 0.0, INFINITY, OPTREG_PER_GROUP,
                  "added to the square root"),
};

static const optreg_slot slots[] = {
  OPTREG_ELEMENT_SLOT("momentum", NULL, 0, "mean of gradients"),
  OPTREG_ELEMENT_SLOT("velocity", NULL, OPTREG_NON_NEGATIVE,
                      "mean of squared gradients"),
};

static int32_t
begin_step(const void *self, const optreg_step *step, double *scalar)
{
  (void)self;
  const double c1 = 1.0 - optreg_power(step->hyperparameter[BETA_1], step->step);
  const double c2 = 1.0 - optreg_power(step->hyperparameter[BETA_2], step->step);
  scalar[BIAS_CORRECTION] = sqrt(c2) / c1;
  return OPTREG_OK;
}

/* m ← m + (g−m)(1−β₁) ;  v ← v + (g²−v)(1−β₂) ;  p ← p − α√c₂/c₁ m / (√v + ε)
 * Kingma & Ba 2015, end of section 2; in the order of keras.optimizers.Adam */
OPTREG_KERNEL(update)
{
  float *restrict p = span->param, *restrict m = span->slot[0],
                  *restrict v = span->slot[1];
  const float *restrict g = span->grad;
  const float one_minus_beta1 = (float)(1.0 - span->hyperparameter[BETA_1]);
  const float one_minus_beta2 = (float)(1.0 - span->hyperparameter[BETA_2]);
  const float epsilon = (float)span->hyperparameter[EPSILON];
  const float alpha =
      (float)(span->hyperparameter[LEARNING_RATE] * span->scalar[BIAS_CORRECTION]);

  for (size_t i = 0; i < span->n; i++) {
    m[i] = m[i] + (g[i] - m[i]) * one_minus_beta1;
    v[i] = v[i] + (g[i] * g[i] - v[i]) * one_minus_beta2;
    p[i] = p[i] - m[i] * alpha / (sqrtf(v[i]) + epsilon);
  }
}

static const optreg_kernel kernels[] = { OPTREG_KERNEL_ROWS(0, OPTREG_F32, update) };

static const optreg_optimizer_class test_adam = {
  OPTREG_OPTIMIZER,
  .name = "test_adam",
  .version = "1.0.0",
  .license = "MIT",
  .doc = "Adam, for tests of begin_step",
  .granularity = OPTREG_ELEMENT,
  .n_scalars = N_SCALARS,
  .hyperparameters = OPTREG_TABLE(hyperparameters),
  .slots = OPTREG_TABLE(slots),
  .kernels = OPTREG_TABLE(kernels),
  .begin_step = begin_step,
};

OPTREG_PLUGIN(&test_adam);
