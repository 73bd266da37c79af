/* SPDX-License-Identifier: MIT */
/* report.html: one page without scripts that asks nothing of the network. */
#include "results.h"

#include "ecdf.h"
#include "wording.h"

#include <math.h>
#include <optreg/optreg.h>

static const char head[] =
    "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
    "<meta http-equiv=\"Content-Security-Policy\" "
    "content=\"default-src 'none'; style-src 'unsafe-inline'\">\n"
    "<meta name=\"viewport\" content=\"width=device-width\">\n"
    "<title>optreg compare</title>\n<style>\n"
    "body { font: 16px/1.5 sans-serif; max-width: 60em; margin: 2em auto; padding: 0 1em;"
    " color-scheme: light dark }\n"
    "table { border-collapse: collapse; margin: 1em 0 }\n"
    "th, td { padding: .2em .8em; border-bottom: 1px solid #8886; text-align: right }\n"
    "th:first-child, td:first-child { text-align: left }\n"
    "dt { font-weight: bold }\n</style>\n</head>\n<body>\n";

/* whatever comes from a file or a plugin goes through here */
static void
add_escaped(GString *html, const char *before, const char *text, const char *after)
{
  g_autofree char *escaped = g_markup_escape_text(text, -1);
  g_string_append_printf(html, "%s%s%s", before, escaped, after);
}

/* takes text over; NULL adds nothing */
static void
add_paragraph(GString *html, char *text)
{
  if (text != NULL) {
    add_escaped(html, "<p>", text, "</p>\n");
    g_free(text);
  }
}

static void
add_cell(GString *html, char *text)
{
  add_escaped(html, "<td>", text, "</td>");
  g_free(text);
}

static char *
show(const char *format, double value)
{
  char text[G_ASCII_DTOSTR_BUF_SIZE];

  g_ascii_formatd(text, sizeof text, format, value);
  return isfinite(value) ? g_strdup(text) : g_strdup("-");
}

static void
add_arm(GString *html, const Comparison *comparison, const Analysis *analysis,
        size_t task, size_t arm)
{
  const ArmSummary summary = analysis_summarize(comparison, task, arm);
  const ProblemMetric *metric =
      task_metric(experiment_task(comparison->experiment, task));
  char *times = wording_times(comparison, analysis, task, arm);

  g_string_append(html, "<tr>");
  add_cell(html, g_strdup(arm_name(experiment_arm(comparison->experiment, arm))));
  add_cell(html, wording_value(metric, summary.mean));
  add_cell(html, wording_value(metric, summary.deviation));
  add_cell(html, show("%.4g", summary.train_loss));
  add_cell(html, show("%.3f", summary.model_ms));
  add_cell(html, show("%.3f", summary.optimizer_ms));
  add_cell(html, g_strdup_printf("%" G_GUINT64_FORMAT, summary.state_bytes));
  add_cell(html, g_strdup_printf("%zu / %zu / %zu", summary.n_complete,
                                 summary.n_diverged, summary.n_lost));
  add_cell(html, times != NULL ? times : g_strdup("-"));
  g_string_append(html, "</tr>\n");
}

static void
add_arms(GString *html, const Comparison *comparison, const Analysis *analysis,
         size_t task)
{
  const Task *row = experiment_task(comparison->experiment, task);
  g_autofree char *metric = wording_metric(row);
  g_autofree char *target = wording_value(task_metric(row), analysis->targets[task]);

  add_escaped(html, "<table>\n<tr><th>arm</th><th>", metric, "</th>");
  add_escaped(html,
              "<th>sd</th><th>training loss</th><th>model ms/step</th>"
              "<th>optimizer ms/step</th><th>state bytes</th>"
              "<th>complete / diverged / lost</th><th>time to ",
              target, "</th></tr>\n");
  for (size_t arm = 0; arm < comparison_n_arms(comparison); arm++) {
    add_arm(html, comparison, analysis, task, arm);
  }
  g_string_append(html, "</table>\n");
}

