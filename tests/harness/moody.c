/* SPDX-License-Identifier: MIT */
/* An optimizer that trains for ten steps and then does what its mood says. */
#include "hostile.h"

#include <math.h>
#include <optreg/plugin.h>
#include <stdlib.h>

enum { LEARNING_RATE, MOOD };
enum { ABORTS, FAILS, INSULTS };

static const optreg_hyperparameter hyperparameters[] = {
  OPTREG_REAL_ROW("learning_rate", 0.1, 0.0, INFINITY, 0, "size of the step"),
  OPTREG_CHOICE_ROW("mood", ABORTS, "aborts|fails|insults", NULL, 0, "what goes wrong"),
};

static int32_t
build(const optreg_host *host, const double *hyperparameter, void **self)
{
  (void)hyperparameter;
  *self = (void *)host;
  return OPTREG_OK;
}

static int32_t
begin_step(const void *self, const optreg_step *step, double *scalar)
{
  const optreg_host *host = self;

  (void)scalar;
  if (step->step <= 10) {
    return OPTREG_OK;
  }
  if (step->hyperparameter[MOOD] == ABORTS) {
    abort();
  }
  if (step->hyperparameter[MOOD] == INSULTS) {
    return host->fail(host->context, OPTREG_NUMERIC, HOSTILE_TEXT);
  }
  return OPTREG_NUMERIC;
}

OPTREG_KERNEL(update)
{
  float *p = span->param;
  const float *g = span->grad;
  const float lr = (float)span->hyperparameter[LEARNING_RATE];

  for (size_t i = 0; i < span->n; i++) {
    p[i] = p[i] - g[i] * lr;
  }
}

static const optreg_kernel kernels[] = { OPTREG_KERNEL_ROWS(0, OPTREG_F32, update) };

static const optreg_optimizer_class moody = {
  OPTREG_OPTIMIZER,
  .name = "moody",
  .version = "1.0.0",
  .license = "MIT",
  .doc = "trains for ten steps",
  .granularity = OPTREG_ELEMENT,
  .hyperparameters = OPTREG_TABLE(hyperparameters),
  .kernels = OPTREG_TABLE(kernels),
  .build = build,
  .begin_step = begin_step,
};

OPTREG_PLUGIN(&moody);
