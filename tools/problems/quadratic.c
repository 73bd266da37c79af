/* SPDX-License-Identifier: MIT */
/* quadratic: f(x) = ½ (x − x*)ᵀ A (x − x*), where the eigenvalues of A lie evenly in
 * the logarithm between 1/condition and 1 and its axes are turned; noise on the
 * gradient. */
#include "problems.h"

#include <glib.h>
#include <math.h>
#include <stdbool.h>

enum { DIMENSION, CONDITION, NOISE, ROTATED };
enum { STREAM_SHAPE = 16, STREAM_NOISE = 17 };       /* purposes */
enum { N_REFLECTIONS = 3, OPTIMUM = N_REFLECTIONS }; /* indices of STREAM_SHAPE */
enum { STEPS_PER_EPOCH = 100 };

static const optreg_problem_option options[] = {
  OPTREG_PROBLEM_INTEGER_ROW("dimension", 100, 1, 1000000, "length of x"),
  OPTREG_PROBLEM_REAL_ROW("condition", 1000.0, 1.0, 1e12,
                          "largest curvature over the smallest"),
  OPTREG_PROBLEM_REAL_ROW(
      "noise", 0.0, 0.0, 1e6,
      "standard deviation of what is added to each gradient element"),
  OPTREG_PROBLEM_BOOLEAN_ROW("rotated", 1, "axes that are not those of x"),
};

static const optreg_problem_metric metrics[] = {
  { "loss", "height above the optimum, which is 0", INFINITY, 0.01, 0, 0 },
  { "log10_loss", "its decimal logarithm, at least -30", 38.0, 0.1, 0, 0 },
};

typedef struct Quadratic {
  const optreg_problem_host *host;
  uint64_t n;
  optreg_problem_tensor tensor;
  double condition, noise;
  bool is_rotated;
  float *optimum, *drawn;             /* n each */
  double *reflections[N_REFLECTIONS]; /* unit vectors */
  double *way, *slope;                /* n each: scratch */
} Quadratic;

static void
quadratic_close(void *self)
{
  Quadratic *quadratic = self;

  for (size_t i = 0; i < N_REFLECTIONS; i++) {
    g_free(quadratic->reflections[i]);
  }
  g_free(quadratic->optimum);
  g_free(quadratic->drawn);
  g_free(quadratic->way);
  g_free(quadratic->slope);
  g_free(quadratic);
}

/* the shape is the same for every seed: it is the problem */
static void
draw_shape(Quadratic *quadratic)
{
  const optreg_problem_host *host = quadratic->host;
  const size_t n = quadratic->n;

  for (uint32_t i = 0; i < N_REFLECTIONS; i++) {
    double *reflection = quadratic->reflections[i] = g_new(double, n);
    double squares = 0.0;
    host->normal(host->context, 0, STREAM_SHAPE, i, 1.0, n, quadratic->drawn);
    for (size_t j = 0; j < n; j++) {
      squares += (double)quadratic->drawn[j] * (double)quadratic->drawn[j];
    }
    for (size_t j = 0; j < n; j++) {
      reflection[j] = (double)quadratic->drawn[j] / sqrt(squares);
    }
  }
  host->normal(host->context, 0, STREAM_SHAPE, OPTIMUM, 1.0, n, quadratic->optimum);
}

static int32_t
quadratic_open(const optreg_problem_host *host, const double *values,
               uint32_t batch_size, void **self)
{
  Quadratic *quadratic = g_new0(Quadratic, 1);
  const size_t n = (size_t)values[DIMENSION];

  (void)batch_size;
  quadratic->host = host;
  quadratic->n = n;
  quadratic->tensor = (optreg_problem_tensor){ "x", &quadratic->n, 1, 0 };
  quadratic->condition = values[CONDITION];
  quadratic->noise = values[NOISE];
  quadratic->is_rotated = values[ROTATED] != 0.0;
  quadratic->optimum = g_new(float, n);
  quadratic->drawn = g_new(float, n);
  quadratic->way = g_new(double, n);
  quadratic->slope = g_new(double, n);
  draw_shape(quadratic);
  *self = quadratic;
  return OPTREG_PROBLEM_OK;
}

