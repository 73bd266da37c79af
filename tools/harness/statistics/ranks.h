/* SPDX-License-Identifier: MIT */
/* Statistics of signed ranks: they hold on to less of the data than means, and mind
 * outliers less. */
#ifndef OPTREG_HARNESS_STATISTICS_RANKS_H
#define OPTREG_HARNESS_STATISTICS_RANKS_H

#include <stddef.h>

/* Two-sided p of Wilcoxon's signed-rank test. Zeros are left out, ties share their mean
 * rank. Exact, given the ranks, up to 50 differences that are not zero; beyond it by
 * the normal distribution, corrected for ties. 1 when all are zero. */
double ranks_wilcoxon_p(const double *differences, size_t n);

/* Hodges and Lehmann: the median of the means of all pairs, each value with itself too.
 * NaN of nothing. */
double ranks_hodges_lehmann(const double *differences, size_t n);

#endif
