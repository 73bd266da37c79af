/* SPDX-License-Identifier: MIT */
/* The order of blocks, and what follows from their times: all of it computed. */
#include "harness/cost/order.h"
#include "harness/cost/summary.h"
#include "harness/random.h"

#include <math.h>
#include <string.h>

enum {
  N_ARMS = 3,
  N_SUBJECTS = N_ARMS + 1,
  N_SITTINGS = 9,
  N_BLOCKS = 10,
  N_ROUNDS = N_SITTINGS * N_BLOCKS,
  CONTROL = 1,
  AGAIN = N_ARMS
};

/* ---- order ---- */

static void
test_every_subject_has_a_block_in_each_round(void)
{
  for (size_t round = 0; round < N_ROUNDS; round++) {
    uint32_t order[N_SUBJECTS];
    unsigned seen = 0;
    cost_order(round, N_SUBJECTS, order);
    for (size_t i = 0; i < N_SUBJECTS; i++) {
      g_assert_cmpuint(order[i], <, N_SUBJECTS);
      seen |= 1u << order[i];
    }
    g_assert_cmpuint(seen, ==, (1u << N_SUBJECTS) - 1);
  }
}

static void
test_the_second_round_of_a_pair_is_the_first_reversed(void)
{
  for (size_t n = 1; n <= 5; n++) {
    for (size_t round = 0; round < N_ROUNDS; round += 2) {
      uint32_t there[5], back[5];
      cost_order(round, n, there);
      cost_order(round + 1, n, back);
      for (size_t i = 0; i < n; i++) {
        g_assert_cmpuint(there[i], ==, back[n - 1 - i]);
      }
    }
  }
}

/* everyone comes behind everyone else now and then */
static void
test_neighbours_change(void)
{
  bool is_behind[N_SUBJECTS][N_SUBJECTS] = { { false } };

  for (size_t round = 0; round < 200; round++) {
    uint32_t order[N_SUBJECTS];
    cost_order(round, N_SUBJECTS, order);
    for (size_t i = 1; i < N_SUBJECTS; i++) {
      is_behind[order[i]][order[i - 1]] = true;
    }
  }
  for (size_t i = 0; i < N_SUBJECTS; i++) {
    for (size_t k = 0; k < N_SUBJECTS; k++) {
      g_assert_cmpint(is_behind[i][k], ==, i != k);
    }
  }
}

/* ---- synthetic times ---- */

static const double seconds_of[N_SUBJECTS] = { 3e-6, 1e-6, 5e-7, 1e-6 };

/* in the order of blocks, on a machine that becomes slower by `drift` with each block,
 * with noise of so much */
static CostTimes *
measure(double drift, double noise)
{
  CostTimes *times = cost_times_new(N_ARMS, N_SITTINGS, N_BLOCKS, CONTROL);
  RandomStream stream = random_stream(RANDOM_ROOT, "cost", 1, RANDOM_STATISTICS, 1);
  size_t slot = 0;

  g_assert_cmpuint(cost_times_subjects(times), ==, N_SUBJECTS);
  for (size_t round = 0; round < N_ROUNDS; round++) {
    uint32_t order[N_SUBJECTS];
    cost_order(round, N_SUBJECTS, order);
    for (size_t i = 0; i < N_SUBJECTS; i++, slot++) {
      const double factor = 1.0 + drift * (double)slot + noise * random_normal(&stream);
      *cost_times_at(times, order[i], round / N_BLOCKS, round % N_BLOCKS) =
          seconds_of[order[i]] * factor;
    }
  }
  return times;
}

/* 1,000 parameters, 28 bytes each, a gradient of 9 us */
static CostTask *
summarize(const CostTimes *times)
{
  CostTask *task = cost_task_new(N_ARMS);

  task->n_parameters = 1000;
  for (size_t i = 0; i < N_ARMS; i++) {
    task->rows[i].bytes_moved = 28.0;
    task->rows[i].gradient_ns = 9000.0;
  }
  cost_summarize(times, task);
  return task;
}

