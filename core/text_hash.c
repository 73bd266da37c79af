/* SPDX-License-Identifier: MIT */
/* SipHash-1-3 (Aumasson & Bernstein 2012), with its names. */
#include "text_hash.h"

#include <stdint.h>
#include <string.h>

typedef struct State {
  uint64_t v0, v1, v2, v3;
} State;

static uint64_t
rotate(uint64_t x, unsigned bits)
{
  return x << bits | x >> (64 - bits);
}

static void
mix(State *s)
{
  s->v0 += s->v1;
  s->v2 += s->v3;
  s->v1 = rotate(s->v1, 13) ^ s->v0;
  s->v3 = rotate(s->v3, 16) ^ s->v2;
  s->v0 = rotate(s->v0, 32);
  s->v2 += s->v1;
  s->v0 += s->v3;
  s->v1 = rotate(s->v1, 17) ^ s->v2;
  s->v3 = rotate(s->v3, 21) ^ s->v0;
  s->v2 = rotate(s->v2, 32);
}

static void
take_word(State *s, uint64_t word)
{
  s->v3 ^= word;
  mix(s);
  s->v0 ^= word;
}

static uint64_t
draw(void)
{
  return (uint64_t)g_random_int() << 32 | g_random_int();
}

static const uint64_t *
key_of_process(void)
{
  static uint64_t key[2];
  static gsize is_drawn = 0;

  if (g_once_init_enter(&is_drawn)) {
    key[0] = draw();
    key[1] = draw();
    g_once_init_leave(&is_drawn, 1);
  }
  return key;
}

guint
optreg_text_hash(gconstpointer text)
{
  const uint64_t *key = key_of_process();
  State s = { key[0] ^ 0x736f6d6570736575u, key[1] ^ 0x646f72616e646f6du,
              key[0] ^ 0x6c7967656e657261u, key[1] ^ 0x7465646279746573u };
  const size_t length = strlen(text);
  const char *at = text;
  uint64_t word = 0;

  for (const char *end = at + length / 8 * 8; at < end; at += 8) {
    memcpy(&word, at, sizeof word);
    take_word(&s, word);
  }
  word = 0;
  memcpy(&word, at, length % 8);
  take_word(&s, word | (uint64_t)length << 56);
  s.v2 ^= 0xff;
  mix(&s);
  mix(&s);
  mix(&s);
  const uint64_t hash = s.v0 ^ s.v1 ^ s.v2 ^ s.v3;
  return (guint)(hash ^ hash >> 32);
}
