/* SPDX-License-Identifier: MIT */
/* The paired sign-flip test of Fisher (1935) for the mean difference, and the interval
 * of all means that it does not reject.
 *
 * p of a mean m is the share of flips whose |sum of (difference - m)| is at least the
 * one seen. Splitting the seeds in those flipped and the others, that is so exactly
 * when m lies between the means of the two parts; so the interval's ends are order
 * statistics of these means, and it excludes a number exactly when its p is below
 * alpha. */
#ifndef OPTREG_HARNESS_STATISTICS_SIGN_FLIP_H
#define OPTREG_HARNESS_STATISTICS_SIGN_FLIP_H

#include <glib.h>
#include <stdbool.h>

typedef struct SignFlip SignFlip;

typedef struct Interval {
  double low, high; /* infinite where no number can be excluded */
} Interval;

/* n finite differences, copied; n > 0. */
SignFlip *sign_flip_new(const double *differences, size_t n);
void sign_flip_free(SignFlip *test);

/* Two-sided p of "the mean difference is `mean`". */
double sign_flip_p(const SignFlip *test, double mean);

/* Means whose p is at least alpha, 0 < alpha < 1. */
Interval sign_flip_interval(SignFlip *test, double alpha);

/* Whether all flips were looked at; else p is from a fixed random choice of 99,999, or
 * 9,999 beyond 200 seeds. */
bool sign_flip_is_exact(const SignFlip *test);

/* The smallest p that n seeds can reach: 2^(1-n). */
double sign_flip_smallest_p(size_t n);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(SignFlip, sign_flip_free)

#endif
