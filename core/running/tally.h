/* SPDX-License-Identifier: MIT */
/* What a diagnosed step counts of a group's elements: whole numbers, so that neither
 * threads nor the order of work can show. No GLib here. */
#ifndef OPTREG_CORE_TALLY_H
#define OPTREG_CORE_TALLY_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

/* 16 bins for each octave of [2^-64, 2^64); the first and the last also have what lies
 * beyond */
#define OPTREG_RATE_BINS 2048u
#define OPTREG_RATE_SHIFT 48u /* to the exponent and 4 bits of a double */
#define OPTREG_RATE_FIRST (1023u - 64u) * 16u /* these bits of 2^-64 */

typedef struct OptregTally {
  uint64_t n_zero, n_unmoved, n_clipped;
  uint64_t rates[OPTREG_RATE_BINS]; /* of |change| / |gradient|, by weight */
} OptregTally;

/* The bin of a rate that is not negative; a nan lies in the last. */
static inline size_t
optreg_rate_bin(double rate)
{
  uint64_t bits;

  memcpy(&bits, &rate, sizeof bits);
  bits >>= OPTREG_RATE_SHIFT;
  if (bits < OPTREG_RATE_FIRST) {
    return 0;
  }
  bits -= OPTREG_RATE_FIRST;
  return bits < OPTREG_RATE_BINS ? (size_t)bits : OPTREG_RATE_BINS - 1;
}

void optreg_tally_add(OptregTally *sum, const OptregTally *tally);

/* The middle of the bin at which `percent` of the weight are reached: at most 3.2 %
 * from the quantile. 0 in the first bin, NaN where nothing was counted. */
double optreg_tally_quantile(const OptregTally *tally, unsigned percent);

#endif
