/* SPDX-License-Identifier: MIT */
/* Sums and quantiles of tallies. */
#include "tally.h"

#include <math.h>

void
optreg_tally_add(OptregTally *sum, const OptregTally *tally)
{
  sum->n_zero += tally->n_zero;
  sum->n_unmoved += tally->n_unmoved;
  sum->n_clipped += tally->n_clipped;
  for (size_t i = 0; i < OPTREG_RATE_BINS; i++) {
    sum->rates[i] += tally->rates[i];
  }
}

static double
middle_of_bin(size_t bin)
{
  const uint64_t begin = (uint64_t)(bin + OPTREG_RATE_FIRST) << OPTREG_RATE_SHIFT;
  const uint64_t bits = begin + (UINT64_C(1) << (OPTREG_RATE_SHIFT - 1));
  double rate;

  memcpy(&rate, &bits, sizeof rate);
  return bin == 0 ? 0.0 : rate;
}

double
optreg_tally_quantile(const OptregTally *tally, unsigned percent)
{
  uint64_t weight = 0, passed = 0;
  size_t bin = 0;

  for (size_t i = 0; i < OPTREG_RATE_BINS; i++) {
    weight += tally->rates[i];
  }
  if (weight == 0) {
    return NAN;
  }
  /* weight / 100 first: 100 times a weight may not be a 64-bit number */
  const uint64_t wanted = weight / 100 * percent + weight % 100 * percent / 100;
  while (passed + tally->rates[bin] <= wanted && bin + 1 < OPTREG_RATE_BINS) {
    passed += tally->rates[bin++];
  }
  return middle_of_bin(bin);
}