static void
test_numbers_follow_from_times(void)
{
  g_autoptr(CostTimes) times = measure(0.0, 0.0);
  g_autoptr(CostTask) task = summarize(times);
  const CostRow *row = &task->rows[CONTROL];

  g_assert_cmpuint(task->n_blocks, ==, N_ROUNDS);
  g_assert_cmpfloat_with_epsilon(row->step_ns, 1000.0, 1e-9);
  g_assert_cmpfloat_with_epsilon(row->ns, 1.0, 1e-12);
  g_assert_cmpfloat_with_epsilon(row->gigabytes_per_s, 28.0, 1e-9);
  g_assert_cmpfloat_with_epsilon(row->share, 0.1, 1e-12);
  g_assert_cmpfloat(row->ratio, ==, 1.0);
  g_assert_cmpfloat(row->interval.low, ==, 1.0);
  g_assert_cmpfloat(row->interval.high, ==, 1.0);
  g_assert_cmpfloat_with_epsilon(task->rows[0].ratio, 3.0, 1e-12);
  g_assert_cmpfloat_with_epsilon(task->rows[2].ratio, 0.5, 1e-12);
}

/* a machine that has become three times as slow by the end changes no ratio */
static void
test_drift_cancels(void)
{
  g_autoptr(CostTimes) times = measure(2.0 / (N_ROUNDS * N_SUBJECTS), 0.0);
  g_autoptr(CostTask) task = summarize(times);

  g_assert_cmpfloat_with_epsilon(task->rows[0].ratio, 3.0, 1e-9);
  g_assert_cmpfloat_with_epsilon(task->rows[0].interval.low, 3.0, 1e-9);
  g_assert_cmpfloat_with_epsilon(task->rows[0].interval.high, 3.0, 1e-9);
  g_assert_cmpfloat_with_epsilon(task->noise_floor, 0.0, 1e-9);
}

static void
test_a_disturbed_block_changes_little(void)
{
  g_autoptr(CostTimes) times = measure(0.0, 0.001);

  *cost_times_at(times, 0, 3, 7) *= 100.0;
  *cost_times_at(times, CONTROL, 5, 2) *= 100.0;
  g_autoptr(CostTask) task = summarize(times);
  g_assert_cmpfloat_with_epsilon(task->rows[0].ratio, 3.0, 0.01);
  g_assert_cmpfloat(task->noise_floor, <, 0.01);
}

/* ---- noise ---- */

static void
test_the_floor_covers_what_the_control_shows_against_itself(void)
{
  g_autoptr(CostTimes) times = measure(0.0, 0.02);
  g_autoptr(CostTask) task = summarize(times);

  g_assert_cmpfloat(task->noise_interval.low, <, task->noise);
  g_assert_cmpfloat(task->noise_interval.high, >, task->noise);
  g_assert_cmpfloat(task->noise_floor, >=, task->noise_interval.high - 1.0);
  g_assert_cmpfloat(task->noise_floor, >=, 1.0 / task->noise_interval.low - 1.0);
  g_assert_cmpfloat(task->noise_floor, <, 0.05);
}

/* a second process that is slower by 3 % makes 3 % nothing to speak of, either way */
static void
test_a_ratio_within_the_floor_is_no_difference(void)
{
  g_autoptr(CostTimes) times = measure(0.0, 0.0);

  for (size_t i = 0; i < N_ROUNDS; i++) {
    *cost_times_at(times, AGAIN, i / N_BLOCKS, i % N_BLOCKS) *= 1.03;
  }
  g_autoptr(CostTask) task = summarize(times);
  g_assert_cmpfloat_with_epsilon(task->noise_floor, 0.03, 1e-9);
  g_assert_true(cost_is_within_noise(task, &(CostRow){ .ratio = 1.02 }));
  g_assert_true(cost_is_within_noise(task, &(CostRow){ .ratio = 1.0 / 1.02 }));
  g_assert_false(cost_is_within_noise(task, &(CostRow){ .ratio = 1.04 }));
  g_assert_false(cost_is_within_noise(task, &(CostRow){ .ratio = 1.0 / 1.04 }));
}

