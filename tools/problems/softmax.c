/* SPDX-License-Identifier: MIT */
/* Softmax, by the largest logit so that exp cannot overflow. */
#include "softmax.h"

#include <math.h>
#include <stdbool.h>

/* written so that NaN is never right */
static bool
is_correct(const float *z, size_t n, uint32_t label)
{
  for (size_t k = 0; k < n; k++) {
    if (k != label && !(z[k] < z[label])) {
      return false;
    }
  }
  return isfinite(z[label]);
}

static double
row_loss(float *z, size_t n, uint32_t label)
{
  float largest = z[0];
  double sum = 0.0;

  for (size_t k = 1; k < n; k++) {
    largest = z[k] > largest ? z[k] : largest;
  }
  const double distance = (double)z[label] - (double)largest;
  for (size_t k = 0; k < n; k++) {
    z[k] = (float)exp((double)z[k] - (double)largest);
    sum += (double)z[k];
  }
  for (size_t k = 0; k < n; k++) {
    z[k] = (float)((double)z[k] / sum);
  }
  return log(sum) - distance;
}

double
softmax_loss(size_t n, size_t k, const uint32_t *labels, float *rows, size_t *n_correct)
{
  double loss = 0.0;

  *n_correct = 0;
  for (size_t i = 0; i < n; i++) {
    *n_correct += is_correct(rows + i * k, k, labels[i]);
    loss += row_loss(rows + i * k, k, labels[i]);
  }
  return loss;
}

void
softmax_gradient(size_t n, size_t k, const uint32_t *labels, float factor, float *rows)
{
  for (size_t i = 0; i < n; i++) {
    rows[i * k + labels[i]] -= 1.0f;
  }
  for (size_t i = 0; i < n * k; i++) {
    rows[i] *= factor;
  }
}
