/* SPDX-License-Identifier: MIT */
/* Subsets of the seeds, and sums over them by tables. */
#include "flips.h"

#include "harness/random.h"

#include <math.h>

/* 10^-5 in p, and a second of work at most */
enum { N_RANDOM = 99999, N_RANDOM_OF_MANY = 9999, MANY = 200 };

Flips
flips_for(size_t n)
{
  const bool is_exact = n <= FLIPS_MOST_EXACT;
  const size_t n_random = n <= MANY ? N_RANDOM : N_RANDOM_OF_MANY;
  const size_t n_all = n > 0 && is_exact ? ((size_t)1 << (n - 1)) - 1 : 0;

  return (Flips){
    .n = n,
    .n_chunks = MAX((n + FLIPS_AT_A_TIME - 1) / FLIPS_AT_A_TIME, 1), /* of none, one */
    .n_flips = is_exact ? n_all : n_random,
    .is_exact = is_exact,
  };
}

static void
draw(const Flips *flips, size_t i, uint8_t *subset)
{
  RandomStream stream = random_stream(RANDOM_ROOT, "sign-flips", (uint32_t)flips->n,
                                      RANDOM_STATISTICS, (uint32_t)i);

  for (size_t c = 0; c < flips->n_chunks; c += sizeof(uint32_t)) {
    const uint32_t bits = random_next(&stream);
    for (size_t b = 0; b < sizeof(uint32_t) && c + b < flips->n_chunks; b++) {
      subset[c + b] = (uint8_t)(bits >> (8 * b));
    }
  }
  /* seeds up to n - 2 */
  const size_t last = flips->n - 1;
  subset[flips->n_chunks - 1] &=
      (uint8_t)((1u << (last - FLIPS_AT_A_TIME * (flips->n_chunks - 1))) - 1);
}

void
flips_get(const Flips *flips, size_t i, uint8_t *subset)
{
  if (!flips->is_exact) {
    draw(flips, i, subset);
    return;
  }
  for (size_t c = 0; c < flips->n_chunks; c++) {
    subset[c] = (uint8_t)((i + 1) >> (FLIPS_AT_A_TIME * c));
  }
}

size_t
flips_count(const Flips *flips, const uint8_t *subset)
{
  size_t n = 0;

  for (size_t c = 0; c < flips->n_chunks; c++) {
    n += (size_t)__builtin_popcount(subset[c]);
  }
  return n;
}

/* each entry from the one without its highest bit */
static void
fill_chunk(double *sums, const double *differences, size_t n)
{
  sums[0] = 0.0;
  for (size_t bit = 0; bit < FLIPS_AT_A_TIME; bit++) {
    const double difference = bit < n ? differences[bit] : 0.0;
    for (size_t i = 0; i < (size_t)1 << bit; i++) {
      sums[((size_t)1 << bit) + i] = sums[i] + difference;
    }
  }
}

void
flip_sums_init(FlipSums *sums, const Flips *flips, const double *differences)
{
  *sums = (FlipSums){ .n_chunks = flips->n_chunks };
  sums->chunks = g_malloc(flips->n_chunks * sizeof(*sums->chunks));
  for (size_t c = 0; c < flips->n_chunks; c++) {
    const size_t start = FLIPS_AT_A_TIME * c;
    fill_chunk(sums->chunks[c], differences + start, flips->n - start);
    sums->total += sums->chunks[c][(1 << FLIPS_AT_A_TIME) - 1];
  }
  for (size_t i = 0; i < flips->n; i++) {
    sums->largest = fmax(sums->largest, fabs(differences[i]));
  }
}

void
flip_sums_clear(FlipSums *sums)
{
  g_clear_pointer(&sums->chunks, g_free);
}

double
flip_sums_of(const FlipSums *sums, const uint8_t *subset)
{
  double sum = 0.0;

  for (size_t c = 0; c < sums->n_chunks; c++) {
    sum += sums->chunks[c][subset[c]];
  }
  return sum;
}

double
flip_sums_tolerance(const FlipSums *sums)
{
  return 1e-11 * sums->largest;
}
