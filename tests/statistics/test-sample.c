/* SPDX-License-Identifier: MIT */
/* Means, deviations, medians, pairs. */
#include "harness/statistics/sample.h"

#include <glib.h>
#include <math.h>

static void
test_sample(void)
{
  const double values[] = { 2.0, 4.0, 4.0, 4.0, 5.0, 5.0, 7.0, 9.0 };

  g_assert_cmpfloat(statistics_mean(values, 8), ==, 5.0);
  g_assert_cmpfloat(statistics_deviation(values, 8), ==, sqrt(32.0 / 7.0));
  g_assert_cmpfloat(statistics_median(values, 8), ==, 4.5);
}

static void
test_median_sorts(void)
{
  const double values[] = { 9.0, 1.0, 5.0 };

  g_assert_cmpfloat(statistics_median(values, 3), ==, 5.0);
  g_assert_cmpfloat(values[0], ==, 9.0);
}

static void
test_too_few(void)
{
  const double one = 3.0;

  g_assert_true(isnan(statistics_mean(NULL, 0)));
  g_assert_true(isnan(statistics_median(NULL, 0)));
  g_assert_true(isnan(statistics_deviation(&one, 1)));
  g_assert_cmpfloat(statistics_mean(&one, 1), ==, 3.0);
  g_assert_true(isnan(statistics_pair(NULL, NULL, 0).mean));
}

static void
test_pairs(void)
{
  const double a[] = { 0.5, 0.5, 0.5, 0.5 }, b[] = { 0.75, 0.25, 0.5, 1.0 };
  const PairedDifference pair = statistics_pair(a, b, 4);

  g_assert_cmpfloat(pair.mean, ==, 0.125);
  g_assert_cmpuint(pair.n, ==, 4);
  g_assert_cmpuint(pair.n_larger, ==, 2);
  g_assert_cmpuint(pair.n_smaller, ==, 1);
  g_assert_cmpuint(pair.n_equal, ==, 1);
}

int
main(int argc, char **argv)
{
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/statistics/sample", test_sample);
  g_test_add_func("/statistics/median-sorts-a-copy", test_median_sorts);
  g_test_add_func("/statistics/too-few-is-nan", test_too_few);
  g_test_add_func("/statistics/pairs", test_pairs);
  return g_test_run();
}
