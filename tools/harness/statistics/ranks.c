/* SPDX-License-Identifier: MIT */
/* Wilcoxon's signed ranks, Hodges and Lehmann's estimate. */
#include "ranks.h"

#include "normal.h"
#include "sample.h"

#include <glib.h>
#include <math.h>
#include <stdbool.h>
#include <stdlib.h>

enum { MOST_EXACT = 50 };

/* differences that are no zeros, by size, and twice their ranks: whole numbers */
typedef struct SignedRanks {
  size_t n;
  double *values;
  size_t *ranks;
  double ties; /* sum of t^3 - t over groups of t equal ones */
} SignedRanks;

static int
compare_sizes(const void *a, const void *b)
{
  const double x = fabs(*(const double *)a), y = fabs(*(const double *)b);
  return (x > y) - (x < y);
}

/* equal but for the rounding of a subtraction */
static bool
is_tie(double a, double b, double largest)
{
  return fabs(fabs(a) - fabs(b)) <= 1e-11 * largest;
}

static void
fill_ranks(SignedRanks *signed_ranks)
{
  const size_t n = signed_ranks->n;
  const double *values = signed_ranks->values;

  for (size_t i = 0, end; i < n; i = end) {
    for (end = i + 1; end < n && is_tie(values[i], values[end], fabs(values[n - 1]));) {
      end++;
    }
    for (size_t k = i; k < end; k++) {
      signed_ranks->ranks[k] = i + 1 + end;
    }
    const double size = (double)(end - i);
    signed_ranks->ties += size * size * size - size;
  }
}

static void
signed_ranks_init(SignedRanks *signed_ranks, const double *differences, size_t n)
{
  double largest = 0.0;

  *signed_ranks =
      (SignedRanks){ .values = g_new(double, n), .ranks = g_new(size_t, n) };
  for (size_t i = 0; i < n; i++) {
    largest = fmax(largest, fabs(differences[i]));
  }
  for (size_t i = 0; i < n; i++) {
    if (!is_tie(differences[i], 0.0, largest)) {
      signed_ranks->values[signed_ranks->n++] = differences[i];
    }
  }
  qsort(signed_ranks->values, signed_ranks->n, sizeof(double), compare_sizes);
  fill_ranks(signed_ranks);
}

static void
signed_ranks_clear(SignedRanks *signed_ranks)
{
  g_free(signed_ranks->values);
  g_free(signed_ranks->ranks);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(SignedRanks, signed_ranks_clear)

static size_t
sum_of_positive(const SignedRanks *signed_ranks)
{
  size_t sum = 0;

  for (size_t i = 0; i < signed_ranks->n; i++) {
    sum += signed_ranks->values[i] > 0.0 ? signed_ranks->ranks[i] : 0;
  }
  return sum;
}

/* how many of the 2^n choices of signs have each sum of ranks */
static double
exact_p(const SignedRanks *signed_ranks)
{
  const size_t n = signed_ranks->n, total = n * (n + 1);
  const size_t positive = sum_of_positive(signed_ranks);
  const size_t smaller = MIN(positive, total - positive);
  g_autofree double *counts = g_new0(double, total + 1);
  double tail = 0.0;

  counts[0] = 1.0;
  for (size_t i = 0; i < n; i++) {
    for (size_t sum = total; sum >= signed_ranks->ranks[i]; sum--) {
      counts[sum] += counts[sum - signed_ranks->ranks[i]];
    }
  }
  for (size_t sum = 0; sum <= smaller; sum++) {
    tail += counts[sum];
  }
  return fmin(1.0, 2.0 * ldexp(tail, -(int)n));
}

static double
normal_p(const SignedRanks *signed_ranks)
{
  const double n = (double)signed_ranks->n;
  const double positive = 0.5 * (double)sum_of_positive(signed_ranks);
  const double variance = n * (n + 1.0) * (2.0 * n + 1.0) / 24.0
                          - signed_ranks->ties / 48.0;

  return 2.0 * normal_cdf(-fabs(positive - n * (n + 1.0) / 4.0) / sqrt(variance));
}

double
ranks_wilcoxon_p(const double *differences, size_t n)
{
  g_auto(SignedRanks) signed_ranks;

  signed_ranks_init(&signed_ranks, differences, n);
  return signed_ranks.n <= MOST_EXACT ? exact_p(&signed_ranks)
                                      : normal_p(&signed_ranks);
}

double
ranks_hodges_lehmann(const double *differences, size_t n)
{
  const size_t n_pairs = n * (n + 1) / 2;
  g_autofree double *means = g_new(double, n_pairs);
  size_t k = 0;

  for (size_t i = 0; i < n; i++) {
    for (size_t j = i; j < n; j++) {
      means[k++] = 0.5 * (differences[i] + differences[j]);
    }
  }
  return n > 0 ? 0.5
                     * (statistics_select(means, n_pairs, (n_pairs - 1) / 2)
                        + statistics_select(means, n_pairs, n_pairs / 2))
               : NAN;
}
