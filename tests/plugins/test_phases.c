/* SPDX-License-Identifier: MIT */
/* Normalised descent, for tests: two phases of reductions, a maximum, model scope. */
#include <math.h>
#include <optreg/plugin.h>

enum { LEARNING_RATE };
enum { LARGEST, SQUARES, ALL_SQUARES };

static const optreg_hyperparameter hyperparameters[] = {
  OPTREG_REAL_ROW("learning_rate", 0.1, 0.0, INFINITY, OPTREG_PER_GROUP,
                  "size of the step"),
};

static const optreg_reduction reductions[] = {
  { "largest", "largest gradient of the model", OPTREG_PER_MODEL, OPTREG_MAX, 0, 0 },
  { "squares", "of gradients over the largest", OPTREG_PER_TENSOR, OPTREG_SUM, 1, 0 },
  { "all_squares", "the same of the model", OPTREG_PER_MODEL, OPTREG_SUM, 1, 0 },
};

OPTREG_REDUCTION(reduce)
{
  const float *restrict g = span->grad;
  const double largest = phase > 0 ? span->reduction[LARGEST] : 1.0;

  if (phase == 0) {
    for (size_t i = 0; i < span->n; i++) {
      double *lane = &lanes[LARGEST][i % OPTREG_LANES];
      *lane = fmax(*lane, fabs((double)g[i]));
    }
  } else {
    OPTREG_ACCUMULATE(lanes[SQUARES], span->n, i, (g[i] / largest) * (g[i] / largest));
    OPTREG_ACCUMULATE(lanes[ALL_SQUARES], span->n, i,
                      (g[i] / largest) * (g[i] / largest));
  }
}

/* p ← p − α √(Σ(g/l)² of the tensor / of the model) g/l ;  l = max |g| of the model */
OPTREG_KERNEL(update)
{
  float *restrict p = span->param;
  const float *restrict g = span->grad;
  const double *r = span->reduction;
  const double share = r[ALL_SQUARES] > 0.0 ? sqrt(r[SQUARES] / r[ALL_SQUARES]) : 0.0;
  const float largest = r[LARGEST] > 0.0 ? (float)r[LARGEST] : 1.0f;
  const float step = (float)(span->hyperparameter[LEARNING_RATE] * share);

  for (size_t i = 0; i < span->n; i++) {
    p[i] = p[i] - step * (g[i] / largest);
  }
}

static const optreg_kernel kernels[] = {
  OPTREG_REDUCING_KERNEL_ROWS(0, OPTREG_F32, update, reduce),
};

static const optreg_optimizer_class test_phases = {
  OPTREG_OPTIMIZER,
  .name = "test_phases",
  .version = "1.0.0",
  .license = "MIT",
  .doc = "normalised gradient descent, for tests of reduction phases",
  .granularity = OPTREG_ELEMENT,
  .hyperparameters = OPTREG_TABLE(hyperparameters),
  .kernels = OPTREG_TABLE(kernels),
  .reductions = OPTREG_TABLE(reductions),
};

OPTREG_PLUGIN(&test_phases);
