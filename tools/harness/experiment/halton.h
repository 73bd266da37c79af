/* SPDX-License-Identifier: MIT */
/* Points that fill a cube evenly, however many are taken: Halton's sequence (1960) with
 * digits permuted at random for each dimension, which keeps high dimensions apart. */
#ifndef OPTREG_HARNESS_EXPERIMENT_HALTON_H
#define OPTREG_HARNESS_EXPERIMENT_HALTON_H

#include <stddef.h>
#include <stdint.h>

enum { HALTON_MOST_DIMENSIONS = 16 };

/* Coordinate of a point, in (0, 1); dimension < HALTON_MOST_DIMENSIONS. The same in
 * every experiment. */
double halton_at(size_t dimension, uint32_t index);

#endif
