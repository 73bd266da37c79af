/* SPDX-License-Identifier: MIT */
/* Sections: times to targets, on one problem and over several. */
#include "page_private.h"

#include "harness/ecdf.h"
#include "harness/statistics/target.h"

#include <math.h>
#include <string.h>

enum { MOST_FACTOR = 64 }; /* of the profile */

void
speed_add(Page *page, size_t task)
{
  g_autoptr(Ecdf) ecdf = ecdf_new(page->comparison, task);
  g_autofree char *id = page_id(task, "targets");

  if (ecdf == NULL) {
    return;
  }
  Figure *figure = figure_new(id, "Targets reached",
                              "Share of 51 targets, from what untrained weights score "
                              "to the best arm's median, that the runs of an arm have "
                              "reached by a time. Further left is faster, higher is "
                              "better.",
                              NULL);
  View *view =
      figure_add_view(figure, "seconds of training", "share of targets reached (%)");
  view->is_log_x = true;
  for (size_t arm = 0; arm < comparison_n_arms(page->comparison); arm++) {
    Trace trace = trace_new(TRACE_LINE, arm, "", ECDF_POINTS, false);
    memcpy(trace.x, ecdf->clocks, sizeof ecdf->clocks);
    for (size_t i = 0; i < ECDF_POINTS; i++) {
      trace.y[i] = 100.0 * ecdf->shares[arm * ECDF_POINTS + i];
    }
    view_add(view, trace);
  }
  page_add_figure(page, figure);
}

/* ---- performance profile ---- */

static int
compare_doubles(const void *a, const void *b)
{
  const double x = *(const double *)a, y = *(const double *)b;
  return (x > y) - (x < y);
}

/* the factors at which a profile rises, from 1 on, and the last one that is shown */
static double *
list_factors(const double *costs, size_t n_arms, size_t n_tasks, size_t *n)
{
  double *factors = g_new(double, n_arms *n_tasks + 2);
  double most = 2.0;

  factors[0] = 1.0;
  *n = 1;
  for (size_t task = 0; task < n_tasks; task++) {
    double best = INFINITY;
    for (size_t arm = 0; arm < n_arms; arm++) {
      best = fmin(best, costs[arm * n_tasks + task]);
    }
    for (size_t arm = 0; arm < n_arms; arm++) {
      const double factor = costs[arm * n_tasks + task] / best;
      if (isfinite(factor) && factor > 1.0 && factor < MOST_FACTOR) {
        factors[(*n)++] = factor;
        most = fmax(most, 1.1 * factor);
      }
    }
  }
  qsort(factors, *n, sizeof(double), compare_doubles);
  factors[(*n)++] = most;
  return factors;
}

void
profile_add(Page *page)
{
  const size_t n_tasks = comparison_n_tasks(page->comparison);
  const size_t n_arms = comparison_n_arms(page->comparison);
  size_t n;

  if (n_tasks < 2 || n_arms < 2) {
    return;
  }
  g_autofree double *costs = analysis_costs(page->analysis, page->comparison);
  g_autofree double *factors = list_factors(costs, n_arms, n_tasks, &n);
  Figure *figure = figure_new("profile", "Performance profile",
                              "Share of problems on which an arm's median time to the "
                              "target is within a factor of the fastest arm's (Dolan "
                              "and Moré 2002).",
                              NULL);
  View *view =
      figure_add_view(figure, "factor of the fastest", "share of problems (%)");
  view->is_log_x = true;
  for (size_t arm = 0; arm < n_arms; arm++) {
    Trace trace = trace_new(TRACE_STEPS, arm, "", n, false);
    for (size_t i = 0; i < n; i++) {
      trace.x[i] = factors[i];
      trace.y[i] = 100.0 * target_profile(costs, n_arms, n_tasks, arm, factors[i]);
    }
    view_add(view, trace);
  }
  g_string_append(page->html, "<section id=\"all\">\n<h2>All problems</h2>\n");
  page_add_figure(page, figure);
  g_string_append(page->html, "</section>\n");
}
