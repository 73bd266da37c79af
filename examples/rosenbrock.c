/* SPDX-License-Identifier: MIT */
/* A problem of one's own: the chained valley of Rosenbrock,
 *   f(x) = Σ 100 (x[i+1] − x[i]²)² + (1 − x[i])²,  smallest at 1, 1, ...
 *
 *   cc -std=c11 -O2 -fPIC -shared rosenbrock.c -o rosenbrock.so -lm
 *   optreg compare --problem-file rosenbrock.so --problem rosenbrock adam.yaml sgd.yaml
 */
#include <math.h>
#include <optreg/problem.h>
#include <stdlib.h>

enum { DIMENSION, SPREAD };

static const optreg_problem_option options[] = {
  OPTREG_PROBLEM_INTEGER_ROW("dimension", 2, 2, 100000, "length of x"),
  OPTREG_PROBLEM_REAL_ROW("spread", 0.1, 0.0, 10.0,
                          "deviation of the start from -1, 1"),
};

/* what the harness compares by default is the last one */
static const optreg_problem_metric metrics[] = {
  { "loss", "height above the lowest point", INFINITY, 0.01, 0, 0 },
  { "log10_loss", "its decimal logarithm, at least -16", 38.0, 0.1, 0, 0 },
};

typedef struct Valley {
  const optreg_problem_host *host;
  uint64_t n;
  optreg_problem_tensor x;
  double spread;
} Valley;

static int32_t
valley_open(const optreg_problem_host *host, const double *values, uint32_t batch_size,
            void **self)
{
  Valley *valley = calloc(1, sizeof *valley);

  (void)batch_size; /* there are no examples that a batch could hold more of */
  if (valley == NULL) {
    return host->fail(host->context, OPTREG_PROBLEM_FAILED, "memory is out");
  }
  valley->host = host;
  valley->n = (uint64_t)values[DIMENSION];
  valley->x = (optreg_problem_tensor){ "x", &valley->n, 1, 0 };
  valley->spread = values[SPREAD];
  *self = valley;
  return OPTREG_PROBLEM_OK;
}

static size_t
valley_tensors(const void *self, const optreg_problem_tensor **tensors)
{
  const Valley *valley = self;

  *tensors = &valley->x;
  return 1;
}

/* steps of an epoch, after which the harness measures */
static size_t
valley_examples(const void *self)
{
  (void)self;
  return 100;
}

static void
valley_init(void *self, uint32_t seed, float *const *weights)
{
  const Valley *valley = self;

  valley->host->normal(valley->host->context, seed, OPTREG_PROBLEM_INIT, 0,
                       valley->spread, valley->n, weights[0]);
  for (size_t i = 0; i < valley->n; i++) {
    weights[0][i] += i % 2 == 0 ? -1.0f : 1.0f;
  }
}

/* the gradient of `scale` times the height, unless it is NULL */
static double
measure(const Valley *valley, const float *x, double scale, float *gradient)
{
  double loss = 0.0;

  for (size_t i = 0; gradient != NULL && i < valley->n; i++) {
    gradient[i] = 0.0f;
  }
  for (size_t i = 0; i + 1 < valley->n; i++) {
    const double a = (double)x[i], way = (double)x[i + 1] - a * a, rest = 1.0 - a;
    loss += 100.0 * way * way + rest * rest;
    if (gradient != NULL) {
      gradient[i] += (float)(scale * (-400.0 * a * way - 2.0 * rest));
      gradient[i + 1] += (float)(scale * 200.0 * way);
    }
  }
  return loss;
}

static double
valley_gradient(void *self, const optreg_problem_batch *batch,
                const float *const *weights, float *const *gradients)
{
  return measure(self, weights[0], batch->scale, gradients[0]);
}

static void
valley_evaluate(void *self, uint32_t split, const float *const *weights, double *values)
{
  (void)split; /* there is nothing to generalise to */
  values[0] = measure(self, weights[0], 1.0, NULL);
  values[1] = values[0] < 1e-16 ? -16.0 : log10(values[0]);
}

static const optreg_problem_class rosenbrock = {
  .struct_size = sizeof(optreg_problem_class),
  .name = "rosenbrock",
  .version = "1",
  .doc = "the chained valley of Rosenbrock",
  .batch_size = 1,
  .epochs = 20,
  .primary = 1,
  .primary_split = OPTREG_PROBLEM_TEST,
  .options = OPTREG_PROBLEM_TABLE(options),
  .metrics = OPTREG_PROBLEM_TABLE(metrics),
  .open = valley_open,
  .close = free,
  .tensors = valley_tensors,
  .examples = valley_examples,
  .init = valley_init,
  .gradient = valley_gradient,
  .evaluate = valley_evaluate,
};

OPTREG_PROBLEMS(&rosenbrock);
