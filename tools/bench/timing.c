/* SPDX-License-Identifier: MIT */
/* Seconds, and how they are spread. */
#include "timing.h"

#include "harness/statistics/sample.h"

#include <math.h>
#include <time.h>

double
timing_now(void)
{
  struct timespec time;

  clock_gettime(CLOCK_MONOTONIC, &time);
  return (double)time.tv_sec + 1e-9 * (double)time.tv_nsec;
}

Spread
timing_spread(const double *values, size_t n)
{
  Spread spread = { NAN, statistics_median(values, n), NAN };

  for (size_t i = 0; i < n; i++) {
    spread.min = fmin(spread.min, values[i]);
    spread.max = fmax(spread.max, values[i]);
  }
  return spread;
}
