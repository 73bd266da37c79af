/* SPDX-License-Identifier: MIT */
/* Counts of a diagnosed step: bins of rates, and quantiles from them. */
#include "running/tally.h"

#include <glib.h>
#include <math.h>

static void
test_a_bin_is_a_sixteenth_of_an_octave(void)
{
  g_assert_cmpuint(optreg_rate_bin(0x1p-64), ==, 0);
  g_assert_cmpuint(optreg_rate_bin(1.0), ==, 64 * 16);
  g_assert_cmpuint(optreg_rate_bin(1.0 + 0.99 / 16), ==, 64 * 16);
  g_assert_cmpuint(optreg_rate_bin(1.0 + 1.0 / 16), ==, 64 * 16 + 1);
  g_assert_cmpuint(optreg_rate_bin(2.0), ==, 65 * 16);
}

static void
test_what_lies_beyond_is_in_the_first_and_the_last_bin(void)
{
  g_assert_cmpuint(optreg_rate_bin(0.0), ==, 0);
  g_assert_cmpuint(optreg_rate_bin(0x1p-1074), ==, 0);
  g_assert_cmpuint(optreg_rate_bin(0x1p64), ==, OPTREG_RATE_BINS - 1);
  g_assert_cmpuint(optreg_rate_bin(INFINITY), ==, OPTREG_RATE_BINS - 1);
  g_assert_cmpuint(optreg_rate_bin(NAN), ==, OPTREG_RATE_BINS - 1);
}

static void
test_a_quantile_is_near_the_value(void)
{
  for (double rate = 1e-19; rate < 1e19; rate *= 1.37) {
    OptregTally tally = { 0 };
    tally.rates[optreg_rate_bin(rate)] = 3;
    for (unsigned percent = 5; percent < 100; percent += 45) {
      g_assert_cmpfloat(fabs(optreg_tally_quantile(&tally, percent) / rate - 1.0), <,
                        0.032);
    }
  }
}

static void
test_quantiles_go_by_weight(void)
{
  OptregTally tally = { 0 };

  tally.rates[optreg_rate_bin(1.0)] = 4;
  tally.rates[optreg_rate_bin(16.0)] = 90;
  tally.rates[optreg_rate_bin(256.0)] = 6;
  g_assert_cmpfloat(optreg_tally_quantile(&tally, 3), <, 1.1);
  g_assert_cmpfloat(optreg_tally_quantile(&tally, 5), >, 16.0);
  g_assert_cmpfloat(optreg_tally_quantile(&tally, 50), <, 17.0);
  g_assert_cmpfloat(optreg_tally_quantile(&tally, 95), >, 256.0);
}

static void
test_without_a_rate_there_is_no_quantile(void)
{
  const OptregTally tally = { .n_zero = 5 };

  g_assert_true(isnan(optreg_tally_quantile(&tally, 50)));
}

static void
test_a_rate_below_all_bins_is_zero(void)
{
  OptregTally tally = { 0 };

  tally.rates[optreg_rate_bin(0.0)] = 1;
  g_assert_cmpfloat(optreg_tally_quantile(&tally, 50), ==, 0.0);
}

static void
test_sums_are_of_all_counts(void)
{
  OptregTally sum = { .n_zero = 1, .n_unmoved = 2, .n_clipped = 3 };
  OptregTally tally = { .n_zero = 10, .n_unmoved = 20, .n_clipped = 30 };

  sum.rates[7] = 4;
  tally.rates[7] = 40;
  tally.rates[OPTREG_RATE_BINS - 1] = 1;
  optreg_tally_add(&sum, &tally);
  g_assert_cmpuint(sum.n_zero, ==, 11);
  g_assert_cmpuint(sum.n_unmoved, ==, 22);
  g_assert_cmpuint(sum.n_clipped, ==, 33);
  g_assert_cmpuint(sum.rates[7], ==, 44);
  g_assert_cmpuint(sum.rates[OPTREG_RATE_BINS - 1], ==, 1);
}

int
main(int argc, char **argv)
{
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/tally/bins/sixteen-an-octave",
                  test_a_bin_is_a_sixteenth_of_an_octave);
  g_test_add_func("/tally/bins/beyond",
                  test_what_lies_beyond_is_in_the_first_and_the_last_bin);
  g_test_add_func("/tally/quantile/near-the-value", test_a_quantile_is_near_the_value);
  g_test_add_func("/tally/quantile/by-weight", test_quantiles_go_by_weight);
  g_test_add_func("/tally/quantile/of-nothing",
                  test_without_a_rate_there_is_no_quantile);
  g_test_add_func("/tally/quantile/too-small", test_a_rate_below_all_bins_is_zero);
  g_test_add_func("/tally/sum", test_sums_are_of_all_counts);
  return g_test_run();
}
