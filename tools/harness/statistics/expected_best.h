/* SPDX-License-Identifier: MIT */
/* What trying more settings brings. */
#ifndef OPTREG_HARNESS_STATISTICS_EXPECTED_BEST_H
#define OPTREG_HARNESS_STATISTICS_EXPECTED_BEST_H

#include <stddef.h>

/* The mean, over all choices of k of the n values, of the highest one chosen; 0 < k <=
 * n. Dodge et al. 2019, without putting back, so that it has no bias (Tang et al.
 * 2020). */
double expected_best(const double *values, size_t n, size_t k);

#endif
