/* SPDX-License-Identifier: MIT */
/* What is summed over a block of two updates. No GLib here. */
#ifndef OPTREG_CORE_STRIP_H
#define OPTREG_CORE_STRIP_H

#include "running/tile.h"

typedef enum OptregContrastSum {
  OPTREG_CONTRAST_LIVE_SQUARE, /* a² of the live update a */
  OPTREG_CONTRAST_SQUARE,      /* c² of the candidate's update c */
  OPTREG_CONTRAST_PRODUCT,     /* a c */
  OPTREG_CONTRAST_LIVE_ASCENT, /* g a of the gradient g */
  OPTREG_CONTRAST_ASCENT,      /* g c */
  OPTREG_N_CONTRAST_SUMS
} OptregContrastSum;

/* A block of one tensor, or its last part. Pointers lead to the block's first element,
 * of the tensor's type. */
typedef struct OptregStrip {
  const void *before, *live, *candidate;
  const void *gradient, *sum;         /* either may be NULL */
  double gradient_weight, sum_weight; /* the gradient is the weighted sum of both */
  size_t n;                           /* at most OPTREG_BLOCK */
} OptregStrip;

/* Sum in the lanes of the fixed tree; by type and SIMD level. */
typedef void (*OptregStripFunc)(const OptregStrip *strip,
                                double (*lanes)[OPTREG_LANES]);
extern const OptregStripFunc optreg_strip[OPTREG_N_TYPES][OPTREG_N_LEVELS];

#endif
