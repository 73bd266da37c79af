/* SPDX-License-Identifier: MIT */
/* Times to targets: interpolated, censored, shared out. */
#include "harness/statistics/target.h"

#include <glib.h>
#include <math.h>

static const double clock_s[] = { 1.0, 2.0, 3.0, 4.0 };

static void
test_a_target_is_interpolated(void)
{
  const double accuracy[] = { 0.5, 0.75, 0.75, 1.0 }, loss[] = { 4.0, 2.0, 1.0, 0.5 };

  g_assert_cmpfloat(target_time(clock_s, accuracy, 4, 0.875, true).time, ==, 3.5);
  g_assert_cmpfloat(target_time(clock_s, accuracy, 4, 0.75, true).time, ==, 2.0);
  g_assert_cmpfloat(target_time(clock_s, loss, 4, 3.0, false).time, ==, 1.5);
  g_assert_cmpfloat(target_time(clock_s, accuracy, 4, 0.25, true).time, ==, 1.0);
}

static void
test_a_miss_is_censored_at_the_end(void)
{
  const double accuracy[] = { 0.5, 0.75, 0.75, 0.8 };
  const TargetTime time = target_time(clock_s, accuracy, 4, 0.9, true);

  g_assert_false(time.is_reached);
  g_assert_cmpfloat(time.time, ==, 4.0);
}

static void
test_what_is_not_finite_reaches_nothing(void)
{
  const double loss[] = { 4.0, NAN, 1.0, -INFINITY }, never[] = { NAN, NAN };

  g_assert_cmpfloat(target_time(clock_s, loss, 4, 2.0, false).time, ==, 3.0);
  g_assert_false(target_time(clock_s, loss, 4, 0.5, false).is_reached);
  g_assert_false(target_time(clock_s, never, 2, 0.5, false).is_reached);
}

static void
test_misses_count(void)
{
  const TargetTime times[] = {
    { 1.0, true }, { 2.0, true }, { 3.0, true }, { 4.0, true }, { 10.0, false }
  };
  const TargetTime most[] = { { 1.0, true }, { 10.0, false }, { 10.0, false } };
  const TargetSummary summary = target_summarize(times, 5);

  g_assert_cmpuint(summary.n_reached, ==, 4);
  g_assert_cmpfloat(summary.median, ==, 3.0);
  g_assert_cmpfloat(summary.restricted, ==, 4.0);
  g_assert_true(isnan(summary.expected));
  g_assert_true(isinf(target_summarize(most, 3).median));
}

/* 1 + 1 + 1 + 1 + 1 + 5 for five that reach */
static void
test_expected_time_pays_for_misses(void)
{
  const TargetTime times[] = { { 1.0, true }, { 1.0, true }, { 1.0, true },
                               { 1.0, true }, { 1.0, true }, { 5.0, false } };

  g_assert_cmpfloat(target_summarize(times, 6).expected, ==, 2.0);
}

static void
test_share_of_targets(void)
{
  const TargetTime times[] = {
    { 1.0, true }, { 2.0, true }, { 2.0, false }, { 3.0, true }
  };

  g_assert_cmpfloat(target_share(times, 4, 0.5), ==, 0.0);
  g_assert_cmpfloat(target_share(times, 4, 2.0), ==, 0.5);
  g_assert_cmpfloat(target_share(times, 4, 100.0), ==, 0.75);
}

static void
test_ladders(void)
{
  double ratios[3], steps[3];

  target_ladder(1.0, 0.01, 3, ratios);
  target_ladder(0.0, 1.0, 3, steps);
  g_assert_cmpfloat_with_epsilon(ratios[1], 0.1, 1e-15);
  g_assert_cmpfloat(ratios[2], ==, 0.01);
  g_assert_cmpfloat(steps[1], ==, 0.5);
}

/* two arms, three problems; the last is solved by the first arm only */
static void
test_performance_profile(void)
{
  const double costs[] = { 1.0, 4.0, 5.0, 2.0, 2.0, INFINITY };

  g_assert_cmpfloat(target_profile(costs, 2, 3, 0, 1.0), ==, 2.0 / 3.0);
  g_assert_cmpfloat(target_profile(costs, 2, 3, 1, 1.0), ==, 1.0 / 3.0);
  g_assert_cmpfloat(target_profile(costs, 2, 3, 0, 2.0), ==, 1.0);
  g_assert_cmpfloat(target_profile(costs, 2, 3, 1, 1000.0), ==, 2.0 / 3.0);
}

int
main(int argc, char **argv)
{
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/target/is-interpolated", test_a_target_is_interpolated);
  g_test_add_func("/target/miss-is-censored", test_a_miss_is_censored_at_the_end);
  g_test_add_func("/target/not-finite-reaches-nothing",
                  test_what_is_not_finite_reaches_nothing);
  g_test_add_func("/target/misses-count", test_misses_count);
  g_test_add_func("/target/expected-time-pays-for-misses",
                  test_expected_time_pays_for_misses);
  g_test_add_func("/target/share", test_share_of_targets);
  g_test_add_func("/target/ladders", test_ladders);
  g_test_add_func("/target/performance-profile", test_performance_profile);
  return g_test_run();
}
