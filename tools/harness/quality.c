/* SPDX-License-Identifier: MIT */
/* One table of both. */
#include "quality.h"

#include "support/columns.h"
#include "support/format.h"
#include "wording.h"

#include <math.h>

Quality
quality_of(const Comparison *comparison, const Analysis *analysis, const Cost *cost,
           size_t task, size_t arm)
{
  const ArmSummary summary = analysis_summarize(comparison, task, arm);
  const CostTask *measured = cost_task(cost, task);
  size_t n;
  g_autofree TargetTime *times = analysis_times(analysis, comparison, task, arm, &n);
  g_autofree TargetTime *steps = analysis_steps(analysis, comparison, task, arm, &n);

  return (Quality){
    .score = summary.mean,
    .deviation = summary.deviation,
    .n = summary.n_complete,
    .n_reached = target_summarize(times, n).n_reached,
    .steps = target_summarize(steps, n).median,
    .seconds = target_summarize(times, n).median,
    .ns = measured != NULL ? measured->rows[arm].ns : NAN,
    .state_bytes = measured != NULL ? measured->rows[arm].state_bytes : NAN,
  };
}

/* ---- CSV ---- */

/* nothing where there is no number */
static void
add_number(GString *csv, double value)
{
  char text[G_ASCII_DTOSTR_BUF_SIZE];

  g_string_append_printf(
      csv, ",%s", isfinite(value) ? g_ascii_dtostr(text, sizeof text, value) : "");
}

static void
add_cost(GString *csv, const CostTask *task, size_t arm, bool is_control)
{
  const CostRow *row = &task->rows[arm];
  const bool is_compared = !is_control && isfinite(row->ratio)
                           && isfinite(task->noise_floor);

  add_number(csv, row->step_ns);
  add_number(csv, row->gigabytes_per_s);
  add_number(csv, row->share);
  add_number(csv, row->ratio);
  add_number(csv, row->interval.low);
  add_number(csv, row->interval.high);
  add_number(csv, task->noise_floor);
  g_string_append_printf(csv, ",%s\n",
                         !is_compared                      ? ""
                         : cost_is_within_noise(task, row) ? "true"
                                                           : "false");
}

static void
add_row(GString *csv, const Comparison *comparison, const Analysis *analysis,
        const Cost *cost, size_t index, size_t arm)
{
  const Task *task = experiment_task(comparison->experiment, index);
  const Quality row = quality_of(comparison, analysis, cost, index, arm);
  g_autofree char *problem = format_csv(task->name);
  g_autofree char *name =
      format_csv(arm_name(experiment_arm(comparison->experiment, arm)));

  g_string_append_printf(csv, "%s,%s,%s,%s,%zu", problem, name, split_name(task->split),
                         task_metric(task)->name, row.n);
  add_number(csv, row.score);
  add_number(csv, row.deviation);
  add_number(csv, analysis->targets[index]);
  g_string_append_printf(csv, ",%zu", row.n_reached);
  add_number(csv, row.steps);
  add_number(csv, row.seconds);
  add_number(csv, row.ns);
  add_number(csv, row.state_bytes);
  add_cost(csv, cost_task(cost, index), arm, arm == comparison->experiment->control);
}

char *
quality_to_csv(const Comparison *comparison, const Analysis *analysis, const Cost *cost)
{
  GString *csv = g_string_new(
      "problem,arm,split,metric,runs,score_mean,score_sd,target,reached,steps_to_"
      "target,"
      "seconds_to_target,ns_per_parameter,state_bytes_per_parameter,step_ns,"
      "gigabytes_per_s,share_of_training_step,ratio,ratio_low,ratio_high,noise_floor,"
      "is_within_noise\n");

  for (size_t task = 0; task < comparison_n_tasks(comparison); task++) {
    for (size_t arm = 0;
         cost_task(cost, task) != NULL && arm < comparison_n_arms(comparison); arm++) {
      add_row(csv, comparison, analysis, cost, task, arm);
    }
  }
  return g_string_free(csv, FALSE);
}

/* ---- the terminal ---- */

void
quality_print(const Comparison *comparison, const Analysis *analysis, const Cost *cost,
              size_t index, const Screen *screen, FILE *stream)
{
  const Task *task = experiment_task(comparison->experiment, index);
  g_autoptr(Columns) columns = columns_new("lrrRRRR");
  g_autofree char *metric = wording_metric(task);

  columns_add_heading(columns, "arm", metric, "reached", "steps", "seconds", "step",
                      "state");
  columns_add_heading(columns, "", "mean", "target", "to target", "to target",
                      "ns/parameter", "bytes/parameter");
  for (size_t arm = 0; arm < comparison_n_arms(comparison); arm++) {
    const Quality row = quality_of(comparison, analysis, cost, index, arm);
    g_autofree char *score = wording_value(task_metric(task), row.score);
    g_autofree char *reached = g_strdup_printf("%zu/%zu", row.n_reached, row.n);
    g_autofree char *steps = format_number("%.0f", row.steps);
    g_autofree char *seconds = format_number("%.3g", row.seconds);
    g_autofree char *ns = format_number("%.3g", row.ns);
    g_autofree char *state = format_number("%.4g", row.state_bytes);
    columns_add(columns, arm_name(experiment_arm(comparison->experiment, arm)), score,
                reached, steps, seconds, ns, state);
  }
  columns_print_on(columns, 2, screen, stream);
}
