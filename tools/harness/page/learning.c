/* SPDX-License-Identifier: MIT */
/* Section: curves of the training, and of paired differences. */
#include "page_private.h"

#include "harness/wording.h"

#include <math.h>

static bool
is_measured(const RunCurves *curves, size_t number)
{
  for (guint i = 0; i < curves->curves->len; i++) {
    const Curve *curve = &g_array_index(curves->curves, Curve, i);
    for (size_t k = 0; k < curve->n; k++) {
      if (isfinite(curve->values[number][k])) {
        return true;
      }
    }
  }
  return false;
}

static void
add_means(const Page *page, View *view, const RunCurves *curves, size_t number,
          CurveClock clock)
{
  for (size_t arm = 0; arm < comparison_n_arms(page->comparison); arm++) {
    view_add(view, run_curves_mean(curves, arm, number, clock));
  }
}

static void
add_runs(const Page *page, View *view, const RunCurves *curves, size_t number,
         CurveClock clock)
{
  for (guint i = 0; page->detail.has_seeds && i < curves->curves->len; i++) {
    view_add(view,
             run_curves_run(&g_array_index(curves->curves, Curve, i), number, clock));
  }
}

static char *
describe_curves(const Page *page)
{
  return g_strconcat(
      "Lines are means over seeds, bands hold the middle 80 % of the seeds",
      page->detail.has_seeds ? ", thin lines are single seeds" : "",
      ". A mean ends with the first of its runs. Where the first tenth of the training "
      "would flatten the rest, y has the range of the rest.",
      page->detail.has_seeds
          ? NULL
          : " Single seeds are too many for this page; results.csv has them.",
      NULL);
}

static void
add_curves(Page *page, size_t task)
{
  const RunCurves *curves = page->curves[task];
  g_autofree char *id = page_id(task, "curves"), *group = page_id(task, "training");
  g_autofree char *caption = describe_curves(page);
  Figure *figure = figure_new(id, "Training", caption, group);

  for (guint number = 0; number < curves->numbers->len; number++) {
    const char *name = g_array_index(curves->numbers, CurveNumber, number).name;
    for (int clock = 0; is_measured(curves, number) && clock < N_CLOCKS; clock++) {
      View *view =
          figure_add_view(figure, run_curves_clock_name((CurveClock)clock), name);
      view->is_whole_x = clock == CLOCK_STEP;
      add_runs(page, view, curves, number, (CurveClock)clock);
      add_means(page, view, curves, number, (CurveClock)clock);
      view_settle(view);
    }
  }
  page_add_figure(page, figure);
}

static void
add_differences(Page *page, size_t task)
{
  const RunCurves *curves = page->curves[task];
  const Experiment *experiment = page->comparison->experiment;
  const bool more_is_better = analysis_direction(experiment_task(experiment, task))
                              > 0.0;
  const CurveNumber *number = &g_array_index(curves->numbers, CurveNumber, 0);
  g_autofree char *id = page_id(task, "differences"),
                  *group = page_id(task, "training");
  g_autofree char *metric = wording_metric(experiment_task(experiment, task));
  g_autofree char *title =
      g_strdup_printf("Difference to %s", page->arms[experiment->control]);
  const char *name = number->factor == 1.0 ? "arm minus control"
                                           : "arm minus control (pp)";
  g_autofree char *caption = g_strdup_printf(
      "Mean of paired differences in %s, seed by seed; %s 0 the arm is better. Bands "
      "are "
      "sign-flip intervals of %.4g %% for each point alone; only the end of the budget "
      "was tested.",
      metric, more_is_better ? "above" : "below",
      100.0 * (1.0 - page->analysis->alpha));
  Figure *figure = figure_new(id, title, caption, group);

  for (int clock = 0; clock < N_CLOCKS; clock++) {
    View *view =
        figure_add_view(figure, run_curves_clock_name((CurveClock)clock), name);
    view->is_whole_x = clock == CLOCK_STEP;
    view->reference = 0.0;
    for (size_t arm = 0; arm < comparison_n_arms(page->comparison); arm++) {
      if (arm != experiment->control) {
        view_add(view, run_curves_difference(curves, arm, experiment->control,
                                             (CurveClock)clock, page->analysis->alpha));
      }
    }
  }
  page_add_figure(page, figure);
}

void
learning_add(Page *page, size_t task)
{
  add_curves(page, task);
  if (comparison_n_arms(page->comparison) > 1) {
    add_differences(page, task);
  }
}
