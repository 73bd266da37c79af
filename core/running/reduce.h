/* SPDX-License-Identifier: MIT */
/* Sums and maxima that do not depend on tiles, threads or the order of work. No GLib
 * here.
 *
 * Element i of a tensor belongs to block i / 1024 and lane i mod 16. A lane is a sum in
 * double in index order; lanes, then blocks by index, then tensors by name are combined
 * in a fixed pairwise tree. */
#ifndef OPTREG_CORE_REDUCE_H
#define OPTREG_CORE_REDUCE_H

#include <stddef.h>
#include <stdint.h>

/* Combine n values pairwise: neighbours, then neighbours of the results, an odd last
 * one carried on. op is OPTREG_SUM or OPTREG_MAX; 0 for n = 0. */
double optreg_reduce_pairwise(const double *values, size_t n, uint32_t op);

#endif
