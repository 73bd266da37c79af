/* SPDX-License-Identifier: MIT */
/* Numbers about numbers. */
#ifndef OPTREG_HARNESS_STATISTICS_H
#define OPTREG_HARNESS_STATISTICS_H

#include <stddef.h>

/* NaN of nothing. */
double statistics_mean(const double *values, size_t n);

/* Of a sample, with n - 1; NaN below 2 values. */
double statistics_deviation(const double *values, size_t n);

/* NaN of nothing. */
double statistics_median(const double *values, size_t n);

/* Pairs (a, b), by seed. */
typedef struct PairedDifference {
  size_t n;
  double mean;                         /* of b - a; NaN of nothing */
  size_t n_larger, n_smaller, n_equal; /* b than a */
} PairedDifference;

PairedDifference statistics_pair(const double *a, const double *b, size_t n);

#endif
