/* SPDX-License-Identifier: MIT */
/* Layer normalisation, Ba, Kiros & Hinton 2016. */
#include "layernorm.h"

#include <math.h>
#include <string.h>

static const float epsilon = 1e-5f;

void
layernorm_forward(size_t n, size_t width, const float *in, const float *scale,
                  const float *bias, float *mean, float *inverse, float *out)
{
  for (size_t i = 0; i < n; i++, in += width, out += width) {
    float sum = 0.0f, squares = 0.0f;
    for (size_t j = 0; j < width; j++) {
      sum += in[j];
    }
    mean[i] = sum / (float)width;
    for (size_t j = 0; j < width; j++) {
      squares += (in[j] - mean[i]) * (in[j] - mean[i]);
    }
    inverse[i] = 1.0f / sqrtf(squares / (float)width + epsilon);
    for (size_t j = 0; j < width; j++) {
      out[j] = (in[j] - mean[i]) * inverse[i] * scale[j] + bias[j];
    }
  }
}

/* with h = (x − mean)/deviation and e = ∂/∂h:
 * ∂/∂x = (e − mean(e) − h mean(e h)) / deviation */
static void
backward_row(size_t width, const float *in, const float *scale, float mean,
             float inverse, const float *out_gradient, float *in_gradient)
{
  float sum = 0.0f, product = 0.0f;

  for (size_t j = 0; j < width; j++) {
    const float e = out_gradient[j] * scale[j];
    sum += e;
    product += e * ((in[j] - mean) * inverse);
  }
  sum /= (float)width;
  product /= (float)width;
  for (size_t j = 0; j < width; j++) {
    const float h = (in[j] - mean) * inverse;
    in_gradient[j] += (out_gradient[j] * scale[j] - sum - h * product) * inverse;
  }
}

void
layernorm_backward(size_t n, size_t width, const float *in, const float *scale,
                   const float *mean, const float *inverse, const float *out_gradient,
                   float *in_gradient, float *scale_gradient, float *bias_gradient)
{
  memset(scale_gradient, 0, width * sizeof *scale_gradient);
  memset(bias_gradient, 0, width * sizeof *bias_gradient);
  for (size_t i = 0; i < n; i++, in += width, out_gradient += width) {
    for (size_t j = 0; j < width; j++) {
      scale_gradient[j] += out_gradient[j] * ((in[j] - mean[i]) * inverse[i]);
      bias_gradient[j] += out_gradient[j];
    }
    backward_row(width, in, scale, mean[i], inverse[i], out_gradient,
                 in_gradient + i * width);
  }
}
