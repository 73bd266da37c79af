/* SPDX-License-Identifier: MIT */
/* How seconds are spread. */
#ifndef OPTREG_BENCH_TIMING_H
#define OPTREG_BENCH_TIMING_H

#include <stddef.h>

typedef struct Spread {
  double min, median, max;
} Spread;

/* NaN of nothing. */
Spread timing_spread(const double *values, size_t n);

#endif
