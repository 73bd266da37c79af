/* SPDX-License-Identifier: MIT */
/* Elementwise functions of layers, in place. */
#ifndef OPTREG_PROBLEMS_ACTIVATION_H
#define OPTREG_PROBLEMS_ACTIVATION_H

#include <stddef.h>

/* In the order of ACTIVATION_CHOICES. */
typedef enum Activation { ACTIVATION_RELU, ACTIVATION_TANH } Activation;
#define ACTIVATION_CHOICES "relu|tanh"

void activation_forward(Activation activation, size_t n, float *x);

/* From the outputs y of forward and the gradient by them, the gradient by its inputs.
 */
void activation_backward(Activation activation, size_t n, const float *y,
                         float *gradient);

#endif
