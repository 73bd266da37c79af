/* SPDX-License-Identifier: MIT */
/* Pictures with labels, split into training, validation and test. */
#ifndef OPTREG_PROBLEMS_DATASET_H
#define OPTREG_PROBLEMS_DATASET_H

#include <glib.h>
#include <optreg/problem.h>
#include <stdint.h>

typedef struct Examples {
  size_t n;
  uint8_t *inputs; /* n rows of n_features */
  uint8_t *labels; /* n, below n_classes */
} Examples;

typedef struct Dataset {
  size_t n_features, n_classes;
  float largest; /* input; they are divided by it */
  Examples split[OPTREG_PROBLEM_SPLITS];
} Dataset;

/* The 8x8 digits that are embedded (tools/data/README.md). */
Dataset *dataset_new_digits(GError **error);

/* 28x28 pictures in the four files of MNIST, which `set` of sets.h names. The
 * validation split is the last n_validation, at most 30,000, of the 60,000 training
 * pictures. */
Dataset *dataset_new_idx(const char *set, size_t n_validation, GError **error);

void dataset_free(Dataset *dataset);

/* n_features inputs of an example, from 0 to 1. */
void dataset_read(const Dataset *dataset, uint32_t split, size_t example,
                  float *inputs);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(Dataset, dataset_free)

#endif
