/* SPDX-License-Identifier: MIT */
/* When a target was reached, where not all runs reach it. */
#ifndef OPTREG_HARNESS_STATISTICS_TARGET_H
#define OPTREG_HARNESS_STATISTICS_TARGET_H

#include <stdbool.h>
#include <stddef.h>

/* A run that misses is censored: it counts with the clock at its end, never drops out.
 */
typedef struct TargetTime {
  double time;
  bool is_reached;
} TargetTime;

/* From n > 0 measurements in the order of the clock: where the line between the last
 * one short of `target` and the first one at or past it meets it. Measurements that are
 * not finite are short of it. */
TargetTime target_time(const double *clock, const double *values, size_t n,
                       double target, bool more_is_better);

typedef struct TargetSummary {
  size_t n, n_reached;
  double median;     /* infinite when half of the runs or more miss */
  double restricted; /* mean, misses at their end: from below */
  double expected; /* time of all runs per run that reaches (Hansen's ERT); NaN below 5
                      of these */
} TargetSummary;

TargetSummary target_summarize(const TargetTime *times, size_t n);

/* Empirical distribution: the share of times, of runs and targets, reached by `clock`.
 */
double target_share(const TargetTime *times, size_t n, double clock);

/* n >= 2 targets from `first` to `last`; in equal ratios when both are positive, else
 * in equal steps. */
void target_ladder(double first, double last, size_t n, double *targets);

/* Dolan and Moré's performance profile (2002): the share of problems on which the arm's
 * cost is at most tau times that of the best arm. `costs` has a row of n_problems for
 * each arm, infinite where it misses. */
double target_profile(const double *costs, size_t n_arms, size_t n_problems, size_t arm,
                      double tau);

#endif
