/* SPDX-License-Identifier: MIT */
/* The matrix of runs. */
#include "dry_run.h"

#include "support/columns.h"
#include "support/format.h"

typedef struct Count {
  uint32_t tuning, evaluation, calibration;
} Count;

static Count
count(const Comparison *comparison, size_t arm, uint32_t n_calibration)
{
  const Experiment *experiment = comparison->experiment;
  const bool is_tuned = arm_is_tuned(experiment_arm(experiment, arm));

  return (Count){
    .tuning = is_tuned ? experiment->n_trials * experiment->n_tuning_seeds : 0,
    .evaluation = experiment->n_seeds,
    .calibration = arm == experiment->control ? n_calibration : 0,
  };
}

/* records are taken at most 100 times, mostly once an epoch */
static double
seconds_of_run(const Comparison *comparison, size_t task, size_t arm)
{
  const Budget budget = experiment_task(comparison->experiment, task)->budget;
  const Site *site = comparison_site(comparison, task, arm);
  const double n = (double)comparison_n_batches(comparison, task);
  const double epochs =
      n / (double)MAX(comparison_site(comparison, task, 0)->steps_per_epoch, 1);
  const double training = budget.kind == BUDGET_SECONDS ? budget.amount
                                                        : n * site->step_s;
  const double records = CLAMP(epochs < 2.0 ? 10.0 : epochs, 1.0, 100.0) + 1.0;

  return site->start_s + training + records * site->measure_s;
}

void
dry_run_print(const Comparison *comparison, uint32_t n_calibration, uint32_t jobs,
              FILE *stream)
{
  g_autoptr(Columns) columns = columns_new("llrrrr");
  const Experiment *experiment = comparison->experiment;
  uint32_t n_runs = 0;
  double seconds = 0.0;

  columns_add_heading(columns, "problem", "arm", "tuning runs", "seeds", "calibration",
                      "s/run");
  for (size_t task = 0; task < comparison_n_tasks(comparison); task++) {
    for (size_t arm = 0; arm < comparison_n_arms(comparison); arm++) {
      const Count row = count(comparison, arm, n_calibration);
      const uint32_t n = row.tuning + row.evaluation + row.calibration;
      const double each = seconds_of_run(comparison, task, arm);
      g_autofree char *tuning = g_strdup_printf("%u", row.tuning);
      g_autofree char *evaluation = g_strdup_printf("%u", row.evaluation);
      g_autofree char *calibration = g_strdup_printf("%u", row.calibration);
      g_autofree char *time = g_strdup_printf("%.2g", each);
      columns_add(columns, experiment_task(experiment, task)->name,
                  arm_name(experiment_arm(experiment, arm)), tuning, evaluation,
                  calibration, time);
      n_runs += n;
      seconds += n * each;
    }
  }
  columns_print(columns, 0, stream);
  g_autofree char *time = format_duration(seconds / jobs);
  fprintf(stream, "\n%u runs, %u at a time: about %s by a probe of 20 steps each\n",
          n_runs, jobs, time);
}
