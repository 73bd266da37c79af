/* SPDX-License-Identifier: MIT */
/* TextCurves of arms. */
#include "text_curves.h"

#include "analysis.h"
#include "ecdf.h"
#include "mean_curve.h"
#include "support/plot.h"
#include "support/range.h"
#include "wording.h"

#include <math.h>

enum { ROWS = 11 };

/* from here on a logarithm shows more */
static const double wide_ratio = 30.0;

static void
clear_line(void *data)
{
  ChartLine *line = data;

  g_free((void *)line->x);
  g_free((void *)line->y);
}

static TextCurves *
text_curves_new(void)
{
  TextCurves *curves = g_new0(TextCurves, 1);

  curves->chart.rows = ROWS;
  curves->lines = g_array_new(FALSE, TRUE, sizeof(ChartLine));
  g_array_set_clear_func(curves->lines, clear_line);
  return curves;
}

void
text_curves_free(TextCurves *curves)
{
  if (curves != NULL) {
    g_free(curves->title);
    g_array_unref(curves->lines);
    g_free(curves);
  }
}

/* x and y are taken over */
static void
add_line(TextCurves *curves, const Comparison *comparison, size_t arm, size_t n,
         double *x, double *y)
{
  const char *name = arm_name(experiment_arm(comparison->experiment, arm));
  const ChartLine line = { name, arm, n, x, y };

  g_array_append_val(curves->lines, line);
}

/* ---- ranges ---- */

static Range
range_of_x(const TextCurves *curves)
{
  Range range = range_empty;

  for (guint i = 0; i < curves->lines->len; i++) {
    const ChartLine *line = &g_array_index(curves->lines, ChartLine, i);
    for (size_t k = 0; k < line->n; k++) {
      range_include(&range, line->x, k);
    }
  }
  return range;
}

/* of the lines from x = `from` on */
static Range
range_of_y(const TextCurves *curves, double from)
{
  Range range = range_empty;

  for (guint i = 0; i < curves->lines->len; i++) {
    const ChartLine *line = &g_array_index(curves->lines, ChartLine, i);
    for (size_t k = 0; k < line->n; k++) {
      if (line->x[k] >= from) {
        range_include(&range, line->y, k);
      }
    }
  }
  return range;
}

/* so that lines along it can be seen */
static Range
widen(Range range)
{
  if (range.low < range.high) {
    return range;
  }
  const double room = range.low != 0.0 ? 0.1 * fabs(range.low) : 1.0;
  return (Range){ range.low - room, range.high + room };
}

/* the first tenth of a training would flatten the rest; false when there are no points
 */
static bool
fit(TextCurves *curves)
{
  const Range x = range_of_x(curves);
  Range y = range_of_y(curves, range_settles_at(&x));

  if (!(x.low < x.high) || !(y.low <= y.high)) {
    return false;
  }
  y = widen(y);
  curves->chart.x_low = x.low;
  curves->chart.x_high = x.high;
  curves->chart.y_low = y.low;
  curves->chart.y_high = y.high;
  curves->chart.is_log_y = !curves->chart.is_share && y.low > 0.0
                           && y.high > wide_ratio * y.low;
  return true;
}

/* ---- the metric ---- */

static void
add_mean(TextCurves *curves, const Comparison *comparison, size_t task, size_t arm)
{
  g_autoptr(GArray) points = mean_curve(comparison, task, arm);
  double *x = g_new(double, points->len + 1), *y = g_new(double, points->len + 1);

  for (guint i = 0; i < points->len; i++) {
    x[i] = g_array_index(points, PlotPoint, i).x;
    y[i] = g_array_index(points, PlotPoint, i).y;
  }
  add_line(curves, comparison, arm, points->len, x, y);
}

