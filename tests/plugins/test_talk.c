/* SPDX-License-Identifier: MIT */
/* Tells the log of each update of a span, on the thread that makes it. */
#include <math.h>
#include <optreg/plugin.h>

static const optreg_hyperparameter hyperparameters[] = {
  OPTREG_REAL_ROW("learning_rate", 0.5, 0.0, INFINITY, OPTREG_PER_GROUP,
                  "size of the step"),
};

static int32_t
build(const optreg_host *host, const double *hyperparameter, void **self)
{
  (void)hyperparameter;
  *self = (void *)(uintptr_t)host;
  return OPTREG_OK;
}

/* p ← p − αg */
OPTREG_KERNEL(update)
{
  const optreg_host *host = self;
  float *restrict p = span->param;
  const float *restrict g = span->grad;
  const float step = (float)span->hyperparameter[0];

  host->log(host->context, OPTREG_LOG_INFO, "update");
  for (size_t i = 0; i < span->n; i++) {
    p[i] = p[i] - step * g[i];
  }
}

static const optreg_kernel kernels[] = { OPTREG_KERNEL_ROWS(0, OPTREG_F32, update) };

static const optreg_optimizer_class test_talk = {
  OPTREG_OPTIMIZER,
  .name = "test_talk",
  .version = "1.0.0",
  .license = "MIT",
  .doc = "talks in its kernel, for tests of what a log may do",
  .granularity = OPTREG_ELEMENT,
  .hyperparameters = OPTREG_TABLE(hyperparameters),
  .kernels = OPTREG_TABLE(kernels),
  .build = build,
};

OPTREG_PLUGIN(&test_talk);
