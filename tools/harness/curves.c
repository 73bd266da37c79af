/* SPDX-License-Identifier: MIT */
/* Means of runs as curves. */
#include "curves.h"

#include "analysis.h"
#include "mean_curve.h"
#include "support/plot.h"
#include "wording.h"

#include <math.h>
#include <string.h>

/* ---- which arms ---- */

/* an arm of a grid is called "NAME[KEY=VALUE]" */
static size_t
stem_length(const char *name)
{
  return strcspn(name, "[");
}

static bool
is_same_grid(const char *a, const char *b)
{
  return stem_length(a) == stem_length(b) && strncmp(a, b, stem_length(a)) == 0;
}

/* -1 where nothing of it is complete */
static double
rank_of(const Comparison *comparison, size_t task, size_t arm)
{
  const double direction =
      analysis_direction(experiment_task(comparison->experiment, task));
  const double mean = analysis_summarize(comparison, task, arm).mean;

  return isfinite(mean) ? direction * mean : -INFINITY;
}

/* whether no other arm of its grid is better, nor as good and earlier */
static bool
is_best_of_grid(const Comparison *comparison, size_t task, size_t arm)
{
  const char *name = arm_name(experiment_arm(comparison->experiment, arm));
  const double rank = rank_of(comparison, task, arm);

  for (size_t i = 0; i < comparison_n_arms(comparison); i++) {
    const double other = rank_of(comparison, task, i);
    if (i != arm
        && is_same_grid(name, arm_name(experiment_arm(comparison->experiment, i)))
        && (other > rank || (other == rank && i < arm))) {
      return false;
    }
  }
  return true;
}

/* ---- a curve ---- */

/* what is a share is drawn in percent */
static double
scale_of(const Task *task)
{
  return (task_metric(task)->flags & OPTREG_PROBLEM_SHARE) != 0 ? 100.0 : 1.0;
}

/* in the picture's units; untrained weights, with which the log begins, are left out,
 * as they would set the scale */
static GArray *
make_points(const Comparison *comparison, size_t task, size_t arm)
{
  const double scale = scale_of(experiment_task(comparison->experiment, task));
  GArray *points = mean_curve(comparison, task, arm);

  if (points->len > 0) {
    g_array_remove_index(points, 0);
  }
  for (guint i = 0; i < points->len; i++) {
    g_array_index(points, PlotPoint, i).y *= scale;
  }
  return points;
}

/* "learning_rate=0.1: 2.09 ± 0.27 %" */
static char *
make_note(const Comparison *comparison, size_t task, size_t arm)
{
  const char *name = arm_name(experiment_arm(comparison->experiment, arm));
  const char *values = name + stem_length(name);
  const ArmSummary summary = analysis_summarize(comparison, task, arm);
  g_autofree char *score =
      wording_score(task_metric(experiment_task(comparison->experiment, task)),
                    summary.mean, summary.deviation, "±");
  g_autofree char *inner = values[0] == '[' ? g_strndup(values + 1, strlen(values) - 2)
                                            : g_strdup("");
  g_auto(GStrv) parts = g_strsplit(inner, ",", -1);
  g_autofree char *spaced = g_strjoinv(", ", parts);

  return g_strconcat(spaced, spaced[0] != '\0' ? ": " : "", score, NULL);
}

/* ---- the picture ---- */

static double
last_of(const GArray *points)
{
  return points->len > 0 ? g_array_index(points, PlotPoint, points->len - 1).x : 0.0;
}

static void
add_panel(Plot *plot, const Comparison *comparison, size_t index)
{
  const Task *task = experiment_task(comparison->experiment, index);
  const size_t n_arms = comparison_n_arms(comparison);
  g_autofree GArray **curves = g_new0(GArray *, n_arms);
  g_autofree char *metric = wording_metric(task);
  g_autofree char *title = g_strdup_printf("%s: %s%s", task->name, metric,
                                           scale_of(task) == 100.0 ? ", %" : "");
  double last = 1.0;

  for (size_t arm = 0; arm < n_arms; arm++) {
    if (is_best_of_grid(comparison, index, arm)) {
      curves[arm] = make_points(comparison, index, arm);
      last = fmax(last, last_of(curves[arm]));
    }
  }
  plot_add_panel(plot, title, mean_curve_axis(task), last);
  for (size_t arm = 0; arm < n_arms; arm++) {
    const char *name = arm_name(experiment_arm(comparison->experiment, arm));
    g_autofree char *label = g_strndup(name, stem_length(name));
    g_autofree char *note = make_note(comparison, index, arm);
    if (curves[arm] != NULL) {
      plot_add_line(plot, label, note, curves[arm]);
    }
  }
}

char *
curves_to_svg(const Comparison *comparison)
{
  const char *name = comparison->experiment->name;
  g_autoptr(Plot) plot = plot_new(name != NULL ? name : "optreg compare");

  for (size_t task = 0; task < comparison_n_tasks(comparison); task++) {
    add_panel(plot, comparison, task);
  }
  return plot_render(plot);
}