static void
add_pair(GString *html, const Comparison *comparison, const Pair *pair)
{
  const Experiment *experiment = comparison->experiment;
  const Task *task = experiment_task(experiment, pair->task);
  const double direction = analysis_direction(task);
  const Interval bca = { fmin(direction * pair->bca.low, direction * pair->bca.high),
                         fmax(direction * pair->bca.low, direction * pair->bca.high) };

  g_string_append(html, "<tr>");
  add_cell(html, g_strdup(arm_name(experiment_arm(experiment, pair->arm))));
  add_cell(html, g_strdup(verdict_name(pair->verdict.kind)));
  add_cell(html, wording_difference(task_metric(task), direction * pair->estimate));
  add_cell(html, show("%.4g", pair->p));
  add_cell(html, show("%.4g", pair->p_looks));
  add_cell(html,
           wording_difference(task_metric(task), direction * pair->hodges_lehmann));
  g_autofree char *low = wording_difference(task_metric(task), bca.low);
  g_autofree char *high = wording_difference(task_metric(task), bca.high);
  add_cell(html, g_strdup_printf("%s to %s", low, high));
  add_cell(html, show("%.4g", pair->wilcoxon_p));
  add_cell(html, show("%.2f", pair->variance_ratio));
  g_string_append(html, "</tr>\n");
}

static void
add_pairs(GString *html, const Comparison *comparison, const Analysis *analysis,
          size_t task)
{
  g_string_append(html, "<table>\n<tr><th>arm against the control</th><th>verdict</th>"
                        "<th>difference</th><th>p</th><th>p over arms and looks</th>"
                        "<th>Hodges-Lehmann</th><th>BCa</th><th>Wilcoxon p</th>"
                        "<th>paired / unpaired variance</th></tr>\n");
  for (size_t i = 0; i < analysis->n_pairs; i++) {
    if (analysis->pairs[i].task == task) {
      add_pair(html, comparison, &analysis->pairs[i]);
    }
  }
  g_string_append(html, "</table>\n");
}

/* every fourth of the times */
static void
add_ecdf(GString *html, const Comparison *comparison, size_t task)
{
  g_autoptr(Ecdf) ecdf = ecdf_new(comparison, task);

  if (ecdf == NULL) {
    return;
  }
  g_string_append(html, "<table>\n<caption>Share of 51 targets reached after so many "
                        "seconds of training</caption>\n<tr><th>arm</th>");
  for (size_t i = 0; i < ECDF_POINTS; i += 4) {
    g_autofree char *clock = show("%.3g", ecdf->clocks[i]);
    add_escaped(html, "<th>", clock, "</th>");
  }
  g_string_append(html, "</tr>\n");
  for (size_t arm = 0; arm < comparison_n_arms(comparison); arm++) {
    g_string_append(html, "<tr>");
    add_cell(html, g_strdup(arm_name(experiment_arm(comparison->experiment, arm))));
    for (size_t i = 0; i < ECDF_POINTS; i += 4) {
      add_cell(html, show("%.2f", ecdf->shares[arm * ECDF_POINTS + i]));
    }
    g_string_append(html, "</tr>\n");
  }
  g_string_append(html, "</table>\n");
}

static void
add_sentences(GString *html, const Comparison *comparison, const Analysis *analysis,
              size_t task)
{
  for (size_t i = 0; i < analysis->n_pairs; i++) {
    if (analysis->pairs[i].task == task) {
      add_paragraph(html, wording_pair(comparison, analysis, &analysis->pairs[i]));
    }
  }
}

static void
add_task(GString *html, const Comparison *comparison, const Analysis *analysis,
         size_t index)
{
  const Task *task = experiment_task(comparison->experiment, index);

  add_escaped(html, "<h2>", task->name, "</h2>\n");
  add_paragraph(html, g_strdup(task->class->doc));
  add_sentences(html, comparison, analysis, index);
  add_arms(html, comparison, analysis, index);
  if (analysis->n_pairs > 0) {
    add_pairs(html, comparison, analysis, index);
  }
  add_ecdf(html, comparison, index);
  for (size_t arm = 0; arm < comparison_n_arms(comparison); arm++) {
    add_paragraph(html, wording_tuning(comparison, index, arm));
  }
  add_paragraph(html, wording_calibration(comparison, index));
}

char *
report_to_html(const Comparison *comparison, const Analysis *analysis,
               const Manifest *manifest)
{
  const char *name = comparison->experiment->name;
  GString *html = g_string_new(head);

  add_escaped(html, "<h1>", name != NULL ? name : "optreg compare", "</h1>\n");
  for (size_t i = 0; i < comparison_n_tasks(comparison); i++) {
    add_task(html, comparison, analysis, i);
  }
  if (analysis->n_pairs > 0) {
    add_paragraph(html, wording_method(comparison, analysis));
  }
  add_paragraph(html, wording_changes(manifest));
  add_paragraph(html,
                g_strdup_printf("optreg %s; manifest.json has the configurations, "
                                "plugins, data and machine, results.json every "
                                "number.",
                                optreg_version()));
  g_string_append(html, "</body>\n</html>\n");
  return g_string_free(html, FALSE);
}
