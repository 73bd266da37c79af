/* SPDX-License-Identifier: MIT */
/* Records of several runs as their mean. */
#include "mean_curve.h"

#include "support/plot.h"

static bool
is_over_batches(const Task *task)
{
  return task->budget.kind == BUDGET_STEPS;
}

const char *
mean_curve_axis(const Task *task)
{
  return is_over_batches(task) ? "batches" : "epochs";
}

static void
add_record(GArray *points, guint index, const Task *task, const Record *record)
{
  if (index >= points->len) {
    g_array_set_size(points, index + 1);
  }
  PlotPoint *point = &g_array_index(points, PlotPoint, index);
  point->x += is_over_batches(task) ? (double)record->batches : record->epoch;
  point->y += record->values[task->split][task->metric];
}

GArray *
mean_curve(const Comparison *comparison, size_t index, size_t arm)
{
  const Task *task = experiment_task(comparison->experiment, index);
  GArray *points = g_array_new(FALSE, TRUE, sizeof(PlotPoint));
  guint shortest = G_MAXUINT, n = 0;

  for (size_t i = 0; i < comparison->experiment->n_seeds; i++) {
    const Run *run = comparison_run(comparison, index, arm, i);
    if (!run_is_complete(run)) {
      continue;
    }
    g_autoptr(GArray) records = comparison_read_records(comparison, run);
    for (guint k = 0; k < records->len; k++) {
      add_record(points, k, task, &g_array_index(records, Record, k));
    }
    shortest = MIN(shortest, records->len);
    n++;
  }
  g_array_set_size(points, MIN(points->len, shortest));
  for (guint k = 0; k < points->len; k++) {
    g_array_index(points, PlotPoint, k).x /= n;
    g_array_index(points, PlotPoint, k).y /= n;
  }
  return points;
}
