/* SPDX-License-Identifier: MIT */
/* Two optimizers that are linked into the test: compiled with
 * OPTREG_ENTRY=static_plugin, so that their symbol cannot meet another plugin's. */
#include <math.h>
#include <optreg/plugin.h>

static const optreg_hyperparameter hyperparameters[] = {
  OPTREG_REAL_ROW("learning_rate", 0.01, 0.0, INFINITY,
                  OPTREG_SCHEDULABLE | OPTREG_PER_GROUP | OPTREG_MINIMUM_OPEN,
                  "the step"),
  OPTREG_REAL_ROW("rho", 0.95, 0.0, 1.0, OPTREG_MAXIMUM_OPEN, "decay"),
  OPTREG_REAL_ROW("epsilon", 1e-7, -INFINITY, 1.0, 0, "anything"),
  OPTREG_INTEGER_ROW("warmup", 32768, 0, INFINITY, 0, "calls without a step"),
  OPTREG_BOOLEAN_ROW("nesterov", 1, "rho", 0, "look ahead"),
  OPTREG_CHOICE_ROW("mode", 1, "sum|mean", NULL, 0, "how values are combined"),
};

static const optreg_slot slots[] = {
  OPTREG_ELEMENT_SLOT("velocity", "rho", 0, "the last update"),
  { "level", "starts at a constant", NULL, NULL, 0.1, OPTREG_PER_TENSOR,
    OPTREG_INIT_CONSTANT, 0, 0 },
  { "height", "starts at a row's value", NULL, "rho", 0.0, OPTREG_PER_GROUPS,
    OPTREG_INIT_HYPERPARAMETER, 0, 0 },
  { "anchor", "starts as the parameter", NULL, NULL, 0.0, OPTREG_PER_ELEMENT,
    OPTREG_INIT_PARAMETER, 0, 0 },
  { "product", "scratch", NULL, NULL, 0.0, OPTREG_PER_MODEL, OPTREG_INIT_ZERO,
    OPTREG_TRANSIENT, 0 },
};

OPTREG_KERNEL(update)
{
  float *p = span->param;
  const float *g = span->grad;

  for (size_t i = 0; i < span->n; i++) {
    p[i] -= g[i];
  }
}

static const optreg_kernel kernels[] = { OPTREG_KERNEL_ROWS(0, OPTREG_F32, update) };

static const optreg_optimizer_class first = {
  OPTREG_OPTIMIZER,
  .name = "static_first",
  .version = "1.2.3",
  .license = "MIT",
  .doc = "a plugin for tests",
  .reference = "nobody",
  .granularity = OPTREG_ELEMENT,
  .weight_decay = 0.004,
  .hyperparameters = OPTREG_TABLE(hyperparameters),
  .slots = OPTREG_TABLE(slots),
  .kernels = OPTREG_TABLE(kernels),
};

static const optreg_optimizer_class second = {
  OPTREG_OPTIMIZER,
  .name = "good", /* as the fixture, which it hides */
  .version = "9.9.9",
  .license = "MIT",
  .doc = "a plugin for tests",
  .granularity = OPTREG_ELEMENT,
  .kernels = OPTREG_TABLE(kernels),
};

OPTREG_PLUGIN(&first, &second);
