/* SPDX-License-Identifier: MIT */
/* Fewer points of a curve, none of its peaks lost. */
#ifndef OPTREG_HARNESS_PAGE_DOWNSAMPLE_H
#define OPTREG_HARNESS_PAGE_DOWNSAMPLE_H

#include <stddef.h>

/* Which of n values to show: at most `most` (at least 4) places by rising index,
 * written to `places`, which has room for `most`. All when they fit; else the first,
 * the last, and of as many equal stretches as there is room for the places of the
 * lowest and the highest value. Values that are not finite are no peaks; the first of
 * each stretch is kept when it has no other, so that gaps stay gaps. Returns how many.
 */
size_t downsample(const double *values, size_t n, size_t most, size_t *places);

#endif
