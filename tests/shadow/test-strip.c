/* SPDX-License-Identifier: MIT */
/* Sums over blocks: the SIMD builds have the bits of the scalar one. */
#include "shadow/strip.h"

#include "cpu.h"

static size_t
n_usable_levels(void)
{
  const uint32_t level = optreg_cpu_level();
  return level == OPTREG_LEVEL_X86_64_V4 ? 3 : level == OPTREG_LEVEL_X86_64_V3 ? 2 : 1;
}

/* lanes in index order, as the tree wants them */
static void
test_every_level_has_the_same_bits(void)
{
  static const size_t sizes[] = { 1, 15, 16, 17, 1000, OPTREG_BLOCK };
  float values[5][OPTREG_BLOCK];
  g_autoptr(GRand) random = g_rand_new_with_seed(5);

  for (size_t row = 0; row < 5; row++) {
    for (size_t i = 0; i < OPTREG_BLOCK; i++) {
      values[row][i] = (float)g_rand_double_range(random, -1.0, 1.0);
    }
  }
  for (size_t k = 0; k < G_N_ELEMENTS(sizes); k++) {
    const OptregStrip strip = { values[0], values[1], values[2], values[3],
                                values[4], 0.3,       0.5,       sizes[k] };
    double lanes[OPTREG_N_LEVELS][OPTREG_N_CONTRAST_SUMS][OPTREG_LANES] = { 0 };
    double product[OPTREG_LANES] = { 0 };
    for (size_t i = 0; i < sizes[k]; i++) {
      product[i % OPTREG_LANES] += ((double)values[1][i] - (double)values[0][i])
                                   * ((double)values[2][i] - (double)values[0][i]);
    }
    for (size_t level = 0; level < n_usable_levels(); level++) {
      optreg_strip[OPTREG_TYPE_F32][level](&strip, lanes[level]);
      g_assert_cmpmem(lanes[level], sizeof lanes[level], lanes[0], sizeof lanes[0]);
    }
    g_assert_cmpmem(lanes[0][OPTREG_CONTRAST_PRODUCT], sizeof product, product,
                    sizeof product);
  }
}

int
main(int argc, char **argv)
{
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/strip/every-level-has-the-same-bits",
                  test_every_level_has_the_same_bits);
  return g_test_run();
}
