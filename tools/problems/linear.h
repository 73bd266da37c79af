/* SPDX-License-Identifier: MIT */
/* A dense layer: out [n, n_out] = in [n, n_in] · kernel [n_in, n_out] + bias [n_out].
 */
#ifndef OPTREG_PROBLEMS_LINEAR_H
#define OPTREG_PROBLEMS_LINEAR_H

#include <stddef.h>

typedef struct Linear {
  size_t n_in, n_out;
} Linear;

void linear_forward(Linear layer, size_t n, const float *in, const float *kernel,
                    const float *bias, float *out);

/* From the gradient by `out`: those of kernel and bias, and, unless NULL, of `in`,
 * which may take the place of `in`. */
void linear_backward(Linear layer, size_t n, const float *in, const float *kernel,
                     const float *out_gradient, float *in_gradient,
                     float *kernel_gradient, float *bias_gradient);

#endif
