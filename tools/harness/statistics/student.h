/* SPDX-License-Identifier: MIT */
/* Student's t distribution (1908), and the interval of a mean by it. */
#ifndef OPTREG_HARNESS_STATISTICS_STUDENT_H
#define OPTREG_HARNESS_STATISTICS_STUDENT_H

#include "sign_flip.h"

#include <stddef.h>

/* What |t| exceeds with probability alpha, 0 < alpha < 1, with n > 0 degrees of
 * freedom. */
double student_quantile(size_t n, double alpha);

/* Of the mean at the level 1 - alpha; NaN below 2 values. */
Interval student_interval(const double *values, size_t n, double alpha);

#endif
