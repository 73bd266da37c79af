/* SPDX-License-Identifier: MIT */
/* How seconds are spread. */
#include "timing.h"

#include "harness/statistics/sample.h"

#include <math.h>

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
