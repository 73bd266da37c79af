/* SPDX-License-Identifier: MIT */
/* Means, deviations, paired differences. */
#include "sample.h"

#include <glib.h>
#include <math.h>
#include <stdlib.h>

double
statistics_mean(const double *values, size_t n)
{
  double sum = 0.0;

  for (size_t i = 0; i < n; i++) {
    sum += values[i];
  }
  return n > 0 ? sum / (double)n : NAN;
}

double
statistics_deviation(const double *values, size_t n)
{
  const double mean = statistics_mean(values, n);
  double sum = 0.0;

  for (size_t i = 0; i < n; i++) {
    sum += (values[i] - mean) * (values[i] - mean);
  }
  return n > 1 ? sqrt(sum / (double)(n - 1)) : NAN;
}

static int
compare_doubles(const void *a, const void *b)
{
  const double x = *(const double *)a, y = *(const double *)b;
  return (x > y) - (x < y);
}

double
statistics_median(const double *values, size_t n)
{
  if (n == 0) {
    return NAN;
  }
  g_autofree double *sorted = g_memdup2(values, n * sizeof(double));
  qsort(sorted, n, sizeof(double), compare_doubles);
  return 0.5 * (sorted[(n - 1) / 2] + sorted[n / 2]);
}

/* Hoare's: what is left of *left is at most, what is right of *right at least, what is
 * between them */
static void
partition(double *values, ptrdiff_t *left, ptrdiff_t *right)
{
  ptrdiff_t i = *left, j = *right;
  const double pivot = values[i + (j - i) / 2];

  while (i <= j) {
    while (values[i] < pivot) {
      i++;
    }
    while (values[j] > pivot) {
      j--;
    }
    if (i <= j) {
      const double value = values[i];
      values[i++] = values[j];
      values[j--] = value;
    }
  }
  *left = i;
  *right = j;
}

double
statistics_select(double *values, size_t n, size_t k)
{
  const ptrdiff_t place = (ptrdiff_t)k;
  ptrdiff_t first = 0, last = (ptrdiff_t)n - 1;

  while (first < last) {
    ptrdiff_t i = first, j = last;
    partition(values, &i, &j);
    if (place <= j) {
      last = j;
    } else if (place >= i) {
      first = i;
    } else {
      break;
    }
  }
  return values[k];
}

double
statistics_quantile(double *values, size_t n, double share)
{
  if (n == 0) {
    return NAN;
  }
  const double place = share * (double)(n - 1);
  const size_t below = MIN((size_t)place, n - 1), above = MIN(below + 1, n - 1);
  const double low = statistics_select(values, n, below);
  const double high = statistics_select(values, n, above);

  return low + (place - (double)below) * (high - low);
}

PairedDifference
statistics_pair(const double *a, const double *b, size_t n)
{
  PairedDifference pair = { .n = n, .mean = 0.0 };

  for (size_t i = 0; i < n; i++) {
    pair.mean += b[i] - a[i];
    pair.n_larger += b[i] > a[i];
    pair.n_smaller += b[i] < a[i];
    pair.n_equal += b[i] == a[i];
  }
  pair.mean = n > 0 ? pair.mean / (double)n : NAN;
  return pair;
}
