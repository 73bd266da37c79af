/* SPDX-License-Identifier: MIT */
/* Summaries of arms and scores of runs. */
#include "analysis.h"

#include "statistics/sample.h"

#include <math.h>

typedef double (*RunNumber)(const Comparison *comparison, const Run *run);

static double
train_loss_of(const Comparison *comparison, const Run *run)
{
  (void)comparison;
  return run->last.values[SPLIT_TRAINING][0];
}

static double
score_of(const Comparison *comparison, const Run *run)
{
  const Task *task = experiment_task(comparison->experiment, run->task);
  return comparison_score(comparison, run, task->split);
}

static double
model_ms_of(const Comparison *comparison, const Run *run)
{
  (void)comparison;
  return run->last.model_ms_per_step;
}

static double
optimizer_ms_of(const Comparison *comparison, const Run *run)
{
  (void)comparison;
  return run->last.optimizer_ms_per_step;
}

/* over the complete runs of an arm; what is not finite is left out */
static size_t
gather(const Comparison *comparison, size_t task, size_t arm, RunNumber number,
       double *values)
{
  size_t n = 0;

  for (size_t i = 0; i < comparison->experiment->n_seeds; i++) {
    const Run *run = comparison_run(comparison, task, arm, i);
    const double value = run != NULL && run_is_complete(run) ? number(comparison, run)
                                                             : NAN;
    if (isfinite(value)) {
      values[n++] = value;
    }
  }
  return n;
}

static void
count_runs(const Comparison *comparison, size_t task, size_t arm, ArmSummary *summary)
{
  for (size_t i = 0; i < comparison->experiment->n_seeds; i++) {
    const Run *run = comparison_run(comparison, task, arm, i);
    if (run == NULL) {
      continue;
    }
    summary->n_complete += run_is_complete(run);
    summary->n_diverged += run->state == RUN_DIVERGED;
    summary->n_lost += run->state == RUN_LOST;
    if (run_is_complete(run)) {
      summary->state_bytes = MAX(summary->state_bytes, run->last.state_bytes);
    }
  }
}

ArmSummary
analysis_summarize(const Comparison *comparison, size_t task, size_t arm)
{
  g_autofree double *values = g_new(double, comparison->experiment->n_seeds);
  ArmSummary summary = { 0 };

  count_runs(comparison, task, arm, &summary);
  size_t n = gather(comparison, task, arm, train_loss_of, values);
  summary.train_loss = statistics_mean(values, n);
  n = gather(comparison, task, arm, score_of, values);
  summary.mean = statistics_mean(values, n);
  summary.deviation = statistics_deviation(values, n);
  n = gather(comparison, task, arm, model_ms_of, values);
  summary.model_ms = statistics_median(values, n);
  n = gather(comparison, task, arm, optimizer_ms_of, values);
  summary.optimizer_ms = statistics_median(values, n);
  return summary;
}

double
analysis_direction(const Task *task)
{
  return (task_metric(task)->flags & OPTREG_PROBLEM_HIGHER_IS_BETTER) != 0 ? 1.0 : -1.0;
}

double
analysis_worst_seen(const Comparison *comparison, size_t index)
{
  const Task *task = experiment_task(comparison->experiment, index);
  const double direction = analysis_direction(task);
  double worst = INFINITY;

  if (isfinite(task_metric(task)->worst)) {
    return task_metric(task)->worst;
  }
  for (guint i = 0; i < comparison->runs->len; i++) {
    const Run *run = g_ptr_array_index(comparison->runs, i);
    if (run->task != index || run->purpose != RUN_EVALUATION) {
      continue;
    }
    g_autoptr(GArray) records = comparison_read_records(comparison, run);
    for (guint k = 0; k < records->len; k++) {
      const Record *record = &g_array_index(records, Record, k);
      const double value = record->values[task->split][task->metric];
      worst = isfinite(value) ? fmin(worst, direction * value) : worst;
    }
  }
  return isfinite(worst) ? direction * worst : 0.0;
}

double
analysis_finite_score(const Comparison *comparison, const Run *run, double worst)
{
  const Task *task = experiment_task(comparison->experiment, run->task);
  const double score = comparison_score(comparison, run, task->split);

  return isfinite(score) ? score : worst;
}

uint32_t
analysis_choose_trial(const Comparison *comparison, const GPtrArray *tuning,
                      size_t task, size_t arm)
{
  const Experiment *experiment = comparison->experiment;
  const double direction = analysis_direction(experiment_task(experiment, task));
  g_autofree double *sums = g_new0(double, experiment->n_trials);
  uint32_t best = 0;

  for (guint i = 0; i < tuning->len; i++) {
    const Run *run = g_ptr_array_index(tuning, i);
    if (run->task == task && run->arm == arm) {
      sums[run->trial] +=
          run_is_complete(run)
              ? direction * comparison_score(comparison, run, SPLIT_VALIDATION)
              : -INFINITY;
    }
  }
  for (uint32_t trial = 1; trial < experiment->n_trials; trial++) {
    best = sums[trial] > sums[best] ? trial : best;
  }
  return best;
}

void
analysis_choose_trials(Comparison *comparison, const GPtrArray *tuning)
{
  for (size_t task = 0; task < comparison_n_tasks(comparison); task++) {
    for (size_t arm = 0; arm < comparison_n_arms(comparison); arm++) {
      if (arm_is_tuned(experiment_arm(comparison->experiment, arm))) {
        comparison_site(comparison, task, arm)->trial =
            analysis_choose_trial(comparison, tuning, task, arm);
      }
    }
  }
}
