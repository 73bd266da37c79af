/* SPDX-License-Identifier: MIT */
/* Ways to flip the signs of paired differences: under the hypothesis that arms do not
 * differ, every one is as likely as what was seen.
 *
 * A flip is a subset of the seeds, those whose sign changes. Subsets and their
 * complements do the same, so the last seed is never flipped. */
#ifndef OPTREG_HARNESS_STATISTICS_FLIPS_H
#define OPTREG_HARNESS_STATISTICS_FLIPS_H

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

/* Up to here all flips are looked at; beyond it, as many as can be, at random. */
enum { FLIPS_MOST_EXACT = 20, FLIPS_AT_A_TIME = 8 };

typedef struct Flips {
  size_t n;        /* seeds */
  size_t n_chunks; /* bytes of a subset */
  size_t n_flips;  /* without the one that flips nothing */
  bool is_exact;   /* these are all; else drawn, always the same for n seeds */
} Flips;

Flips flips_for(size_t n);

/* The i-th flip, i < n_flips: bit k of byte c stands for seed 8 c + k. */
void flips_get(const Flips *flips, size_t i, uint8_t *subset);

/* How many seeds it flips. */
size_t flips_count(const Flips *flips, const uint8_t *subset);

/* Sums of the differences in any subset, in n / 8 additions. */
typedef struct FlipSums {
  size_t n_chunks;
  double total;   /* of all differences */
  double largest; /* of |difference| */
  double (*chunks)[1 << FLIPS_AT_A_TIME];
} FlipSums;

void flip_sums_init(FlipSums *sums, const Flips *flips, const double *differences);
void flip_sums_clear(FlipSums *sums);
double flip_sums_of(const FlipSums *sums, const uint8_t *subset);

/* Differences of accuracies are multiples of one number and tie; numbers that differ by
 * less than this are equal but for rounding. */
double flip_sums_tolerance(const FlipSums *sums);

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(FlipSums, flip_sums_clear)

#endif