/* blocks of a sitting share where memory lies: if the second process is 10 % slower in
 * three sittings of nine and 10 % faster in three, no number of blocks makes that known
 * better */
static void
test_the_floor_covers_where_memory_lies(void)
{
  g_autoptr(CostTimes) times = measure(0.0, 0.0);

  for (size_t i = 0; i < N_ROUNDS; i++) {
    const double factors[] = { 1.1, 1.0, 1.0 / 1.1 };
    const size_t sitting = i / N_BLOCKS;
    *cost_times_at(times, AGAIN, sitting, i % N_BLOCKS) *= factors[sitting % 3];
  }
  g_autoptr(CostTask) task = summarize(times);
  g_assert_cmpfloat_with_epsilon(task->noise, 1.0, 1e-9);
  g_assert_cmpfloat_with_epsilon(task->noise_interval.low, 1.0 / 1.1, 1e-9);
  g_assert_cmpfloat_with_epsilon(task->noise_floor, 0.1, 1e-9);
}

/* ---- what is missing ---- */

static void
test_a_lost_arm_has_no_numbers(void)
{
  g_autoptr(CostTimes) times = measure(0.0, 0.0);

  *cost_times_at(times, 2, N_SITTINGS - 1, N_BLOCKS - 1) = NAN;
  g_autoptr(CostTask) task = summarize(times);
  g_assert_false(cost_row_is_measured(&task->rows[2]));
  g_assert_true(isnan(task->rows[2].ratio));
  g_assert_cmpfloat_with_epsilon(task->rows[0].ratio, 3.0, 1e-12);
}

static void
test_without_the_control_there_are_no_ratios(void)
{
  g_autoptr(CostTimes) times = measure(0.0, 0.0);

  *cost_times_at(times, CONTROL, 0, 3) = NAN;
  g_autoptr(CostTask) task = summarize(times);
  g_assert_false(cost_row_is_measured(&task->rows[CONTROL]));
  g_assert_cmpfloat_with_epsilon(task->rows[0].step_ns, 3000.0, 1e-9);
  g_assert_true(isnan(task->rows[0].ratio));
  g_assert_true(isnan(task->noise_floor));
  g_assert_false(cost_is_within_noise(task, &task->rows[0]));
}

int
main(int argc, char **argv)
{
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/cost/order/every-subject-has-a-block-in-each-round",
                  test_every_subject_has_a_block_in_each_round);
  g_test_add_func("/cost/order/the-second-round-of-a-pair-is-the-first-reversed",
                  test_the_second_round_of_a_pair_is_the_first_reversed);
  g_test_add_func("/cost/order/neighbours-change", test_neighbours_change);
  g_test_add_func("/cost/summary/numbers-follow-from-times",
                  test_numbers_follow_from_times);
  g_test_add_func("/cost/summary/drift-cancels", test_drift_cancels);
  g_test_add_func("/cost/summary/a-disturbed-block-changes-little",
                  test_a_disturbed_block_changes_little);
  g_test_add_func("/cost/noise/the-floor-covers-the-control-against-itself",
                  test_the_floor_covers_what_the_control_shows_against_itself);
  g_test_add_func("/cost/noise/a-ratio-within-the-floor-is-no-difference",
                  test_a_ratio_within_the_floor_is_no_difference);
  g_test_add_func("/cost/noise/the-floor-covers-where-memory-lies",
                  test_the_floor_covers_where_memory_lies);
  g_test_add_func("/cost/missing/a-lost-arm-has-no-numbers",
                  test_a_lost_arm_has_no_numbers);
  g_test_add_func("/cost/missing/without-the-control-there-are-no-ratios",
                  test_without_the_control_there_are_no_ratios);
  return g_test_run();
}
