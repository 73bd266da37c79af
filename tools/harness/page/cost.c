/* SPDX-License-Identifier: MIT */
/* Section: what an arm achieves against what its steps cost. */
#include "page_private.h"

void
cost_add(Page *page, size_t task)
{
  const RunCurves *curves = page->curves[task];
  const CurveNumber *number = &g_array_index(curves->numbers, CurveNumber, 0);
  g_autofree char *id = page_id(task, "cost");
  Figure *figure = figure_new(id, "Cost and quality",
                              "The optimizer's part of a step, median over the runs as "
                              "they were trained, against the mean score at the end of "
                              "the budget.",
                              NULL);
  View *view = figure_add_view(figure, "optimizer, ms per step", number->name);

  view->is_log_x = true;
  for (size_t arm = 0; arm < comparison_n_arms(page->comparison); arm++) {
    const ArmSummary summary = analysis_summarize(page->comparison, task, arm);
    Trace trace = trace_new(TRACE_POINTS, arm, "", 1, false);
    trace.x[0] = summary.optimizer_ms;
    trace.y[0] = number->factor * summary.mean;
    view_add(view, trace);
  }
  page_add_figure(page, figure);
}
