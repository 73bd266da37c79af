/* SPDX-License-Identifier: MIT */
/* What is trained: a problem is one file with one of these tables, and one row in
 * problem.c. */
#ifndef OPTREG_HARNESS_PROBLEM_H
#define OPTREG_HARNESS_PROBLEM_H

#include "dataset.h"

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

enum { PROBLEM_MAX_NDIM = 4 };

/* A trained tensor, f32, dense and row-major. */
typedef struct ProblemTensor {
  const char *name;
  uint32_t ndim;
  uint64_t shape[PROBLEM_MAX_NDIM];
} ProblemTensor;

typedef struct Metrics {
  double loss;     /* mean over the examples; not finite when training has diverged */
  double accuracy; /* share of right answers, 0 to 1 */
} Metrics;

/* Weights and gradients are arrays with one buffer for each row of `tensors`, in order.
 */
typedef struct ProblemClass {
  const char *name, *doc;
  uint32_t epochs, batch_size; /* defaults */
  const ProblemTensor *tensors;
  size_t n_tensors;

  /* Load the data and make room for batches of up to batch_size. */
  void *(*open)(uint32_t batch_size, GError **error);
  void (*close)(void *self);

  /* Examples in a split. */
  size_t (*count)(const void *self, Split split);

  /* Write initial weights, which depend on the seed only. */
  void (*init)(void *self, uint32_t seed, float *const *weights);

  /* Mean loss of n training examples, given by index, and the gradients of `scale`
   * times it. */
  double (*gradient)(void *self, const float *const *weights, const uint32_t *examples,
                     size_t n, double scale, float *const *gradients);

  Metrics (*evaluate)(void *self, const float *const *weights, Split split);
} ProblemClass;

/* All problems, NULL-terminated. */
const ProblemClass *const *problem_list(void);

/* By name, NULL for the first. The error names a near one. */
const ProblemClass *problem_find(const char *name, GError **error);

size_t problem_tensor_size(const ProblemTensor *tensor);

/* A buffer of zeros for each tensor. */
float **problem_new_buffers(const ProblemClass *problem);
void problem_free_buffers(const ProblemClass *problem, float **buffers);

#endif
