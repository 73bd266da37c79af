/* SPDX-License-Identifier: MIT */
/* SGD: gradient descent, with momentum or Nesterov momentum if asked for. */
#include <math.h>
#include <optreg/plugin.h>

enum { LEARNING_RATE, MOMENTUM, NESTEROV };

static const optreg_hyperparameter hyperparameters[] = {
  OPTREG_REAL_ROW("learning_rate", 0.01, 0.0, INFINITY,
                  OPTREG_SCHEDULABLE | OPTREG_PER_GROUP, "size of the step"),
  OPTREG_REAL_ROW("momentum", 0.0, 0.0, 1.0, OPTREG_SCHEDULABLE | OPTREG_PER_GROUP,
                  "share of the last update that is repeated"),
  OPTREG_BOOLEAN_ROW("nesterov", 0, "momentum", OPTREG_PER_GROUP,
                     "look ahead along the momentum"),
};

static const optreg_slot slots[] = {
  OPTREG_ELEMENT_SLOT("momentum", "momentum", OPTREG_SUMS_GRADIENTS, "the last update"),
};

/* m ← μm − αg ;  p ← p + m, or with Nesterov p ← p + μm − αg ; without momentum p ← p −
 * αg Sutskever et al. 2013, eq. 1-4; operations in the order of keras.optimizers.SGD */
OPTREG_REAL_KERNEL(update, {
  real *restrict p = span->param, *restrict m = span->slot[0];
  const real *restrict g = span->grad;
  const real lr = (real)span->hyperparameter[LEARNING_RATE];
  const real mu = (real)span->hyperparameter[MOMENTUM];

  if (m == NULL) {
    for (size_t i = 0; i < span->n; i++) {
      p[i] = p[i] - g[i] * lr;
    }
  } else if (span->hyperparameter[NESTEROV] == 0.0) {
    for (size_t i = 0; i < span->n; i++) {
      m[i] = m[i] * mu - g[i] * lr;
      p[i] = p[i] + m[i];
    }
  } else {
    for (size_t i = 0; i < span->n; i++) {
      m[i] = m[i] * mu - g[i] * lr;
      p[i] = p[i] + (m[i] * mu - g[i] * lr);
    }
  }
})

static const optreg_kernel kernels[] = { OPTREG_REAL_KERNEL_ROWS(0, update) };

static const optreg_optimizer_class sgd = {
  OPTREG_OPTIMIZER,
  .name = "sgd",
  .version = "1.0.0",
  .license = "MIT",
  .doc = "stochastic gradient descent, with momentum or Nesterov momentum",
  .reference = "keras.optimizers.SGD",
  .granularity = OPTREG_ELEMENT,
  .flags = OPTREG_IGNORES_PLACE,
  .hyperparameters = OPTREG_TABLE(hyperparameters),
  .slots = OPTREG_TABLE(slots),
  .kernels = OPTREG_TABLE(kernels),
};

OPTREG_PLUGIN(&sgd);
