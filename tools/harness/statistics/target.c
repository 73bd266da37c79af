/* SPDX-License-Identifier: MIT */
/* Times to targets, censored. */
#include "target.h"

#include "sample.h"

#include <glib.h>
#include <math.h>

enum { LEAST_REACHED = 5 };

static bool
is_past(double value, double target, bool more_is_better)
{
  return isfinite(value) && (more_is_better ? value >= target : value <= target);
}

TargetTime
target_time(const double *clock, const double *values, size_t n, double target,
            bool more_is_better)
{
  size_t i = 0;

  while (i < n && !is_past(values[i], target, more_is_better)) {
    i++;
  }
  if (i == n) {
    return (TargetTime){ clock[n - 1], false };
  }
  if (i == 0 || !isfinite(values[i - 1])) {
    return (TargetTime){ clock[i], true };
  }
  const double share = (target - values[i - 1]) / (values[i] - values[i - 1]);
  return (TargetTime){ clock[i - 1] + share * (clock[i] - clock[i - 1]), true };
}

TargetSummary
target_summarize(const TargetTime *times, size_t n)
{
  g_autofree double *reached = g_new(double, n);
  TargetSummary summary = { .n = n };
  double sum = 0.0;

  for (size_t i = 0; i < n; i++) {
    reached[i] = times[i].is_reached ? times[i].time : INFINITY;
    summary.n_reached += times[i].is_reached;
    sum += times[i].time;
  }
  summary.median = statistics_median(reached, n);
  summary.restricted = n > 0 ? sum / (double)n : NAN;
  summary.expected =
      summary.n_reached >= LEAST_REACHED ? sum / (double)summary.n_reached : NAN;
  return summary;
}

double
target_share(const TargetTime *times, size_t n, double clock)
{
  size_t n_reached = 0;

  for (size_t i = 0; i < n; i++) {
    n_reached += times[i].is_reached && times[i].time <= clock;
  }
  return n > 0 ? (double)n_reached / (double)n : NAN;
}

void
target_ladder(double first, double last, size_t n, double *targets)
{
  const bool has_ratios = first > 0.0 && last > 0.0;

  for (size_t i = 0; i < n; i++) {
    const double share = (double)i / (double)(n - 1);
    targets[i] = has_ratios ? first * pow(last / first, share)
                            : first + share * (last - first);
  }
  targets[n - 1] = last;
}

static double
best_cost(const double *costs, size_t n_arms, size_t n_problems, size_t problem)
{
  double best = INFINITY;

  for (size_t arm = 0; arm < n_arms; arm++) {
    best = fmin(best, costs[arm * n_problems + problem]);
  }
  return best;
}

double
target_profile(const double *costs, size_t n_arms, size_t n_problems, size_t arm,
               double tau)
{
  size_t n_within = 0;

  for (size_t i = 0; i < n_problems; i++) {
    const double cost = costs[arm * n_problems + i];
    const double best = best_cost(costs, n_arms, n_problems, i);
    n_within += isfinite(cost) && cost <= tau * best;
  }
  return n_problems > 0 ? (double)n_within / (double)n_problems : NAN;
}
