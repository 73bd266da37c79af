/* SPDX-License-Identifier: MIT */
/* Section: what an arm achieves against what its steps cost. */
#include "harness/cost/cost.h"
#include "page_private.h"

#include <math.h>

/* Where the costs come from, and how they are called. */
typedef struct Source {
  const char *axis, *caption;
} Source;

static const Source trained = {
  "optimizer, ms per step",
  "The optimizer's part of a step, median over the runs as they were trained, against "
  "the "
  "mean score at the end of the budget.",
};
static const Source measured = {
  "step, ns per parameter",
  "What a step takes, measured alone on recorded gradients in turn with the other "
  "arms, "
  "against the mean score at the end of the budget.",
};

static double
cost_of(const Page *page, const CostTask *costs, size_t task, size_t arm)
{
  if (costs != NULL) {
    return cost_row_is_measured(&costs->rows[arm]) ? costs->rows[arm].ns : NAN;
  }
  return analysis_summarize(page->comparison, task, arm).optimizer_ms;
}

void
cost_add(Page *page, size_t task)
{
  const RunCurves *curves = page->curves[task];
  const CurveNumber *number = &g_array_index(curves->numbers, CurveNumber, 0);
  g_autoptr(Cost) cost = cost_read(page->comparison);
  const CostTask *costs = cost_task(cost, task);
  const Source *source = costs != NULL ? &measured : &trained;
  g_autofree char *id = page_id(task, "cost");
  Figure *figure = figure_new(id, "Cost and quality", source->caption, NULL);
  View *view = figure_add_view(figure, source->axis, number->name);

  view->is_log_x = true;
  for (size_t arm = 0; arm < comparison_n_arms(page->comparison); arm++) {
    const double x = cost_of(page, costs, task, arm);
    if (isfinite(x)) {
      Trace trace = trace_new(TRACE_POINTS, arm, "", 1, false);
      trace.x[0] = x;
      trace.y[0] = number->factor
                   * analysis_summarize(page->comparison, task, arm).mean;
      view_add(view, trace);
    }
  }
  page_add_figure(page, figure);
}
