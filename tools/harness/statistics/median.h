/* SPDX-License-Identifier: MIT */
/* The interval of a median that order statistics give: no distribution is assumed. */
#ifndef OPTREG_HARNESS_STATISTICS_MEDIAN_H
#define OPTREG_HARNESS_STATISTICS_MEDIAN_H

#include "sign_flip.h"

/* The narrowest pair of values, equally far from both ends when sorted, that holds the
 * median of what n independent values were drawn from in at least 1 - alpha of cases.
 * NaN when n is too small for it: below 6 for 0.05. */
Interval median_interval(const double *values, size_t n, double alpha);

#endif
