/* SPDX-License-Identifier: MIT */
/* Seconds, and how they are spread. */
#ifndef OPTREG_BENCH_TIMING_H
#define OPTREG_BENCH_TIMING_H

#include <stddef.h>

typedef struct Spread {
  double min, median, max;
} Spread;

/* Of a clock that never goes back. */
double timing_now(void);

/* NaN of nothing. */
Spread timing_spread(const double *values, size_t n);

#endif
