/* SPDX-License-Identifier: MIT */
/* Examples with labels, split into training, validation and test. */
#ifndef OPTREG_PROBLEMS_DATASET_H
#define OPTREG_PROBLEMS_DATASET_H

#include <glib.h>
#include <optreg/problem.h>
#include <stdint.h>

typedef struct Examples {
  size_t n;
  float *inputs;    /* n rows of n_features */
  uint32_t *labels; /* n, below n_classes */
} Examples;

typedef struct Dataset {
  size_t n_features, n_classes;
  Examples split[OPTREG_PROBLEM_SPLITS];
} Dataset;

/* The 8x8 digits that are embedded (tools/data/README.md), inputs divided by 16. */
Dataset *dataset_new_digits(GError **error);
void dataset_free(Dataset *dataset);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(Dataset, dataset_free)

#endif