TextCurves *
text_curves_of_metric(const Comparison *comparison, size_t task)
{
  const Task *row = experiment_task(comparison->experiment, task);
  g_autofree char *metric = wording_metric(row);
  g_autoptr(TextCurves) curves = text_curves_new();

  curves->title = g_strdup_printf("Mean %s while training", metric);
  curves->chart.x_label = mean_curve_axis(row);
  curves->chart.is_share = (task_metric(row)->flags & OPTREG_PROBLEM_SHARE) != 0;
  for (size_t arm = 0; arm < comparison_n_arms(comparison); arm++) {
    add_mean(curves, comparison, task, arm);
  }
  return fit(curves) ? g_steal_pointer(&curves) : NULL;
}

/* ---- targets ---- */

TextCurves *
text_curves_of_targets(const Comparison *comparison, size_t task)
{
  g_autoptr(Ecdf) ecdf = ecdf_new(comparison, task);

  if (ecdf == NULL) {
    return NULL;
  }
  TextCurves *curves = text_curves_new();
  curves->title = g_strdup("Share of 51 targets reached");
  for (size_t arm = 0; arm < comparison_n_arms(comparison); arm++) {
    add_line(curves, comparison, arm, ECDF_POINTS,
             g_memdup2(ecdf->clocks, sizeof ecdf->clocks),
             g_memdup2(ecdf->shares + arm * ECDF_POINTS, sizeof ecdf->clocks));
  }
  curves->chart = (Chart){ .x_label = "seconds of training",
                           .x_low = ecdf->clocks[0],
                           .x_high = ecdf->clocks[ECDF_POINTS - 1],
                           .y_low = 0.1 * floor(10.0 * range_of_y(curves, 0.0).low),
                           .y_high = 1.0,
                           .is_log_x = true,
                           .is_share = true,
                           .rows = ROWS };
  return curves;
}

/* ---- tuning ---- */

/* means over the tuning seeds; a run that is not complete spoils its trial */
static double *
score_trials(const Comparison *comparison, size_t task, size_t arm)
{
  const Experiment *experiment = comparison->experiment;
  double *scores = g_new0(double, experiment->n_trials + 1);

  for (guint i = 0; i < comparison->runs->len; i++) {
    const Run *run = g_ptr_array_index(comparison->runs, i);
    if (run->purpose == RUN_TUNING && run->task == task && run->arm == arm) {
      scores[run->trial] += run_is_complete(run)
                                ? comparison_score(comparison, run, SPLIT_VALIDATION)
                                      / experiment->n_tuning_seeds
                                : NAN;
    }
  }
  return scores;
}

static void
add_tuning(TextCurves *curves, const Comparison *comparison, size_t task, size_t arm)
{
  const uint32_t n = comparison->experiment->n_trials;
  const double direction =
      analysis_direction(experiment_task(comparison->experiment, task));
  g_autofree double *scores = score_trials(comparison, task, arm);
  double *x = g_new(double, 2 * n + 1), *y = g_new(double, 2 * n + 1);
  double best = NAN;
  size_t k = 0;

  /* steps: the best one stays until a better one is there */
  for (uint32_t i = 0; i < n; i++) {
    x[k] = i + 1;
    y[k++] = best;
    best = direction * fmax(direction * best, direction * scores[i]);
    x[k] = i + 1;
    y[k++] = best;
  }
  add_line(curves, comparison, arm, k, x, y);
}

TextCurves *
text_curves_of_tuning(const Comparison *comparison, size_t task)
{
  const Task *row = experiment_task(comparison->experiment, task);
  g_autoptr(TextCurves) curves = text_curves_new();

  curves->title =
      g_strdup_printf("Best validation %s so far while tuning", task_metric(row)->name);
  curves->chart.x_label = "trials";
  curves->chart.is_share = (task_metric(row)->flags & OPTREG_PROBLEM_SHARE) != 0;
  for (size_t arm = 0; arm < comparison_n_arms(comparison); arm++) {
    if (arm_is_tuned(experiment_arm(comparison->experiment, arm))) {
      add_tuning(curves, comparison, task, arm);
    }
  }
  return fit(curves) ? g_steal_pointer(&curves) : NULL;
}

char *
text_curves_draw(const TextCurves *curves, const Screen *screen)
{
  return chart_draw(&curves->chart, (const ChartLine *)curves->lines->data,
                    curves->lines->len, screen);
}
