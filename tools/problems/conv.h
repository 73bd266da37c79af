/* SPDX-License-Identifier: MIT */
/* A convolution of pictures [height, width, channels] that keeps their size, as one
 * product of matrices over the patches around all pixels. */
#ifndef OPTREG_PROBLEMS_CONV_H
#define OPTREG_PROBLEMS_CONV_H

#include <stddef.h>

/* Kernel [size, size, n_in, n_out], size odd; zeros around the picture. */
typedef struct Conv {
  size_t height, width, n_in, n_out, size;
} Conv;

/* Floats of scratch that the functions below need, for a batch of any size. */
size_t conv_patches_size(const Conv *conv);

void conv_forward(const Conv *conv, size_t n, const float *in, const float *kernel,
                  const float *bias, float *patches, float *out);

/* From the gradient by `out`: those of kernel and bias, and, unless NULL, of `in`. */
void conv_backward(const Conv *conv, size_t n, const float *in, const float *kernel,
                   const float *out_gradient, float *patches, float *in_gradient,
                   float *kernel_gradient, float *bias_gradient);

#endif
