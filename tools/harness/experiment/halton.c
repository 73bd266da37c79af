/* SPDX-License-Identifier: MIT */
/* The scrambled Halton sequence. */
#include "halton.h"

#include "harness/random.h"

static const uint32_t primes[HALTON_MOST_DIMENSIONS] = {
  2, 3, 5, 7, 11, 13, 17, 19, 23, 29, 31, 37, 41, 43, 47, 53
};

double
halton_at(size_t dimension, uint32_t index)
{
  const uint32_t base = primes[dimension];
  uint32_t digits[64];
  double value = 0.0, weight = 1.0 / base;
  RandomStream stream =
      random_stream(RANDOM_ROOT, "halton", (uint32_t)dimension, RANDOM_STATISTICS, 0);

  for (uint32_t i = 0; i < base; i++) {
    digits[i] = i;
  }
  random_shuffle(&stream, digits, base);
  /* zeros in front of the index are digits, too */
  for (; weight > 1e-12; weight /= base) {
    value += weight * digits[index % base];
    index /= base;
  }
  return value + 0.5 * weight;
}
