/* SPDX-License-Identifier: MIT */
/* RMSprop: gradients divided by the root of a running average of their squares. */
#include <math.h>
#include <optreg/plugin.h>

enum { LEARNING_RATE, RHO, MOMENTUM, EPSILON, CENTERED };
enum { VELOCITY, LAST_STEP, AVERAGE_GRADIENT }; /* slots */

#define ANY (OPTREG_SCHEDULABLE | OPTREG_PER_GROUP)

static const optreg_hyperparameter hyperparameters[] = {
  OPTREG_REAL_ROW("learning_rate", 0.001, 0.0, INFINITY, ANY, "size of the step"),
  OPTREG_REAL_ROW("rho", 0.9, 0.0, 1.0, ANY, "decay of the running averages"),
  OPTREG_REAL_ROW("momentum", 0.0, 0.0, 1.0, ANY,
                  "share of the last step that is repeated"),
  OPTREG_REAL_ROW("epsilon", 1e-7, 0.0, INFINITY, ANY, "added under the square root"),
  OPTREG_BOOLEAN_ROW("centered", 0, NULL, OPTREG_PER_GROUP,
                     "divide by an estimate of the deviation, not of the size"),
};

static const optreg_slot slots[] = {
  OPTREG_ELEMENT_SLOT("velocity", NULL, OPTREG_NON_NEGATIVE | OPTREG_AVERAGES_SQUARES,
                      "running average of squared gradients"),
  OPTREG_ELEMENT_SLOT("momentum", "momentum", OPTREG_GROWS_SLOWLY, "the last step"),
  OPTREG_ELEMENT_SLOT("average_gradient", "centered", OPTREG_AVERAGES_GRADIENTS,
                      "running average of gradients"),
};

/* v ← ρv + (1−ρ)g² ;  a ← ρa + (1−ρ)g ;  d = v − a² + ε, or v + ε where not centered
 * m ← μm + αg/√d ;  p ← p − m, or p − αg/√d without momentum
 * (d is ε where rounding makes the difference negative beyond ε, which has no root)
 * Hinton 2012, lecture 6e; operations in the order of keras.optimizers.RMSprop */
OPTREG_REAL_KERNEL(update, {
  real *restrict p = span->param, *restrict v = span->slot[VELOCITY];
  real *restrict m = span->slot[LAST_STEP], *restrict a = span->slot[AVERAGE_GRADIENT];
  const real *restrict g = span->grad;
  const real lr = (real)span->hyperparameter[LEARNING_RATE];
  const real rho = (real)span->hyperparameter[RHO];
  const real one_minus_rho = (real)(1.0 - span->hyperparameter[RHO]);
  const real mu = (real)span->hyperparameter[MOMENTUM];
  const real epsilon = (real)span->hyperparameter[EPSILON];

  for (size_t i = 0; i < span->n; i++) {
    v[i] = rho * v[i] + one_minus_rho * (g[i] * g[i]);
  }
  for (size_t i = 0; a != NULL && i < span->n; i++) {
    a[i] = rho * a[i] + one_minus_rho * g[i];
  }
  if (m == NULL && a == NULL) {
    for (size_t i = 0; i < span->n; i++) {
      p[i] = p[i] - lr * g[i] / OPTREG_SQRT(v[i] + epsilon);
    }
  } else if (m == NULL) {
    for (size_t i = 0; i < span->n; i++) {
      const real d = v[i] - a[i] * a[i] + epsilon;
      p[i] = p[i] - lr * g[i] / OPTREG_SQRT(d > 0 ? d : epsilon);
    }
  } else if (a == NULL) {
    for (size_t i = 0; i < span->n; i++) {
      m[i] = mu * m[i] + lr * g[i] / OPTREG_SQRT(v[i] + epsilon);
      p[i] = p[i] - m[i];
    }
  } else {
    for (size_t i = 0; i < span->n; i++) {
      const real d = v[i] - a[i] * a[i] + epsilon;
      m[i] = mu * m[i] + lr * g[i] / OPTREG_SQRT(d > 0 ? d : epsilon);
      p[i] = p[i] - m[i];
    }
  }
})

static const optreg_kernel kernels[] = { OPTREG_REAL_KERNEL_ROWS(0, update) };

static const optreg_optimizer_class rmsprop = {
  OPTREG_OPTIMIZER,
  .name = "rmsprop",
  .version = "1.0.0",
  .license = "MIT",
  .doc = "gradients divided by the root of a running average of their squares",
  .reference = "Hinton 2012, lecture 6e; keras.optimizers.RMSprop",
  .granularity = OPTREG_ELEMENT,
  .flags = OPTREG_SQUARES_GRADIENT | OPTREG_IGNORES_PLACE,
  .hyperparameters = OPTREG_TABLE(hyperparameters),
  .slots = OPTREG_TABLE(slots),
  .kernels = OPTREG_TABLE(kernels),
};

OPTREG_PLUGIN(&rmsprop);
