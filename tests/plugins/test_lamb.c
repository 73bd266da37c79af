/* SPDX-License-Identifier: MIT */
/* LAMB, for tests: two declared reductions and two group-scope slots. */
#include <math.h>
#include <optreg/plugin.h>

enum { LEARNING_RATE, BETA_1, BETA_2, EPSILON };
enum { MOMENTUM, VELOCITY, POWER_1, POWER_2 };
enum { CORRECTION_1, CORRECTION_2, N_SCALARS };
enum { PARAM_NORM, UPDATE_NORM };

static const optreg_hyperparameter hyperparameters[] = {
  OPTREG_REAL_ROW("learning_rate", 0.001, 0.0, INFINITY,
                  OPTREG_SCHEDULABLE | OPTREG_PER_GROUP, "size of the step"),
  OPTREG_REAL_ROW("beta_1", 0.9, 0.0, 1.0, OPTREG_PER_GROUP | OPTREG_MAXIMUM_OPEN,
                  "decay of the mean"),
  OPTREG_REAL_ROW("beta_2", 0.999, 0.0, 1.0, OPTREG_PER_GROUP | OPTREG_MAXIMUM_OPEN,
                  "decay of the mean square"),
  OPTREG_REAL_ROW("epsilon", 1e-7, 0.0, INFINITY, OPTREG_PER_GROUP,
                  "added to the root"),
};

static const optreg_slot slots[] = {
  OPTREG_ELEMENT_SLOT("momentum", NULL, 0, "mean of gradients"),
  OPTREG_ELEMENT_SLOT("velocity", NULL, OPTREG_NON_NEGATIVE,
                      "mean of squared gradients"),
  { "power_1", "beta_1 to the number of steps", NULL, NULL, 1.0, OPTREG_PER_GROUPS,
    OPTREG_INIT_CONSTANT, 0, 0 },
  { "power_2", "beta_2 to the number of steps", NULL, NULL, 1.0, OPTREG_PER_GROUPS,
    OPTREG_INIT_CONSTANT, 0, 0 },
};

static const optreg_reduction reductions[] = {
  { "param_norm", "squared norm of the parameter", OPTREG_PER_TENSOR, OPTREG_SUM, 0,
    0 },
  { "update_norm", "squared norm of the update", OPTREG_PER_TENSOR, OPTREG_SUM, 0, 0 },
};

static int32_t
begin_step(const void *self, const optreg_step *step, double *scalar)
{
  (void)self;
  *step->slot[POWER_1] *= step->hyperparameter[BETA_1];
  *step->slot[POWER_2] *= step->hyperparameter[BETA_2];
  scalar[CORRECTION_1] = 1.0 - *step->slot[POWER_1];
  scalar[CORRECTION_2] = 1.0 - *step->slot[POWER_2];
  return OPTREG_OK;
}

OPTREG_INLINE float
next_mean(const optreg_span *span, int beta, float mean, float value)
{
  return mean + (value - mean) * (float)(1.0 - span->hyperparameter[beta]);
}

/* u = (m/c₁) / (√(v/c₂) + ε) */
OPTREG_INLINE float
direction(const optreg_span *span, float m, float v)
{
  return m / (float)span->scalar[CORRECTION_1]
         / (sqrtf(v / (float)span->scalar[CORRECTION_2])
            + (float)span->hyperparameter[EPSILON]);
}

OPTREG_REDUCTION(norms)
{
  const float *restrict p = span->param, *restrict g = span->grad;
  const float *restrict m = span->slot[MOMENTUM], *restrict v = span->slot[VELOCITY];

  OPTREG_ACCUMULATE(lanes[PARAM_NORM], span->n, i, (double)p[i] * (double)p[i]);
  for (size_t i = 0; i < span->n; i++) {
    const double u = (double)direction(span, next_mean(span, BETA_1, m[i], g[i]),
                                       next_mean(span, BETA_2, v[i], g[i] * g[i]));
    lanes[UPDATE_NORM][i % OPTREG_LANES] += u * u;
  }
}

/* p ← p − α R u ;  R = ‖p‖/‖u‖, or 1 where a norm is 0     You et al. 2020, alg. 2 */
OPTREG_KERNEL(update)
{
  float *restrict p = span->param;
  float *restrict m = span->slot[MOMENTUM], *restrict v = span->slot[VELOCITY];
  const float *restrict g = span->grad;
  const double param_norm = span->reduction[PARAM_NORM];
  const double update_norm = span->reduction[UPDATE_NORM];
  const double ratio = param_norm > 0.0 && update_norm > 0.0
                           ? sqrt(param_norm) / sqrt(update_norm)
                           : 1.0;
  const float step = (float)(ratio * span->hyperparameter[LEARNING_RATE]);

  for (size_t i = 0; i < span->n; i++) {
    m[i] = next_mean(span, BETA_1, m[i], g[i]);
    v[i] = next_mean(span, BETA_2, v[i], g[i] * g[i]);
    p[i] = p[i] - step * direction(span, m[i], v[i]);
  }
}

static const optreg_kernel kernels[] = {
  OPTREG_REDUCING_KERNEL_ROWS(0, OPTREG_F32, update, norms),
};

static const optreg_optimizer_class test_lamb = {
  OPTREG_OPTIMIZER,
  .name = "test_lamb",
  .version = "1.0.0",
  .license = "MIT",
  .doc = "LAMB, for tests of reductions and of group-scope slots",
  .granularity = OPTREG_ELEMENT,
  .n_scalars = N_SCALARS,
  .hyperparameters = OPTREG_TABLE(hyperparameters),
  .slots = OPTREG_TABLE(slots),
  .kernels = OPTREG_TABLE(kernels),
  .reductions = OPTREG_TABLE(reductions),
  .begin_step = begin_step,
};

OPTREG_PLUGIN(&test_lamb);
