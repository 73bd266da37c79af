/* SPDX-License-Identifier: MIT */
/* What a comparison found: arms summarised, and each tested against the control. */
#ifndef OPTREG_HARNESS_ANALYSIS_H
#define OPTREG_HARNESS_ANALYSIS_H

#include "comparison.h"
#include "statistics/target.h"
#include "statistics/verdict.h"

/* The complete runs of one arm on one problem together. */
typedef struct ArmSummary {
  size_t n_complete, n_diverged, n_lost;
  double train_loss;      /* mean over the runs where it is finite; NaN without any */
  double mean, deviation; /* of the metric that decides */
  double model_ms, optimizer_ms; /* medians over the runs */
  uint64_t state_bytes;          /* the largest */
} ArmSummary;

/* An arm against the control on one problem, over the seeds that both completed. */
typedef struct Pair {
  size_t task, arm;
  size_t n, n_better, n_worse, n_equal; /* seeds */
  double
      *differences; /* positive where the arm is better; by seed, NaN where one lacks */
  double estimate, deviation;
  double variance_ratio; /* of paired differences to unpaired ones; below 1 pairing
                            helps */
  double p;              /* sign-flip test, two-sided */
  double p_arms;         /* corrected over the arms of the problem */
  double p_looks;      /* and over looks: to be compared with the experiment's alpha */
  bool is_exact;       /* p is of all flips */
  Interval interval;   /* excludes 0 exactly when p is below the look's alpha */
  Interval equivalent; /* at the level 1 - 2 alpha */
  Interval bca;
  double hodges_lehmann, wilcoxon_p;
  bool is_tuned; /* both arms are */
  Verdict verdict;
} Pair;

typedef struct Analysis {
  unsigned look;
  double alpha; /* of the look */
  size_t n_pairs;
  Pair *pairs; /* problem by problem, in the order of arms */
  /* to the target in seconds and in updates, for each problem, arm and seed; below 0
   * where there is no run */
  TargetTime *times, *steps;
  double *targets; /* for each problem; NaN when there is none */
} Analysis;

ArmSummary analysis_summarize(const Comparison *comparison, size_t task, size_t arm);

Analysis *analysis_new(const Comparison *comparison, unsigned look);
void analysis_free(Analysis *analysis);

/* Times of one arm to the problem's target, in seconds and in updates, *n of them. Free
 * with g_free. */
TargetTime *analysis_times(const Analysis *analysis, const Comparison *comparison,
                           size_t task, size_t arm, size_t *n);
TargetTime *analysis_steps(const Analysis *analysis, const Comparison *comparison,
                           size_t task, size_t arm, size_t *n);

/* Median times to the targets, a row of problems for each arm, infinite where half of
 * the runs or more miss. Free with g_free. */
double *analysis_costs(const Analysis *analysis, const Comparison *comparison);

/* The trial with the best mean score on the validation split over the tuning runs, the
 * earliest of equals. */
uint32_t analysis_choose_trial(const Comparison *comparison, const GPtrArray *tuning,
                               size_t task, size_t arm);

/* Do so for each arm that is tuned, on each problem. */
void analysis_choose_trials(Comparison *comparison, const GPtrArray *tuning);

/* The run's score, where divergence scores an infinity the worst finite number that any
 * run of the problem has shown, which is mostly what untrained weights have. */
double analysis_finite_score(const Comparison *comparison, const Run *run,
                             double worst);
double analysis_worst_seen(const Comparison *comparison, size_t task);

/* +1 where more is better, else -1. */
double analysis_direction(const Task *task);

/* What the verdicts rest on; another look has another text. Free with g_free. */
char *analysis_data(const Comparison *comparison);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(Analysis, analysis_free)

#endif
