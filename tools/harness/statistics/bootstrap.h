/* SPDX-License-Identifier: MIT */
/* Efron's bias-corrected and accelerated (BCa) bootstrap interval of a mean (1987). */
#ifndef OPTREG_HARNESS_STATISTICS_BOOTSTRAP_H
#define OPTREG_HARNESS_STATISTICS_BOOTSTRAP_H

#include "sign_flip.h"

#include <stddef.h>

enum { BOOTSTRAP_RESAMPLES = 9999 };

/* Of the mean, at the level 1 - alpha, from 9,999 resamples that are always the same
 * for n values. NaN below 2 values; a point when all are equal. */
Interval bootstrap_bca(const double *values, size_t n, double alpha);

#endif
