/* SPDX-License-Identifier: MIT */
/* Layer normalisation of rows: (x − mean) / √(variance + 1e-5) · scale + bias. */
#ifndef OPTREG_PROBLEMS_LAYERNORM_H
#define OPTREG_PROBLEMS_LAYERNORM_H

#include <stddef.h>

/* n rows of `width`. Keeps what backward needs: a mean and an inverse deviation a row.
 */
void layernorm_forward(size_t n, size_t width, const float *in, const float *scale,
                       const float *bias, float *mean, float *inverse, float *out);

/* From the gradient by `out`: those of scale and bias, and that by `in`, which is added
 * to what in_gradient holds. */
void layernorm_backward(size_t n, size_t width, const float *in, const float *scale,
                        const float *mean, const float *inverse,
                        const float *out_gradient, float *in_gradient,
                        float *scale_gradient, float *bias_gradient);

#endif
