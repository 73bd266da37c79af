/* SPDX-License-Identifier: MIT */
/* Adam: the mean of gradients over the root of the mean of their squares, both
 * corrected for their start. adamw.c is this file with a decay. */
#include <math.h>
#include <optreg/plugin.h>

#ifndef OPTIMIZER_NAME
#define OPTIMIZER_NAME "adam"
#define OPTIMIZER_DOC "mean of gradients over the root of the mean of their squares"
#define OPTIMIZER_REFERENCE "Kingma & Ba 2015, arXiv:1412.6980; keras.optimizers.Adam"
#define OPTIMIZER_DECAY 0.0
#endif

enum { LEARNING_RATE, BETA_1, BETA_2, EPSILON, AMSGRAD };

#define ANY (OPTREG_SCHEDULABLE | OPTREG_PER_GROUP)

static const optreg_hyperparameter hyperparameters[] = {
  OPTREG_REAL_ROW("learning_rate", 0.001, 0.0, INFINITY, ANY, "size of the step"),
  OPTREG_REAL_ROW("beta_1", 0.9, 0.0, 1.0, ANY | OPTREG_MAXIMUM_OPEN,
                  "decay of the mean of gradients"),
  OPTREG_REAL_ROW("beta_2", 0.999, 0.0, 1.0, ANY | OPTREG_MAXIMUM_OPEN,
                  "decay of the mean of squared gradients"),
  OPTREG_REAL_ROW("epsilon", 1e-7, 0.0, INFINITY, ANY,
                  "added to the square root; the paper has 1e-8"),
  OPTREG_BOOLEAN_ROW("amsgrad", 0, NULL, OPTREG_PER_GROUP,
                     "divide by the largest mean of squares so far"),
};

static const optreg_slot slots[] = {
  OPTREG_ELEMENT_SLOT("momentum", NULL, OPTREG_AVERAGES_GRADIENTS, "mean of gradients"),
  OPTREG_ELEMENT_SLOT("velocity", NULL, OPTREG_NON_NEGATIVE | OPTREG_AVERAGES_SQUARES,
                      "mean of squared gradients"),
  OPTREG_ELEMENT_SLOT("velocity_hat", "amsgrad",
                      OPTREG_NON_NEGATIVE | OPTREG_AVERAGES_SQUARES,
                      "largest velocity so far"),
};

/* β₁ᵗ and β₂ᵗ, of β in the type of the parameters; α with the corrections, so that the
 * host refuses one that the type cannot hold */
static int32_t
begin_step(const void *self, const optreg_step *step, double *scalar)
{
  (void)self;
  for (int i = 0; i < 2; i++) {
    const double beta = step->hyperparameter[BETA_1 + i];
    scalar[i] = optreg_power(step->dtype == OPTREG_F32 ? (double)(float)beta : beta,
                             step->step);
  }
  scalar[2] = step->hyperparameter[LEARNING_RATE] * sqrt(1.0 - scalar[1])
              / (1.0 - scalar[0]);
  return OPTREG_OK;
}

/* m ← m + (g−m)(1−β₁) ;  v ← v + (g²−v)(1−β₂) ;  v̂ ← max(v̂, v), or v without amsgrad
 * p ← p − m α√(1−β₂ᵗ)/(1−β₁ᵗ) / (√v̂ + ε)
 * Kingma & Ba 2015, end of section 2, in the order of keras.optimizers.Adam; amsgrad:
 * Reddi et al. 2018 */
OPTREG_REAL_KERNEL(update, {
  real *restrict p = span->param, *restrict m = span->slot[0];
  real *restrict v = span->slot[1], *restrict v_hat = span->slot[2];
  const real *restrict g = span->grad;
  const real one_minus_beta_1 = (real)(1.0 - span->hyperparameter[BETA_1]);
  const real one_minus_beta_2 = (real)(1.0 - span->hyperparameter[BETA_2]);
  const real epsilon = (real)span->hyperparameter[EPSILON];
  const real lr = (real)span->hyperparameter[LEARNING_RATE];
  const real alpha = lr * OPTREG_SQRT(1 - (real)span->scalar[1])
                     / (1 - (real)span->scalar[0]);

  for (size_t i = 0; i < span->n; i++) {
    m[i] = m[i] + (g[i] - m[i]) * one_minus_beta_1;
    v[i] = v[i] + (g[i] * g[i] - v[i]) * one_minus_beta_2;
  }
  for (size_t i = 0; v_hat != NULL && i < span->n; i++) {
    v_hat[i] = v_hat[i] > v[i] ? v_hat[i] : v[i];
  }
  const real *restrict divisor = v_hat != NULL ? v_hat : v;
  for (size_t i = 0; i < span->n; i++) {
    p[i] = p[i] - m[i] * alpha / (OPTREG_SQRT(divisor[i]) + epsilon);
  }
})

static const optreg_kernel kernels[] = { OPTREG_REAL_KERNEL_ROWS(0, update) };

static const optreg_optimizer_class adam = {
  OPTREG_OPTIMIZER,
  .name = OPTIMIZER_NAME,
  .version = "1.0.0",
  .license = "MIT",
  .doc = OPTIMIZER_DOC,
  .reference = OPTIMIZER_REFERENCE,
  .granularity = OPTREG_ELEMENT,
  .n_scalars = 3,
  .flags = OPTREG_SQUARES_GRADIENT | OPTREG_IGNORES_PLACE,
  .weight_decay = OPTIMIZER_DECAY,
  .hyperparameters = OPTREG_TABLE(hyperparameters),
  .slots = OPTREG_TABLE(slots),
  .kernels = OPTREG_TABLE(kernels),
  .begin_step = begin_step,
};

OPTREG_PLUGIN(&adam);
