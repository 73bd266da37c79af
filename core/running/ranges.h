/* SPDX-License-Identifier: MIT */
/* Where the parameters lie: sorted runs of memory, to find what a pointer runs into. */
#ifndef OPTREG_CORE_RANGES_H
#define OPTREG_CORE_RANGES_H

#include "running/tile.h"

#include <glib.h>

typedef struct OptregRanges OptregRanges;

/* The data of all tensors that have elements. */
OptregRanges *optreg_ranges_new(const OptregTensor *tensors, size_t n);
void optreg_ranges_free(OptregRanges *ranges);

/* Whether two of them share memory: their indices, the one that begins first first. */
bool optreg_ranges_overlap(const OptregRanges *ranges, size_t *first, size_t *second);

/* The index of a tensor whose data has a byte in `size` bytes of memory, or -1; where
 * no two of them share memory. A binary search: no allocation, no lock. */
gssize optreg_ranges_find(const OptregRanges *ranges, const void *memory,
                          uint64_t size);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(OptregRanges, optreg_ranges_free)

#endif
