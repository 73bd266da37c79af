/* SPDX-License-Identifier: MIT */
/* Holm, and step-down max-T. */
#include "correction.h"

#include "flips.h"

#include <math.h>
#include <stdlib.h>

/* the place of a comparison, for sorting */
typedef struct Ranked {
  double value;
  size_t index;
} Ranked;

static int
compare_ranked(const void *a, const void *b)
{
  const Ranked *x = a, *y = b;
  return (x->value > y->value) - (x->value < y->value);
}

static Ranked *
rank(const double *values, size_t n)
{
  Ranked *ranked = g_new(Ranked, n);

  for (size_t i = 0; i < n; i++) {
    ranked[i] = (Ranked){ values[i], i };
  }
  qsort(ranked, n, sizeof(Ranked), compare_ranked);
  return ranked;
}

void
correction_holm(const double *p, size_t n, double *corrected)
{
  g_autofree Ranked *ranked = rank(p, n);
  double largest = 0.0;

  for (size_t i = 0; i < n; i++) {
    largest = fmax(largest, fmin(1.0, (double)(n - i) * ranked[i].value));
    corrected[ranked[i].index] = largest;
  }
}

/* |sum| / sqrt(sum of squares): it orders flips as Student's t does, and flips leave
 * the root alone */
typedef struct Comparison {
  FlipSums sums;
  double root, observed, tolerance;
} Comparison;

static void
comparison_init(Comparison *comparison, const Flips *flips, const double *differences)
{
  g_autofree double *present = g_new(double, flips->n);
  double squares = 0.0;

  for (size_t i = 0; i < flips->n; i++) {
    present[i] = isnan(differences[i]) ? 0.0 : differences[i];
    squares += present[i] * present[i];
  }
  flip_sums_init(&comparison->sums, flips, present);
  comparison->root = squares > 0.0 ? sqrt(squares) : 1.0;
  comparison->observed = fabs(comparison->sums.total) / comparison->root;
  comparison->tolerance = flip_sums_tolerance(&comparison->sums) / comparison->root;
}

static double
statistic(const Comparison *comparison, const uint8_t *subset)
{
  const double flipped = flip_sums_of(&comparison->sums, subset);
  return fabs(comparison->sums.total - 2.0 * flipped) / comparison->root;
}

/* from the smallest statistic up: the largest among those not larger than it */
static void
count_flip(const Comparison *comparisons, const Ranked *ranked, size_t n,
           const uint8_t *subset, size_t *n_extreme)
{
  double largest = 0.0;

  for (size_t i = 0; i < n; i++) {
    const Comparison *comparison = &comparisons[ranked[i].index];
    largest = fmax(largest, statistic(comparison, subset));
    n_extreme[i] += largest >= comparison->observed - comparison->tolerance;
  }
}

static Comparison *
make_comparisons(const Flips *flips, const double *differences, size_t n,
                 double *observed)
{
  Comparison *comparisons = g_new0(Comparison, n);

  for (size_t i = 0; i < n; i++) {
    comparison_init(&comparisons[i], flips, differences + i * flips->n);
    observed[i] = comparisons[i].observed;
  }
  return comparisons;
}

void
correction_max_t(const double *differences, size_t n_comparisons, size_t n_seeds,
                 double *corrected)
{
  const size_t n = n_comparisons;
  const Flips flips = flips_for(n_seeds);
  g_autofree uint8_t *subset = g_new0(uint8_t, flips.n_chunks);
  g_autofree double *observed = g_new0(double, n);
  g_autofree size_t *n_extreme = g_new0(size_t, n);
  g_autofree Comparison *comparisons =
      make_comparisons(&flips, differences, n, observed);
  g_autofree Ranked *ranked = rank(observed, n);
  double largest = 0.0;

  for (size_t i = 0; i < flips.n_flips; i++) {
    flips_get(&flips, i, subset);
    count_flip(comparisons, ranked, n, subset, n_extreme);
  }
  for (size_t i = n; i-- > 0;) {
    const double p = (double)(n_extreme[i] + 1) / (double)(flips.n_flips + 1);
    largest = fmax(largest, p);
    corrected[ranked[i].index] = largest;
  }
  for (size_t i = 0; i < n; i++) {
    flip_sums_clear(&comparisons[i].sums);
  }
}
