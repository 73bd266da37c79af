/* SPDX-License-Identifier: MIT */
/* Central differences of fourth order. */
#include "gradients.h"

#include "harness/random.h"

#include <math.h>
#include <stdbool.h>

enum { BIASES = 2 }; /* purpose of random numbers */

static void
draw_normal(void *context, uint32_t seed, uint32_t purpose, uint32_t index,
            double deviation, size_t n, float *out)
{
  RandomStream stream = random_stream(RANDOM_ROOT, "test", seed, purpose, index);

  (void)context;
  for (size_t i = 0; i < n; i++) {
    out[i] = (float)(deviation * random_normal(&stream));
  }
}

const optreg_problem_host *
test_host(void)
{
  static const optreg_problem_host host = { .struct_size = sizeof host,
                                            .normal = draw_normal };
  return &host;
}

size_t
tensors_size(const Tensors *tensors, size_t i)
{
  size_t n = 1;

  for (uint32_t d = 0; d < tensors->rows[i].ndim; d++) {
    n *= tensors->rows[i].dims[d];
  }
  return n;
}

Tensors *
tensors_new(const Parameters *parameters, uint32_t seed)
{
  Tensors *tensors = g_new0(Tensors, 1);

  tensors->n = parameters_rows(parameters, &tensors->rows);
  tensors->weights = g_new0(float *, tensors->n);
  tensors->gradients = g_new0(float *, tensors->n);
  for (size_t i = 0; i < tensors->n; i++) {
    tensors->weights[i] = g_new0(float, tensors_size(tensors, i));
    tensors->gradients[i] = g_new0(float, tensors_size(tensors, i));
  }
  parameters_init(parameters, test_host(), seed, tensors->weights);
  for (size_t i = 0; i < tensors->n; i++) {
    if (g_str_has_suffix(tensors->rows[i].name, "/bias")) {
      draw_normal(NULL, seed, BIASES, (uint32_t)i, 0.1, tensors_size(tensors, i),
                  tensors->weights[i]);
    }
  }
  return tensors;
}

void
tensors_free(Tensors *tensors)
{
  for (size_t i = 0; tensors != NULL && i < tensors->n; i++) {
    g_free(tensors->weights[i]);
    g_free(tensors->gradients[i]);
  }
  if (tensors != NULL) {
    g_free(tensors->weights);
    g_free(tensors->gradients);
    g_free(tensors);
  }
}

typedef struct Check {
  const Tensors *tensors;
  double (*loss)(void *context, const float *const *weights);
  void *context;
} Check;

static double
loss_at(const Check *check, float *weight, double value)
{
  const float before = *weight;

  *weight = (float)value;
  const double loss =
      check->loss(check->context, (const float *const *)check->tensors->weights);
  *weight = before;
  return loss;
}

/* (f(−2h) − 8f(−h) + 8f(h) − f(2h)) / 12h */
static double
slope(const Check *check, float *weight, double h)
{
  const double w = (double)*weight;

  return (loss_at(check, weight, w - 2.0 * h) - 8.0 * loss_at(check, weight, w - h)
          + 8.0 * loss_at(check, weight, w + h) - loss_at(check, weight, w + 2.0 * h))
         / (12.0 * h);
}

static double
largest_of(const float *values, size_t n)
{
  double largest = 0.0;

  for (size_t i = 0; i < n; i++) {
    /* with fmax gcc 12 for aarch64 crashes */
    const double size = fabs((double)values[i]);
    largest = size > largest ? size : largest;
  }
  return largest;
}

/* false where the loss has a corner */
static bool
check_element(const Check *check, size_t tensor, size_t i, double bar)
{
  float *weight = &check->tensors->weights[tensor][i];
  const double wide = slope(check, weight, 1.0 / 256.0);
  const double narrow = slope(check, weight, 1.0 / 512.0);
  const double gradient = (double)check->tensors->gradients[tensor][i];

  if (fabs(wide - narrow) > bar) {
    return false;
  }
  if (fabs(gradient - wide) > bar) {
    g_error("%s[%zu]: gradient %g, difference %g, bar %g",
            check->tensors->rows[tensor].name, i, gradient, wide, bar);
  }
  return true;
}

void
tensors_check(Tensors *tensors,
              double (*loss)(void *context, const float *const *weights), void *context)
{
  const Check check = { tensors, loss, context };
  size_t n_all = 0, n_corners = 0;
  double largest = 0.0;

  for (size_t t = 0; t < tensors->n; t++) {
    largest =
        fmax(largest, largest_of(tensors->gradients[t], tensors_size(tensors, t)));
  }
  for (size_t t = 0; t < tensors->n; t++) {
    const size_t n = tensors_size(tensors, t);
    const double own = largest_of(tensors->gradients[t], n);
    const double bar = fmax(3e-3 * own, 3e-4 * largest);
    for (size_t i = 0; i < n; i++) {
      n_corners += !check_element(&check, t, i, bar);
    }
    n_all += n;
  }
  g_assert_cmpfloat(largest, >, 0.0);
  g_assert_cmpuint(n_corners * 10, <=, n_all);
}