static size_t
quadratic_tensors(const void *self, const optreg_problem_tensor **rows)
{
  const Quadratic *quadratic = self;

  *rows = &quadratic->tensor;
  return 1;
}

static size_t
quadratic_examples(const void *self)
{
  (void)self;
  return STEPS_PER_EPOCH;
}

static void
quadratic_init(void *self, uint32_t seed, float *const *weights)
{
  const Quadratic *quadratic = self;
  const optreg_problem_host *host = quadratic->host;

  host->normal(host->context, seed, OPTREG_PROBLEM_INIT, 0, 1.0, quadratic->n,
               weights[0]);
}

/* v ← (1 − 2rrᵀ) v for each r, in either order: an orthogonal matrix or its inverse */
static void
turn(const Quadratic *quadratic, bool is_inverse, double *v)
{
  for (size_t k = 0; quadratic->is_rotated && k < N_REFLECTIONS; k++) {
    const double *r = quadratic->reflections[is_inverse ? N_REFLECTIONS - 1 - k : k];
    double projection = 0.0;
    for (size_t i = 0; i < quadratic->n; i++) {
      projection += r[i] * v[i];
    }
    for (size_t i = 0; i < quadratic->n; i++) {
      v[i] -= 2.0 * projection * r[i];
    }
  }
}

static double
curvature(const Quadratic *quadratic, size_t i)
{
  const double last = quadratic->n > 1 ? (double)quadratic->n - 1.0 : 1.0;
  return pow(quadratic->condition, -(double)i / last);
}

/* height above the optimum; its slope goes into quadratic->slope */
static double
measure(Quadratic *quadratic, const float *x)
{
  double loss = 0.0;

  for (size_t i = 0; i < quadratic->n; i++) {
    quadratic->way[i] = (double)x[i] - (double)quadratic->optimum[i];
  }
  turn(quadratic, false, quadratic->way);
  for (size_t i = 0; i < quadratic->n; i++) {
    quadratic->slope[i] = curvature(quadratic, i) * quadratic->way[i];
    loss += 0.5 * quadratic->slope[i] * quadratic->way[i];
  }
  turn(quadratic, true, quadratic->slope);
  return loss;
}

static double
quadratic_gradient(void *self, const optreg_problem_batch *batch,
                   const float *const *weights, float *const *gradients)
{
  Quadratic *quadratic = self;
  const optreg_problem_host *host = quadratic->host;
  const double loss = measure(quadratic, weights[0]);

  if (quadratic->noise > 0.0) {
    host->normal(host->context, batch->seed, STREAM_NOISE, (uint32_t)batch->step,
                 quadratic->noise, quadratic->n, quadratic->drawn);
  }
  for (size_t i = 0; i < quadratic->n; i++) {
    const double noise = quadratic->noise > 0.0 ? (double)quadratic->drawn[i] : 0.0;
    gradients[0][i] = (float)(batch->scale * (quadratic->slope[i] + noise));
  }
  return loss;
}

static void
quadratic_evaluate(void *self, uint32_t split, const float *const *weights,
                   double *values)
{
  (void)split;
  values[0] = measure(self, weights[0]);
  values[1] = values[0] > 1e-30 ? log10(values[0]) : isnan(values[0]) ? NAN : -30.0;
}

const optreg_problem_class problem_quadratic = {
  .struct_size = sizeof(optreg_problem_class),
  .name = "quadratic",
  .version = "1",
  .doc = "a turned quadratic bowl of given condition, with or without noise",
  .tier = OPTREG_PROBLEM_SMOKE,
  .batch_size = 1,
  .epochs = 10,
  .primary = 1,
  .primary_split = OPTREG_PROBLEM_TEST,
  .options = OPTREG_PROBLEM_TABLE(options),
  .metrics = OPTREG_PROBLEM_TABLE(metrics),
  .open = quadratic_open,
  .close = quadratic_close,
  .tensors = quadratic_tensors,
  .examples = quadratic_examples,
  .init = quadratic_init,
  .gradient = quadratic_gradient,
  .evaluate = quadratic_evaluate,
};
