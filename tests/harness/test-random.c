/* SPDX-License-Identifier: MIT */
/* Random numbers: the published vectors of Philox, and what is drawn from them. */
#include "harness/random.h"

#include <glib.h>
#include <math.h>
#include <stdbool.h>

typedef struct Vector {
  uint32_t counter[4], key[2], expected[4];
} Vector;

/* kat_vectors of Random123 1.14, "philox4x32 10" */
static const Vector vectors[] = {
  { { 0, 0, 0, 0 }, { 0, 0 }, { 0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8 } },
  { { 0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff },
    { 0xffffffff, 0xffffffff },
    { 0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd } },
  { { 0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344 },
    { 0xa4093822, 0x299f31d0 },
    { 0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1 } },
};

static void
test_vectors(void)
{
  for (size_t i = 0; i < G_N_ELEMENTS(vectors); i++) {
    uint32_t out[4];
    philox4x32(vectors[i].counter, vectors[i].key, out);
    g_assert_cmpmem(out, sizeof out, vectors[i].expected, sizeof vectors[i].expected);
  }
}

static void
test_stream_is_counter_mode(void)
{
  RandomStream stream = random_stream(7, "", 5, RANDOM_ORDER, 3);
  const uint32_t key[2] = { 7, 2166136261u };

  for (uint32_t block = 0; block < 3; block++) {
    const uint32_t counter[4] = { block, 3, RANDOM_ORDER, 5 };
    uint32_t expected[4];
    philox4x32(counter, key, expected);
    for (size_t i = 0; i < 4; i++) {
      g_assert_cmpuint(random_next(&stream), ==, expected[i]);
    }
  }
}

static void
test_streams_differ(void)
{
  RandomStream streams[] = {
    random_stream(0, "digits-mlp", 1, RANDOM_INIT, 0),
    random_stream(1, "digits-mlp", 1, RANDOM_INIT, 0),
    random_stream(0, "mnist-mlp", 1, RANDOM_INIT, 0),
    random_stream(0, "digits-mlp", 2, RANDOM_INIT, 0),
    random_stream(0, "digits-mlp", 1, RANDOM_ORDER, 0),
    random_stream(0, "digits-mlp", 1, RANDOM_INIT, 1),
  };
  uint32_t first[G_N_ELEMENTS(streams)];

  for (size_t i = 0; i < G_N_ELEMENTS(streams); i++) {
    first[i] = random_next(&streams[i]);
    for (size_t j = 0; j < i; j++) {
      g_assert_cmpuint(first[i], !=, first[j]);
    }
  }
}

static void
test_below_is_uniform(void)
{
  RandomStream stream = random_stream(0, "test", 1, RANDOM_ORDER, 0);
  unsigned counts[7] = { 0 };

  for (size_t i = 0; i < 70000; i++) {
    const uint32_t value = random_below(&stream, 7);
    g_assert_cmpuint(value, <, 7);
    counts[value]++;
  }
  /* five standard deviations of a binomial around 10000 */
  for (size_t i = 0; i < 7; i++) {
    g_assert_cmpint(ABS((int)counts[i] - 10000), <, 463);
  }
}

/* a plain remainder would give a half of all values below 2^30, not a third */
static void
test_below_rejects(void)
{
  RandomStream stream = random_stream(0, "test", 1, RANDOM_ORDER, 0);
  unsigned n_low = 0;

  for (size_t i = 0; i < 30000; i++) {
    n_low += random_below(&stream, 3u << 30) < 1u << 30;
  }
  g_assert_cmpint(ABS((int)n_low - 10000), <, 410);
}

static void
test_normal_has_unit_moments(void)
{
  RandomStream stream = random_stream(0, "test", 1, RANDOM_INIT, 0);
  const size_t n = 100000;
  double sum = 0.0, squares = 0.0;

  for (size_t i = 0; i < n; i++) {
    const double z = random_normal(&stream);
    g_assert_true(isfinite(z));
    sum += z;
    squares += z * z;
  }
  g_assert_cmpfloat(fabs(sum / (double)n), <, 0.016);
  g_assert_cmpfloat(fabs(squares / (double)n - 1.0), <, 0.023);
}

static void
test_shuffle_is_permutation(void)
{
  RandomStream stream = random_stream(0, "test", 1, RANDOM_ORDER, 0);
  uint32_t items[100];
  bool is_seen[100] = { false };
  size_t n_moved = 0;

  for (uint32_t i = 0; i < 100; i++) {
    items[i] = i;
  }
  random_shuffle(&stream, items, 100);
  for (uint32_t i = 0; i < 100; i++) {
    g_assert_cmpuint(items[i], <, 100);
    g_assert_false(is_seen[items[i]]);
    is_seen[items[i]] = true;
    n_moved += items[i] != i;
  }
  g_assert_cmpuint(n_moved, >, 80);
}

int
main(int argc, char **argv)
{
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/random/philox/published-vectors", test_vectors);
  g_test_add_func("/random/stream/counts-blocks", test_stream_is_counter_mode);
  g_test_add_func("/random/stream/every-part-of-the-key-matters", test_streams_differ);
  g_test_add_func("/random/below/uniform", test_below_is_uniform);
  g_test_add_func("/random/below/rejects-the-remainder", test_below_rejects);
  g_test_add_func("/random/normal/unit-moments", test_normal_has_unit_moments);
  g_test_add_func("/random/shuffle/permutation", test_shuffle_is_permutation);
  return g_test_run();
}
