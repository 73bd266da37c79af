/* SPDX-License-Identifier: MIT */
/* A dense layer. */
#include "linear.h"

#include "matrix.h"

#include <string.h>

void
linear_forward(Linear layer, size_t n, const float *in, const float *kernel,
               const float *bias, float *out)
{
  for (size_t i = 0; i < n; i++) {
    memcpy(out + i * layer.n_out, bias, layer.n_out * sizeof *out);
  }
  matrix_multiply(MATRIX_AS_IS, MATRIX_AS_IS, n, layer.n_out, layer.n_in, 1.0f,
                  (Matrix){ in, layer.n_in }, (Matrix){ kernel, layer.n_out }, 1.0f,
                  out, layer.n_out);
}

void
linear_backward(Linear layer, size_t n, const float *in, const float *kernel,
                const float *out_gradient, float *in_gradient, float *kernel_gradient,
                float *bias_gradient)
{
  const Matrix out = { out_gradient, layer.n_out };

  matrix_multiply(MATRIX_TRANSPOSED, MATRIX_AS_IS, layer.n_in, layer.n_out, n, 1.0f,
                  (Matrix){ in, layer.n_in }, out, 0.0f, kernel_gradient, layer.n_out);
  matrix_sum_rows(out_gradient, n, layer.n_out, bias_gradient);
  if (in_gradient != NULL) {
    matrix_multiply(MATRIX_AS_IS, MATRIX_TRANSPOSED, n, layer.n_in, layer.n_out, 1.0f,
                    out, (Matrix){ kernel, layer.n_out }, 0.0f, in_gradient,
                    layer.n_in);
  }
}
