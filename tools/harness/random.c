/* SPDX-License-Identifier: MIT */
/* Philox4x32-10 and what is drawn from it. */
#include "random.h"

#include <math.h>

enum { N_ROUNDS = 10 };

static void
philox_round(uint32_t c[4], const uint32_t k[2])
{
  const uint64_t p0 = UINT64_C(0xD2511F53) * c[0];
  const uint64_t p1 = UINT64_C(0xCD9E8D57) * c[2];
  const uint32_t c1 = c[1], c3 = c[3];

  c[0] = (uint32_t)(p1 >> 32) ^ c1 ^ k[0];
  c[1] = (uint32_t)p1;
  c[2] = (uint32_t)(p0 >> 32) ^ c3 ^ k[1];
  c[3] = (uint32_t)p0;
}

void
philox4x32(const uint32_t counter[4], const uint32_t key[2], uint32_t out[4])
{
  uint32_t k[2] = { key[0], key[1] };

  for (size_t i = 0; i < 4; i++) {
    out[i] = counter[i];
  }
  for (size_t i = 0; i < N_ROUNDS; i++) {
    philox_round(out, k);
    k[0] += UINT32_C(0x9E3779B9);
    k[1] += UINT32_C(0xBB67AE85);
  }
}

/* FNV-1a */
static uint32_t
hash_text(const char *text)
{
  uint32_t hash = UINT32_C(2166136261);

  for (; *text != '\0'; text++) {
    hash = (hash ^ (unsigned char)*text) * UINT32_C(16777619);
  }
  return hash;
}

RandomStream
random_stream(uint32_t root, const char *problem, uint32_t seed, uint32_t purpose,
              uint32_t index)
{
  const RandomStream stream = {
    .key = { root, hash_text(problem) },
    .counter = { 0, index, purpose, seed },
  };
  return stream;
}

uint32_t
random_next(RandomStream *stream)
{
  if (stream->n_left == 0) {
    philox4x32(stream->counter, stream->key, stream->block);
    stream->counter[0]++;
    stream->n_left = 4;
  }
  return stream->block[4 - stream->n_left--];
}

uint32_t
random_below(RandomStream *stream, uint32_t bound)
{
  /* the lowest 2^32 mod bound values would make some results likelier */
  const uint32_t unfair = (0u - bound) % bound;
  uint32_t value = random_next(stream);

  while (value < unfair) {
    value = random_next(stream);
  }
  return value % bound;
}

double
random_normal(RandomStream *stream)
{
  const double pi = 3.14159265358979323846;
  const double u = (random_next(stream) + 0.5) * 0x1p-32;
  const double v = random_next(stream) * 0x1p-32;

  return sqrt(-2.0 * log(u)) * cos(2.0 * pi * v);
}

void
random_shuffle(RandomStream *stream, uint32_t *items, size_t n)
{
  for (size_t i = n; i > 1; i--) {
    const uint32_t j = random_below(stream, (uint32_t)i);
    const uint32_t item = items[i - 1];
    items[i - 1] = items[j];
    items[j] = item;
  }
}
