/* SPDX-License-Identifier: MIT */
/* Schedule-free AdamW, for tests: a slot that starts as a copy, and finalize. */
#include <math.h>
#include <optreg/plugin.h>

enum { LEARNING_RATE, BETA_1, BETA_2, EPSILON };
enum { POINT, VELOCITY };
enum { AVERAGE_SHARE, CORRECTION_2, N_SCALARS };

static const optreg_hyperparameter hyperparameters[] = {
  OPTREG_REAL_ROW("learning_rate", 0.0025, 0.0, INFINITY, OPTREG_PER_GROUP,
                  "size of the step"),
  OPTREG_REAL_ROW("beta_1", 0.9, 0.0, 1.0, OPTREG_MINIMUM_OPEN,
                  "share of the average in the training weights"),
  OPTREG_REAL_ROW("beta_2", 0.999, 0.0, 1.0, OPTREG_MAXIMUM_OPEN,
                  "decay of the mean of squares"),
  OPTREG_REAL_ROW("epsilon", 1e-8, 0.0, INFINITY, 0, "added to the square root"),
};

static const optreg_slot slots[] = {
  { "momentum", "the point z that gradient steps move", NULL, NULL, 0.0,
    OPTREG_PER_ELEMENT, OPTREG_INIT_PARAMETER, 0, 0 },
  OPTREG_ELEMENT_SLOT("velocity", NULL, OPTREG_NON_NEGATIVE,
                      "mean of squared gradients"),
};

static int32_t
begin_step(const void *self, const optreg_step *step, double *scalar)
{
  (void)self;
  scalar[AVERAGE_SHARE] = 1.0 / (double)step->step;
  scalar[CORRECTION_2] = 1.0 - optreg_power(step->hyperparameter[BETA_2], step->step);
  return OPTREG_OK;
}

/* v ← v + (g²−v)(1−β₂) ;  x = (p − (1−β₁)z)/β₁ ;  z ← z − αg/(√(v/c₂) + ε)
 * x ← (1−k)x + kz, k = 1/t ;  p ← (1−β₁)z + β₁x     Defazio et al. 2024, section 3 */
OPTREG_KERNEL(update)
{
  float *restrict p = span->param;
  float *restrict z = span->slot[POINT], *restrict v = span->slot[VELOCITY];
  const float *restrict g = span->grad;
  const float lr = (float)span->hyperparameter[LEARNING_RATE];
  const float beta1 = (float)span->hyperparameter[BETA_1];
  const float one_minus_beta2 = (float)(1.0 - span->hyperparameter[BETA_2]);
  const float epsilon = (float)span->hyperparameter[EPSILON];
  const float k = (float)span->scalar[AVERAGE_SHARE];
  const float c2 = (float)span->scalar[CORRECTION_2];

  for (size_t i = 0; i < span->n; i++) {
    v[i] = v[i] + (g[i] * g[i] - v[i]) * one_minus_beta2;
    const float x = (p[i] - (1.0f - beta1) * z[i]) / beta1;
    z[i] = z[i] - lr * g[i] / (sqrtf(v[i] / c2) + epsilon);
    p[i] = (1.0f - beta1) * z[i] + beta1 * ((1.0f - k) * x + k * z[i]);
  }
}

static const optreg_kernel kernels[] = { OPTREG_KERNEL_ROWS(0, OPTREG_F32, update) };

static int32_t
finalize(const void *self, const optreg_span *span)
{
  (void)self;
  float *restrict p = span->param;
  const float *restrict z = span->slot[POINT];
  const float beta1 = (float)span->hyperparameter[BETA_1];

  for (size_t i = 0; i < span->n; i++) {
    p[i] = (p[i] - (1.0f - beta1) * z[i]) / beta1;
  }
  return OPTREG_OK;
}

static const optreg_optimizer_class test_schedulefree = {
  OPTREG_OPTIMIZER,
  .name = "test_schedulefree",
  .version = "1.0.0",
  .license = "MIT",
  .doc = "schedule-free AdamW, for tests of copied slots and of finalize",
  .granularity = OPTREG_ELEMENT,
  .n_scalars = N_SCALARS,
  .hyperparameters = OPTREG_TABLE(hyperparameters),
  .slots = OPTREG_TABLE(slots),
  .kernels = OPTREG_TABLE(kernels),
  .begin_step = begin_step,
  .finalize = finalize,
};

OPTREG_PLUGIN(&test_schedulefree);
