/* SPDX-License-Identifier: MIT */
/* Expected best of k. */
#include "expected_best.h"

#include <glib.h>
#include <stdlib.h>

static int
compare_doubles(const void *a, const void *b)
{
  const double x = *(const double *)a, y = *(const double *)b;
  return (x > y) - (x < y);
}

double
expected_best(const double *values, size_t n, size_t k)
{
  g_autofree double *sorted = g_memdup2(values, n * sizeof(double));
  double sum = 0.0;

  qsort(sorted, n, sizeof(double), compare_doubles);
  /* the i-th value is the best of C(i - 1, k - 1) choices of C(n, k) */
  double share = (double)k / (double)n;
  for (size_t i = n; i >= k; i--) {
    sum += share * sorted[i - 1];
    share *= i > 1 ? (double)(i - k) / (double)(i - 1) : 0.0;
  }
  return sum;
}
