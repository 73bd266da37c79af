/* SPDX-License-Identifier: MIT */
/* When runs reached the targets of their problems. */
#include "analysis_private.h"

#include "statistics/sample.h"

#include <math.h>

/* what is counted until the target is reached */
typedef double (*RecordClock)(const Record *record);

static double
seconds_of(const Record *record)
{
  return record->elapsed_s;
}

static double
steps_of(const Record *record)
{
  return (double)record->step;
}

static size_t
place_of(const Comparison *comparison, size_t task, size_t arm, size_t seed)
{
  return (task * comparison_n_arms(comparison) + arm) * comparison->experiment->n_seeds
         + seed;
}

static TargetTime
time_of(const Task *task, const GArray *records, double target, RecordClock clock)
{
  g_autofree double *clocks = g_new(double, records->len);
  g_autofree double *values = g_new(double, records->len);

  for (guint i = 0; i < records->len; i++) {
    const Record *record = &g_array_index(records, Record, i);
    clocks[i] = clock(record);
    values[i] = record->values[task->split][task->metric];
  }
  return target_time(clocks, values, records->len, target,
                     analysis_direction(task) > 0.0);
}

/* the target of the file, or what the control has reached with every second seed */
static double
choose_target(const Comparison *comparison, size_t task)
{
  const Experiment *experiment = comparison->experiment;
  g_autofree double *scores = g_new(double, experiment->n_seeds);
  size_t n = 0;

  for (size_t i = 0; i < experiment->n_seeds; i++) {
    const Run *run = comparison_run(comparison, task, experiment->control, i);
    if (run != NULL && run_is_complete(run)) {
      scores[n++] =
          comparison_score(comparison, run, experiment_task(experiment, task)->split);
    }
  }
  const double target = experiment_task(experiment, task)->target;
  return isnan(target) ? statistics_median(scores, n) : target;
}

static void
time_run(const Comparison *comparison, Analysis *analysis, const Run *run, size_t place)
{
  const Task *task = experiment_task(comparison->experiment, run->task);
  const double target = analysis->targets[run->task];
  g_autoptr(GArray) records = comparison_read_records(comparison, run);

  if (records->len > 0) {
    analysis->times[place] = time_of(task, records, target, seconds_of);
    analysis->steps[place] = time_of(task, records, target, steps_of);
  }
}

static void
time_task(const Comparison *comparison, Analysis *analysis, size_t task)
{
  analysis->targets[task] = choose_target(comparison, task);
  for (size_t arm = 0; arm < comparison_n_arms(comparison); arm++) {
    for (size_t i = 0; i < comparison->experiment->n_seeds; i++) {
      const Run *run = comparison_run(comparison, task, arm, i);
      const size_t place = place_of(comparison, task, arm, i);
      analysis->times[place] = analysis->steps[place] = (TargetTime){ -1.0, false };
      if (run != NULL && run_is_complete(run) && isfinite(analysis->targets[task])) {
        time_run(comparison, analysis, run, place);
      }
    }
  }
}

void
analysis_time(const Comparison *comparison, Analysis *analysis)
{
  const size_t n_tasks = comparison_n_tasks(comparison);
  const size_t n = place_of(comparison, n_tasks, 0, 0);

  analysis->targets = g_new(double, n_tasks);
  analysis->times = g_new(TargetTime, n);
  analysis->steps = g_new(TargetTime, n);
  for (size_t task = 0; task < n_tasks; task++) {
    time_task(comparison, analysis, task);
  }
}

/* ---- asked ---- */

static TargetTime *
gather(const TargetTime *all, const Comparison *comparison, size_t task, size_t arm,
       size_t *n)
{
  const size_t n_seeds = comparison->experiment->n_seeds;
  TargetTime *times = g_new(TargetTime, MAX(n_seeds, 1));

  *n = 0;
  for (size_t i = 0; i < n_seeds; i++) {
    const TargetTime time = all[place_of(comparison, task, arm, i)];
    if (time.time >= 0.0) {
      times[(*n)++] = time;
    }
  }
  return times;
}

TargetTime *
analysis_times(const Analysis *analysis, const Comparison *comparison, size_t task,
               size_t arm, size_t *n)
{
  return gather(analysis->times, comparison, task, arm, n);
}

TargetTime *
analysis_steps(const Analysis *analysis, const Comparison *comparison, size_t task,
               size_t arm, size_t *n)
{
  return gather(analysis->steps, comparison, task, arm, n);
}

double *
analysis_costs(const Analysis *analysis, const Comparison *comparison)
{
  const size_t n_tasks = comparison_n_tasks(comparison);
  const size_t n_arms = comparison_n_arms(comparison);
  double *costs = g_new(double, n_tasks *n_arms);

  for (size_t arm = 0; arm < n_arms; arm++) {
    for (size_t task = 0; task < n_tasks; task++) {
      size_t n;
      g_autofree TargetTime *times =
          analysis_times(analysis, comparison, task, arm, &n);
      const double median = target_summarize(times, n).median;
      costs[arm * n_tasks + task] = n > 0 ? median : INFINITY;
    }
  }
  return costs;
}
