/* SPDX-License-Identifier: MIT */
/* Sums over a block of two updates, for every type and SIMD level. */
#include "strip.h"

/* differences of floats are exact in double, but where the exponents lie far apart */
#define STRIP(name, real)                                                     \
  OPTREG_FUNCTION(void, , name,                                               \
                  (const OptregStrip *strip, double(*lanes)[OPTREG_LANES]),   \
                  (strip, lanes))                                             \
  {                                                                           \
    const size_t n = strip->n;                                                \
    const real *restrict before = strip->before;                              \
    const real *restrict live = strip->live;                                  \
    const real *restrict candidate = strip->candidate;                        \
    const real *restrict gradient = strip->gradient;                          \
    const real *restrict sum = strip->sum;                                    \
    double a[OPTREG_BLOCK], c[OPTREG_BLOCK], g[OPTREG_BLOCK];                 \
                                                                              \
    for (size_t i = 0; i < n; i++) {                                          \
      a[i] = (double)live[i] - (double)before[i];                             \
      c[i] = (double)candidate[i] - (double)before[i];                        \
      g[i] = 0.0;                                                             \
    }                                                                         \
    for (size_t i = 0; gradient != NULL && i < n; i++) {                      \
      g[i] = strip->gradient_weight * (double)gradient[i];                    \
    }                                                                         \
    for (size_t i = 0; sum != NULL && i < n; i++) {                           \
      g[i] += strip->sum_weight * (double)sum[i];                             \
    }                                                                         \
    OPTREG_ACCUMULATE(lanes[OPTREG_CONTRAST_LIVE_SQUARE], n, i, a[i] * a[i]); \
    OPTREG_ACCUMULATE(lanes[OPTREG_CONTRAST_SQUARE], n, i, c[i] * c[i]);      \
    OPTREG_ACCUMULATE(lanes[OPTREG_CONTRAST_PRODUCT], n, i, a[i] * c[i]);     \
    OPTREG_ACCUMULATE(lanes[OPTREG_CONTRAST_LIVE_ASCENT], n, i, g[i] * a[i]); \
    OPTREG_ACCUMULATE(lanes[OPTREG_CONTRAST_ASCENT], n, i, g[i] * c[i]);      \
  }

STRIP(strip_f32, float)
STRIP(strip_f64, double)

const OptregStripFunc optreg_strip[OPTREG_N_TYPES][OPTREG_N_LEVELS] = {
  OPTREG_STAGE_LEVELS(strip_f32),
  OPTREG_STAGE_LEVELS(strip_f64),
};
