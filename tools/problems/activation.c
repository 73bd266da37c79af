/* SPDX-License-Identifier: MIT */
/* relu and tanh. */
#include "activation.h"

#include <math.h>

void
activation_forward(Activation activation, size_t n, float *x)
{
  if (activation == ACTIVATION_TANH) {
    for (size_t i = 0; i < n; i++) {
      x[i] = tanhf(x[i]);
    }
  } else {
    /* keeps what is not a number */
    for (size_t i = 0; i < n; i++) {
      x[i] = x[i] < 0.0f ? 0.0f : x[i];
    }
  }
}

/* tanh' = 1 − tanh² */
void
activation_backward(Activation activation, size_t n, const float *y, float *gradient)
{
  if (activation == ACTIVATION_TANH) {
    for (size_t i = 0; i < n; i++) {
      gradient[i] *= 1.0f - y[i] * y[i];
    }
  } else {
    for (size_t i = 0; i < n; i++) {
      gradient[i] = y[i] > 0.0f ? gradient[i] : 0.0f;
    }
  }
}
