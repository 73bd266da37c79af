/* SPDX-License-Identifier: MIT */
/* Pictures: the digits, and reading any. */
#include "dataset.h"

#include "csv.h"

#include <string.h>

enum { N_FEATURES = 64, N_COLUMNS = 65, N_CLASSES = 10 };

/* examples has room for it */
static void
append_digit(Examples *examples, const double *cells)
{
  for (size_t i = 0; i < N_FEATURES; i++) {
    examples->inputs[examples->n * N_FEATURES + i] = (uint8_t)cells[i];
  }
  examples->labels[examples->n++] = (uint8_t)cells[N_FEATURES];
}

Dataset *
dataset_new_digits(GError **error)
{
  size_t n_rows;
  g_autofree double *cells = csv_read("digits.csv.gz", N_COLUMNS, 0, &n_rows, error);

  if (cells == NULL) {
    return NULL;
  }
  Dataset *dataset = g_new0(Dataset, 1);
  dataset->n_features = N_FEATURES;
  dataset->n_classes = N_CLASSES;
  dataset->largest = 16.0f;
  for (size_t s = 0; s < OPTREG_PROBLEM_SPLITS; s++) {
    dataset->split[s].inputs = g_new(uint8_t, n_rows * N_FEATURES);
    dataset->split[s].labels = g_new(uint8_t, n_rows);
  }
  for (size_t row = 0; row < n_rows; row++) {
    append_digit(&dataset->split[csv_split_of_row(row)], cells + row * N_COLUMNS);
  }
  return dataset;
}

void
dataset_free(Dataset *dataset)
{
  if (dataset != NULL) {
    for (size_t s = 0; s < OPTREG_PROBLEM_SPLITS; s++) {
      g_free(dataset->split[s].inputs);
      g_free(dataset->split[s].labels);
    }
    g_free(dataset);
  }
}

void
dataset_read(const Dataset *dataset, uint32_t split, size_t example, float *inputs)
{
  const size_t n = dataset->n_features;
  const uint8_t *bytes = dataset->split[split].inputs + example * n;

  for (size_t i = 0; i < n; i++) {
    inputs[i] = (float)bytes[i] / dataset->largest;
  }
}
