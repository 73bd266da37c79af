/* SPDX-License-Identifier: MIT */
/* Nadam, for tests: a model-scope slot that begin_step advances once a step. */
#include <math.h>
#include <optreg/plugin.h>

enum { LEARNING_RATE, BETA_1, BETA_2, EPSILON };
enum { MOMENTUM, VELOCITY, U_PRODUCT };
enum { MEAN_SHARE, GRAD_SHARE, CORRECTION_2, N_SCALARS };

static const optreg_hyperparameter hyperparameters[] = {
  OPTREG_REAL_ROW("learning_rate", 0.001, 0.0, INFINITY,
                  OPTREG_SCHEDULABLE | OPTREG_PER_GROUP, "size of the step"),
  OPTREG_REAL_ROW("beta_1", 0.9, 0.0, 1.0, 0, "decay of the mean of gradients"),
  OPTREG_REAL_ROW("beta_2", 0.999, 0.0, 1.0, OPTREG_MAXIMUM_OPEN,
                  "decay of the mean of squares"),
  OPTREG_REAL_ROW("epsilon", 1e-7, 0.0, INFINITY, 0, "added to the square root"),
};

static const optreg_slot slots[] = {
  OPTREG_ELEMENT_SLOT("momentum", NULL, 0, "mean of gradients"),
  OPTREG_ELEMENT_SLOT("velocity", NULL, OPTREG_NON_NEGATIVE,
                      "mean of squared gradients"),
  { "u_product", "product of the momentum schedule so far", NULL, NULL, 1.0,
    OPTREG_PER_MODEL, OPTREG_INIT_CONSTANT, 0, 0 },
};

static double
schedule(const optreg_step *step, uint64_t t)
{
  return step->hyperparameter[BETA_1] * (1.0 - 0.5 * optreg_power(0.96, t));
}

static int32_t
begin_step(const void *self, const optreg_step *step, double *scalar)
{
  (void)self;
  const double u = schedule(step, step->step), u_next = schedule(step, step->step + 1);
  if (step->is_first) {
    *step->slot[U_PRODUCT] *= u;
  }
  const double product = *step->slot[U_PRODUCT];
  scalar[MEAN_SHARE] = u_next / (1.0 - product * u_next);
  scalar[GRAD_SHARE] = (1.0 - u) / (1.0 - product);
  scalar[CORRECTION_2] = 1.0 - optreg_power(step->hyperparameter[BETA_2], step->step);
  return OPTREG_OK;
}

/* m ← m + (g−m)(1−β₁) ;  v ← v + (g²−v)(1−β₂) ;  p ← p − α (s₁m + s₂g) / (√(v/c₂) + ε)
 * Dozat 2016, as keras.optimizers.Nadam */
OPTREG_KERNEL(update)
{
  float *restrict p = span->param;
  float *restrict m = span->slot[MOMENTUM], *restrict v = span->slot[VELOCITY];
  const float *restrict g = span->grad;
  const float lr = (float)span->hyperparameter[LEARNING_RATE];
  const float one_minus_beta1 = (float)(1.0 - span->hyperparameter[BETA_1]);
  const float one_minus_beta2 = (float)(1.0 - span->hyperparameter[BETA_2]);
  const float epsilon = (float)span->hyperparameter[EPSILON];
  const float mean_share = (float)span->scalar[MEAN_SHARE];
  const float grad_share = (float)span->scalar[GRAD_SHARE];
  const float c2 = (float)span->scalar[CORRECTION_2];

  for (size_t i = 0; i < span->n; i++) {
    m[i] = m[i] + (g[i] - m[i]) * one_minus_beta1;
    v[i] = v[i] + (g[i] * g[i] - v[i]) * one_minus_beta2;
    const float mean = mean_share * m[i] + grad_share * g[i];
    p[i] = p[i] - mean * lr / (sqrtf(v[i] / c2) + epsilon);
  }
}

static const optreg_kernel kernels[] = { OPTREG_KERNEL_ROWS(0, OPTREG_F32, update) };

static const optreg_optimizer_class test_nadam = {
  OPTREG_OPTIMIZER,
  .name = "test_nadam",
  .version = "1.0.0",
  .license = "MIT",
  .doc = "Nadam, for tests of a model-scope slot",
  .granularity = OPTREG_ELEMENT,
  .n_scalars = N_SCALARS,
  .hyperparameters = OPTREG_TABLE(hyperparameters),
  .slots = OPTREG_TABLE(slots),
  .kernels = OPTREG_TABLE(kernels),
  .begin_step = begin_step,
};

OPTREG_PLUGIN(&test_nadam);
