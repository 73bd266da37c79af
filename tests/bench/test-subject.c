/* SPDX-License-Identifier: MIT */
/* Windows of calls, spreads, teams, and when a ratio is too good to be true. */
#include "bench/limit.h"
#include "bench/measure.h"
#include "bench/subject.h"
#include "bench/team.h"
#include "bench/timing.h"
#include "support/load.h"

#include <math.h>
#include <stdatomic.h>

static void
test_spread(void)
{
  const double values[] = { 3.0, 1.0, 2.0, 8.0 };
  const Spread spread = timing_spread(values, G_N_ELEMENTS(values));

  g_assert_cmpfloat(spread.min, ==, 1.0);
  g_assert_cmpfloat(spread.median, ==, 2.5);
  g_assert_cmpfloat(spread.max, ==, 8.0);
  g_assert_true(isnan(timing_spread(NULL, 0).median));
}

static void
test_others_are_what_is_not_own(void)
{
  Load before = { .own = 1.0 }, after = { .own = 5.0 }, unused;

  g_assert_true(load_parse("cpu  100 0 100 700 50 0 0 50 0 0\n", 0.01, &before));
  g_assert_cmpfloat_with_epsilon(before.total, 10.0, 1e-9);
  g_assert_cmpfloat_with_epsilon(before.busy, 2.5, 1e-9);
  g_assert_true(load_parse("cpu  500 0 200 1200 50 0 0 50\n", 0.01, &after));
  g_assert_cmpfloat_with_epsilon(load_of_others(&before, &after), 0.1, 1e-9);
  g_assert_cmpfloat(load_of_others(&before, &before), ==, 0.0);
  g_assert_false(load_parse("intr 1 2", 0.01, &unused));
}

static bool
note(void *self, Call call, GError **error)
{
  GString *calls = self;

  (void)error;
  g_string_append_c(calls, "fmS"[call]);
  return true;
}

static void
test_windows_are_whole(void)
{
  const Traffic traffic = { .window = 4 };
  g_autoptr(GString) calls = g_string_new(NULL);
  const Subject subject = { note, calls };
  Sample sample;

  g_assert_true(subject_time(&subject, &traffic, 2, &sample, NULL));
  g_assert_cmpstr(calls->str, ==, "fmmSfmmSfmmS");
  g_assert_cmpfloat(sample.seconds[CALL_STEP], >, 0.0);
  g_assert_cmpfloat(sample.seconds[CALL_STEP], <, 1.0);
}

static void
run_task(void *argument, size_t worker)
{
  atomic_int *counts = argument;
  atomic_fetch_add(&counts[worker], 1);
}

static void
test_each_worker_runs_once(void)
{
  g_autoptr(Team) team = team_new(3, NULL);
  atomic_int counts[3] = { 0 };

  for (int i = 0; i < 1000; i++) {
    team_run(team, run_task, counts);
  }
  for (size_t i = 0; i < 3; i++) {
    g_assert_cmpint(atomic_load(&counts[i]), ==, 1000);
  }
}

/* sizes that no share, line or chunk divides */
static void
test_every_way_of_the_limit_runs(void)
{
  static const uint64_t sizes[] = { 1, 15, 100003 };
  const Features features = {
    .has_guard = true, .has_ema = true, .window = 3, .n_slots = 2
  };
  const Traffic traffic = traffic_of(&features);
  g_autoptr(Team) team = team_new(3, NULL);

  for (size_t i = 0; i < G_N_ELEMENTS(sizes); i++) {
    g_autoptr(Limit) limit = limit_new(&traffic, sizes[i], true, team, NULL);
    g_assert_nonnull(limit);
    g_assert_cmpuint(limit_n_ways(limit), >=, 12);
    for (size_t way = 0; way < limit_n_ways(limit); way++) {
      const Subject subject = limit_subject(limit, way);
      Sample sample;
      g_assert_true(subject_time(&subject, &traffic, 1, &sample, NULL));
    }
  }
}

static void
test_ratio_above_limit_is_wrong(void)
{
  Measurement measurement = { .n = 1 };

  measurement.figures[CALL_STEP] = (Figures){ .is_there = true, .ratio.median = 1.04 };
  g_assert_false(measure_is_wrong(&measurement));
  measurement.figures[CALL_STEP].ratio.median = 1.06;
  g_assert_true(measure_is_wrong(&measurement));
  measurement.figures[CALL_STEP].is_there = false;
  g_assert_false(measure_is_wrong(&measurement));
}

int
main(int argc, char **argv)
{
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/bench/timing/spread", test_spread);
  g_test_add_func("/bench/load/others-are-what-is-not-own",
                  test_others_are_what_is_not_own);
  g_test_add_func("/bench/subject/windows-are-whole", test_windows_are_whole);
  g_test_add_func("/bench/team/each-worker-runs-once", test_each_worker_runs_once);
  g_test_add_func("/bench/limit/every-way-runs", test_every_way_of_the_limit_runs);
  g_test_add_func("/bench/measure/ratio-above-limit-is-wrong",
                  test_ratio_above_limit_is_wrong);
  return g_test_run();
}
