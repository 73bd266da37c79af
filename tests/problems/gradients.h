/* SPDX-License-Identifier: MIT */
/* Gradients of models in f32 against finite differences of their loss. */
#ifndef OPTREG_TESTS_GRADIENTS_H
#define OPTREG_TESTS_GRADIENTS_H

#include "problems/parameters.h"

/* A host of problems that draws the harness's numbers under the name "test". */
const optreg_problem_host *test_host(void);

/* Weights and gradients for each tensor of `parameters`; weights as they begin, and
 * biases, which begin as zeros, drawn too, so that their use is seen. */
typedef struct Tensors {
  size_t n;
  const optreg_problem_tensor *rows;
  float **weights, **gradients;
} Tensors;

Tensors *tensors_new(const Parameters *parameters, uint32_t seed);
void tensors_free(Tensors *tensors);
size_t tensors_size(const Tensors *tensors, size_t i);

/* Compare `tensors->gradients` with the differences of `loss`. Elements where the loss
 * has a corner near by are left out; at most one in ten may. */
void tensors_check(Tensors *tensors,
                   double (*loss)(void *context, const float *const *weights),
                   void *context);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(Tensors, tensors_free)

#endif
