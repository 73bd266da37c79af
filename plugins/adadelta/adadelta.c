/* SPDX-License-Identifier: MIT */
/* Adadelta: steps in the units of the parameter, from two running averages. */
#include <math.h>
#include <optreg/plugin.h>

enum { LEARNING_RATE, RHO, EPSILON };

static const optreg_hyperparameter hyperparameters[] = {
  OPTREG_REAL_ROW("learning_rate", 0.001, 0.0, INFINITY,
                  OPTREG_SCHEDULABLE | OPTREG_PER_GROUP,
                  "factor on the update; the paper has 1.0"),
  OPTREG_REAL_ROW("rho", 0.95, 0.0, 1.0, OPTREG_SCHEDULABLE | OPTREG_PER_GROUP,
                  "decay of both running averages"),
  OPTREG_REAL_ROW("epsilon", 1e-7, 0.0, INFINITY, OPTREG_SCHEDULABLE | OPTREG_PER_GROUP,
                  "added under both square roots; the paper has 1e-6"),
};

static const optreg_slot slots[] = {
  OPTREG_ELEMENT_SLOT("accumulated_grad", NULL,
                      OPTREG_NON_NEGATIVE | OPTREG_AVERAGES_SQUARES,
                      "running average of squared gradients"),
  OPTREG_ELEMENT_SLOT("accumulated_delta_var", NULL,
                      OPTREG_NON_NEGATIVE | OPTREG_GROWS_SLOWLY,
                      "running average of squared updates, without the learning rate"),
};

/* a ← ρa + (1−ρ)g² ;  Δ = −√(d+ε)/√(a+ε) g ;  d ← ρd + (1−ρ)Δ² ;  p ← p + αΔ
 * Zeiler 2012, algorithm 1; operations in the order of keras.optimizers.Adadelta */
OPTREG_REAL_KERNEL(update, {
  real *restrict p = span->param, *restrict a = span->slot[0],
                 *restrict d = span->slot[1];
  const real *restrict g = span->grad;
  const real lr = (real)span->hyperparameter[LEARNING_RATE];
  const real rho = (real)span->hyperparameter[RHO];
  const real one_minus_rho = (real)(1.0 - span->hyperparameter[RHO]);
  const real epsilon = (real)span->hyperparameter[EPSILON];

  for (size_t i = 0; i < span->n; i++) {
    a[i] = rho * a[i] + one_minus_rho * (g[i] * g[i]);
    const real delta =
        -(OPTREG_SQRT(d[i] + epsilon) * g[i] / OPTREG_SQRT(a[i] + epsilon));
    d[i] = rho * d[i] + one_minus_rho * (delta * delta);
    p[i] = p[i] + lr * delta;
  }
})

static const optreg_kernel kernels[] = { OPTREG_REAL_KERNEL_ROWS(0, update) };

static const optreg_optimizer_class adadelta = {
  OPTREG_OPTIMIZER,
  .name = "adadelta",
  .version = "1.0.0",
  .license = "MIT",
  .doc = "a step per element from running averages of squared gradients and updates",
  .reference = "Zeiler 2012, arXiv:1212.5701; keras.optimizers.Adadelta",
  .granularity = OPTREG_ELEMENT,
  .flags = OPTREG_SQUARES_GRADIENT | OPTREG_IGNORES_PLACE,
  .hyperparameters = OPTREG_TABLE(hyperparameters),
  .slots = OPTREG_TABLE(slots),
  .kernels = OPTREG_TABLE(kernels),
};

OPTREG_PLUGIN(&adadelta);
