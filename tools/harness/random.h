/* SPDX-License-Identifier: MIT */
/* Counter-based random numbers: the same for every arm of a seed, whatever the order of
 * draws. Philox4x32-10, Salmon et al. 2011, "Parallel random numbers: as easy as 1, 2,
 * 3". */
#ifndef OPTREG_HARNESS_RANDOM_H
#define OPTREG_HARNESS_RANDOM_H

#include <stddef.h>
#include <stdint.h>

void philox4x32(const uint32_t counter[4], const uint32_t key[2], uint32_t out[4]);

/* What the numbers are for; the values are part of every result. */
typedef enum RandomPurpose {
  RANDOM_INIT = 1,
  RANDOM_ORDER = 2,
  RANDOM_STATISTICS = 9 /* flips, resamples; no run depends on them */
} RandomPurpose;

/* The seed of the whole experiment. */
enum { RANDOM_ROOT = 0 };

/* 2^34 numbers that depend on what random_stream was given and on nothing else. */
typedef struct RandomStream {
  uint32_t key[2], counter[4], block[4];
  unsigned n_left; /* of the block */
} RandomStream;

/* `root` is the experiment's seed, `seed` the replicate's; `index` tells streams of one
 * purpose apart: the tensor, the epoch. */
RandomStream random_stream(uint32_t root, const char *problem, uint32_t seed,
                           uint32_t purpose, uint32_t index);

uint32_t random_next(RandomStream *stream);

/* Uniform in 0..bound-1, without bias; bound > 0. */
uint32_t random_below(RandomStream *stream, uint32_t bound);

/* Standard normal, by Box and Muller. */
double random_normal(RandomStream *stream);

/* Fisher and Yates. */
void random_shuffle(RandomStream *stream, uint32_t *items, size_t n);

#endif
