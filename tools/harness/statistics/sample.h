/* SPDX-License-Identifier: MIT */
/* Numbers about one sample, and counts of pairs. */
#ifndef OPTREG_HARNESS_STATISTICS_SAMPLE_H
#define OPTREG_HARNESS_STATISTICS_SAMPLE_H

#include <stddef.h>

/* NaN of nothing. */
double statistics_mean(const double *values, size_t n);

/* Of a sample, with n - 1; NaN below 2 values. */
double statistics_deviation(const double *values, size_t n);

/* NaN of nothing. */
double statistics_median(const double *values, size_t n);

/* What a share of the values is below, 0 <= share <= 1, by the line between the two
 * nearest of them (type 7 of Hyndman and Fan, 1996); reorders them. NaN of nothing. */
double statistics_quantile(double *values, size_t n, double share);

/* The number that would stand at place k, from 0, if `values` were sorted; reorders
 * them. k < n. */
double statistics_select(double *values, size_t n, size_t k);

/* Pairs (a, b), by seed. */
typedef struct PairedDifference {
  size_t n;
  double mean;                         /* of b - a; NaN of nothing */
  size_t n_larger, n_smaller, n_equal; /* b than a */
} PairedDifference;

PairedDifference statistics_pair(const double *a, const double *b, size_t n);

#endif
