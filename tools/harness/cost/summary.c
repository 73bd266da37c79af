/* SPDX-License-Identifier: MIT */
/* Medians over blocks, ratios over pairs of them, intervals over sittings. */
#include "summary.h"

#include "harness/statistics/median.h"
#include "harness/statistics/sample.h"

#include <math.h>

CostTimes *
cost_times_new(size_t n_arms, size_t n_sittings, size_t n_blocks, size_t control)
{
  CostTimes *times = g_new(CostTimes, 1);
  const size_t n = (n_arms + 1) * n_sittings * n_blocks;

  *times =
      (CostTimes){ n_arms, n_sittings, n_blocks, control, g_new(double, MAX(n, 1)) };
  for (size_t i = 0; i < n; i++) {
    times->seconds[i] = NAN;
  }
  return times;
}

void
cost_times_free(CostTimes *times)
{
  if (times != NULL) {
    g_free(times->seconds);
    g_free(times);
  }
}

size_t
cost_times_subjects(const CostTimes *times)
{
  return times->n_arms + 1;
}

double *
cost_times_at(const CostTimes *times, size_t subject, size_t sitting, size_t block)
{
  return &times->seconds[(subject * times->n_sittings + sitting) * times->n_blocks
                         + block];
}

static size_t
count_blocks(const CostTimes *times)
{
  return times->n_sittings * times->n_blocks;
}

static bool
is_whole(const CostTimes *times, size_t subject)
{
  const double *seconds = cost_times_at(times, subject, 0, 0);

  for (size_t i = 0; i < count_blocks(times); i++) {
    if (isnan(seconds[i])) {
      return false;
    }
  }
  return count_blocks(times) > 0;
}

/* of a subject to the control in one sitting: the median over pairs of rounds */
static double
ratio_of(const CostTimes *times, size_t subject, size_t sitting)
{
  const size_t n = times->n_blocks / 2;
  g_autofree double *ratios = g_new(double, n);

  for (size_t i = 0; i < n; i++) {
    const double *a = cost_times_at(times, subject, sitting, 2 * i);
    const double *b = cost_times_at(times, times->control, sitting, 2 * i);
    ratios[i] = (a[0] + a[1]) / (b[0] + b[1]);
  }
  return statistics_median(ratios, n);
}

/* blocks of a sitting share where memory lies, so sittings are what is independent;
 * false when a block is missing */
static bool
compare(const CostTimes *times, size_t subject, double *ratio, Interval *interval)
{
  g_autofree double *ratios = g_new(double, MAX(times->n_sittings, 1));

  if (!is_whole(times, subject) || !is_whole(times, times->control)) {
    return false;
  }
  for (size_t i = 0; i < times->n_sittings; i++) {
    ratios[i] = ratio_of(times, subject, i);
  }
  *ratio = statistics_median(ratios, times->n_sittings);
  *interval = median_interval(ratios, times->n_sittings, COST_ALPHA);
  return true;
}

static void
summarize_arm(const CostTimes *times, size_t arm, const CostTask *task, CostRow *row)
{
  const double seconds =
      statistics_median(cost_times_at(times, arm, 0, 0), count_blocks(times));

  if (!is_whole(times, arm)) {
    return;
  }
  row->step_ns = 1e9 * seconds;
  row->ns = row->step_ns / (double)task->n_parameters;
  row->gigabytes_per_s = row->bytes_moved / row->ns;
  row->share = row->step_ns / (row->step_ns + row->gradient_ns);
  compare(times, arm, &row->ratio, &row->interval);
}

/* the end that is farther from 1, as a factor */
static double
floor_of(Interval interval)
{
  return isnan(interval.low) ? NAN
                             : fmax(fmax(interval.high, 1.0 / interval.low), 1.0) - 1.0;
}

void
cost_summarize(const CostTimes *times, CostTask *task)
{
  task->n_blocks = count_blocks(times);
  for (size_t arm = 0; arm < times->n_arms; arm++) {
    summarize_arm(times, arm, task, &task->rows[arm]);
  }
  if (compare(times, times->n_arms, &task->noise, &task->noise_interval)) {
    task->noise_floor = floor_of(task->noise_interval);
  }
}
