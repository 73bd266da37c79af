/* SPDX-License-Identifier: MIT */
/* Adadelta as somebody writes it who does not know the SIMD macros: a table and a loop.
 */
#include <math.h>
#include <optreg/plugin.h>

static const optreg_hyperparameter hyperparameters[] = {
  OPTREG_REAL_ROW("learning_rate", 0.001, 0.0, INFINITY, 0, "factor on the update"),
};
static const optreg_slot slots[] = {
  OPTREG_ELEMENT_SLOT("a", NULL, 0, "running average of squared gradients"),
  OPTREG_ELEMENT_SLOT("d", NULL, 0, "running average of squared updates"),
};

static void
update(const void *self, const optreg_span *span)
{
  float *p = span->param, *a = span->slot[0], *d = span->slot[1];
  const float *g = span->grad;
  const float lr = (float)span->hyperparameter[0];

  (void)self;
  for (size_t i = 0; i < span->n; i++) {
    a[i] = 0.95f * a[i] + 0.05f * g[i] * g[i];
    const float delta = -sqrtf(d[i] + 1e-7f) / sqrtf(a[i] + 1e-7f) * g[i];
    d[i] = 0.95f * d[i] + 0.05f * delta * delta;
    p[i] += lr * delta;
  }
}

static const optreg_kernel kernels[] = {
  { 0, OPTREG_F32, OPTREG_LEVEL_BASELINE, 0, update, NULL, NULL },
};
static const optreg_optimizer_class scalar = {
  OPTREG_OPTIMIZER,
  .name = "scalar",
  .version = "1.0.0",
  .license = "MIT",
  .doc = "Adadelta without the SIMD macros",
  .granularity = OPTREG_ELEMENT,
  .hyperparameters = OPTREG_TABLE(hyperparameters),
  .slots = OPTREG_TABLE(slots),
  .kernels = OPTREG_TABLE(kernels),
};
OPTREG_PLUGIN(&scalar);
