/* SPDX-License-Identifier: MIT */
/* Binomial counts of values below the median. */
#include "median.h"

#include "sample.h"

#include <math.h>

/* how many values may be left out at each end: the largest k with
 * 2 P(fewer than k of n values are below the median) <= alpha */
static size_t
count_outside(size_t n, double alpha)
{
  double log_term = -(double)n * log(2.0), tail = 0.0;
  size_t k = 0;

  for (; k < n / 2; k++) {
    tail += exp(log_term);
    if (2.0 * tail > alpha) {
      break;
    }
    log_term += log((double)(n - k) / (double)(k + 1));
  }
  return k;
}

Interval
median_interval(const double *values, size_t n, double alpha)
{
  const size_t k = count_outside(n, alpha);

  if (k == 0) {
    return (Interval){ NAN, NAN };
  }
  g_autofree double *copy = g_memdup2(values, n * sizeof(double));
  return (Interval){ statistics_select(copy, n, k - 1),
                     statistics_select(copy, n, n - k) };
}
