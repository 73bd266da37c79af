/* SPDX-License-Identifier: MIT */
/* p values of several comparisons, corrected so that the chance of even one false
 * finding among them stays below alpha. */
#ifndef OPTREG_HARNESS_STATISTICS_CORRECTION_H
#define OPTREG_HARNESS_STATISTICS_CORRECTION_H

#include <stddef.h>

/* Holm 1979: assumes nothing about how the comparisons hang together. p and corrected
 * may be the same array. */
void correction_holm(const double *p, size_t n, double *corrected);

/* Westfall and Young 1993, step-down max-T, by flipping all comparisons of a seed
 * together, so that what they share (the control's runs) is accounted for.
 * `differences` has a row of n_seeds for each comparison, NaN where a seed is missing.
 * Assumes that all differences of a seed together are symmetric when arms do not
 * differ. For one comparison it is sign_flip_p of zero. */
void correction_max_t(const double *differences, size_t n_comparisons, size_t n_seeds,
                      double *corrected);

#endif
