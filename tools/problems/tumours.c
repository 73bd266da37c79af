/* SPDX-License-Identifier: MIT */
/* Tumours from the compiled-in table. */
#include "tumours.h"

#include "csv.h"

#include <math.h>
#include <string.h>

enum { TUMOUR_COLUMNS = TUMOUR_MEASURES + 1 }; /* the last one: malignant or not */

const Tumour *
tumours_get(const Tumours *tumours, uint32_t split, size_t i)
{
  return &g_array_index(tumours->split[split], Tumour, i);
}

size_t
tumours_count(const Tumours *tumours, uint32_t split)
{
  return tumours->split[split]->len;
}

/* by mean and deviation of the training split */
static void
standardise(Tumours *tumours, size_t feature)
{
  const size_t n = tumours_count(tumours, OPTREG_PROBLEM_TRAINING);
  double sum = 0.0, squares = 0.0;

  for (size_t i = 0; i < n; i++) {
    sum += tumours_get(tumours, OPTREG_PROBLEM_TRAINING, i)->measure[feature];
  }
  const double mean = sum / (double)n;
  for (size_t i = 0; i < n; i++) {
    const double way =
        tumours_get(tumours, OPTREG_PROBLEM_TRAINING, i)->measure[feature] - mean;
    squares += way * way;
  }
  const double deviation = sqrt(squares / (double)n);
  for (size_t s = 0; s < OPTREG_PROBLEM_SPLITS; s++) {
    for (size_t i = 0; i < tumours->split[s]->len; i++) {
      double *measure = g_array_index(tumours->split[s], Tumour, i).measure;
      measure[feature] = (measure[feature] - mean) / deviation;
    }
  }
}

static void
fill_splits(Tumours *tumours, const double *cells, size_t n_rows)
{
  for (size_t s = 0; s < OPTREG_PROBLEM_SPLITS; s++) {
    tumours->split[s] = g_array_new(FALSE, FALSE, sizeof(Tumour));
  }
  for (size_t row = 0; row < n_rows; row++) {
    const double *cell = cells + row * TUMOUR_COLUMNS;
    Tumour tumour = { .sign = cell[TUMOUR_MEASURES] != 0.0 ? 1.0 : -1.0 };
    memcpy(tumour.measure, cell, sizeof tumour.measure);
    g_array_append_val(tumours->split[csv_split_of_row(row)], tumour);
  }
  for (size_t i = 0; i < TUMOUR_MEASURES; i++) {
    standardise(tumours, i);
  }
}

bool
tumours_read(Tumours *tumours, GError **error)
{
  size_t n_rows;
  g_autofree double *cells =
      csv_read("breast_cancer.csv.gz", TUMOUR_COLUMNS, 1, &n_rows, error);

  if (cells == NULL) {
    return false;
  }
  fill_splits(tumours, cells, n_rows);
  return true;
}

void
tumours_clear(Tumours *tumours)
{
  for (size_t s = 0; s < OPTREG_PROBLEM_SPLITS; s++) {
    g_clear_pointer(&tumours->split[s], g_array_unref);
  }
}
