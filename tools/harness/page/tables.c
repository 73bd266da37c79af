/* SPDX-License-Identifier: MIT */
/* Sections: a table of the arms, and one of all that was tested. */
#include "page_private.h"

#include "harness/wording.h"
#include "support/format.h"

#include <math.h>

void
page_begin_table(Page *page, const char *caption, const TableHeading *headings,
                 size_t n)
{
  GString *html = page->html;

  html_add(html, "<div class=\"wide\"><table class=\"sortable\">\n<caption>", caption,
           "</caption>\n<thead><tr>");
  for (size_t i = 0; i < n; i++) {
    html_add_heading(html, headings[i].text, headings[i].hint);
  }
  g_string_append(html, "</tr></thead>\n<tbody>\n");
}

void
page_end_table(Page *page)
{
  g_string_append(page->html, "</tbody></table></div>\n");
}

void
page_begin_row(Page *page, size_t arm)
{
  g_string_append_printf(page->html, "<tr data-arm=\"%zu\"><th scope=\"row\">", arm);
  marks_add_sample(page->html, arm);
  html_add(page->html, "<bdi>", page->arms[arm], "</bdi></th>");
}

/* ---- arms ---- */

static void
add_arm(Page *page, size_t task, size_t arm)
{
  const ArmSummary summary = analysis_summarize(page->comparison, task, arm);
  const ProblemMetric *metric =
      task_metric(experiment_task(page->comparison->experiment, task));
  GString *html = page->html;
  size_t n;
  g_autofree TargetTime *times =
      analysis_times(page->analysis, page->comparison, task, arm, &n);
  const TargetSummary target = target_summarize(times, n);

  page_begin_row(page, arm);
  html_add_number(html, summary.mean, wording_value(metric, summary.mean));
  html_add_number(html, summary.deviation, wording_value(metric, summary.deviation));
  html_add_number(html, summary.train_loss, format_number("%.4g", summary.train_loss));
  html_add_number(html, target.median, format_number("%.3g", target.median));
  html_add_number(html, (double)target.n_reached,
                  g_strdup_printf("%zu of %zu", target.n_reached, n));
  html_add_number(html, summary.model_ms, format_number("%.3f", summary.model_ms));
  html_add_number(html, summary.optimizer_ms,
                  format_number("%.3f", summary.optimizer_ms));
  html_add_number(html, (double)summary.state_bytes, format_bytes(summary.state_bytes));
  html_add_number(html, (double)summary.n_complete,
                  g_strdup_printf("%zu", summary.n_complete));
  html_add_number(html, (double)summary.n_diverged,
                  g_strdup_printf("%zu", summary.n_diverged));
  html_add_number(html, (double)summary.n_lost, g_strdup_printf("%zu", summary.n_lost));
  g_string_append(html, "</tr>\n");
}

void
arms_add(Page *page, size_t task)
{
  const Task *row = experiment_task(page->comparison->experiment, task);
  g_autofree char *metric = wording_metric(row);
  g_autofree char *target =
      wording_value(task_metric(row), page->analysis->targets[task]);
  g_autofree char *reach = g_strdup_printf("reach %s", target);
  const TableHeading headings[] = {
    { "arm", NULL },
    { metric, "mean over the seeds, at the end of the budget" },
    { "sd", "standard deviation over the seeds" },
    { "training loss", "mean over the seeds" },
    { "s to target", "median seconds of training to the target" },
    { reach, isnan(row->target) ? "runs that reach the control's median score"
                                : "runs that reach the target" },
    { "model ms", "gradient, for each step; median over the runs" },
    { "optimizer ms", "for each step; median over the runs" },
    { "state", "the optimizer's memory" },
    { "complete", "runs" },
    { "diverged", "of the complete runs" },
    { "lost", "runs that crashed" },
  };

  page_begin_table(page, "Arms", headings, G_N_ELEMENTS(headings));
  for (size_t arm = 0; arm < comparison_n_arms(page->comparison); arm++) {
    add_arm(page, task, arm);
  }
  page_end_table(page);
}

/* ---- tests ---- */

static char *
describe_bca(const Task *task, Interval interval)
{
  const double direction = analysis_direction(task);
  const double a = direction * interval.low, b = direction * interval.high;
  g_autofree char *low = wording_difference(task_metric(task), fmin(a, b));
  g_autofree char *high = wording_difference(task_metric(task), fmax(a, b));

  return g_strdup_printf("%s to %s", low, high);
}

static void
add_pair(Page *page, const Pair *pair)
{
  const Task *task = experiment_task(page->comparison->experiment, pair->task);
  const ProblemMetric *metric = task_metric(task);
  const double direction = analysis_direction(task);
  const double difference = direction * pair->estimate;
  GString *html = page->html;

  page_begin_row(page, pair->arm);
  html_add_cell(html, g_strdup(verdict_words(pair->verdict.kind)));
  html_add_number(html, difference, wording_difference(metric, difference));
  html_add_number(html, pair->p, format_number("%.4g", pair->p));
  html_add_number(html, pair->p_arms, format_number("%.4g", pair->p_arms));
  html_add_number(html, pair->p_looks, format_number("%.4g", pair->p_looks));
  html_add_number(html, direction * pair->hodges_lehmann,
                  wording_difference(metric, direction * pair->hodges_lehmann));
  html_add_number(html, direction * pair->bca.low, describe_bca(task, pair->bca));
  html_add_number(html, pair->wilcoxon_p, format_number("%.4g", pair->wilcoxon_p));
  html_add_number(
      html, (double)pair->n_better,
      g_strdup_printf("%zu / %zu / %zu", pair->n_better, pair->n_equal, pair->n_worse));
  html_add_number(html, pair->variance_ratio,
                  format_number("%.2f", pair->variance_ratio));
  g_string_append(html, "</tr>\n");
}

void
pairs_add(Page *page, size_t task)
{
  static const TableHeading headings[] = {
    { "arm", "against the control" },
    { "verdict", NULL },
    { "difference", "mean over the seeds, arm minus control" },
    { "p", "paired sign-flip test, two-sided" },
    { "over arms", "p, corrected over the arms of the problem" },
    { "and looks", "p, corrected over arms and looks, to be compared with alpha" },
    { "Hodges-Lehmann", "median of the means of all pairs of differences" },
    { "BCa interval", "Efron's bootstrap interval of the mean difference" },
    { "Wilcoxon p", "signed-rank test" },
    { "better / equal / worse", "seeds" },
    { "variance ratio", "of paired to unpaired differences: below 1 pairing helps" },
  };
  const Analysis *analysis = page->analysis;

  if (analysis->n_pairs == 0) {
    return;
  }
  page_begin_table(page, "Tests against the control", headings, G_N_ELEMENTS(headings));
  for (size_t i = 0; i < analysis->n_pairs; i++) {
    if (analysis->pairs[i].task == task && analysis->pairs[i].n > 0) {
      add_pair(page, &analysis->pairs[i]);
    }
  }
  page_end_table(page);
}
