/* SPDX-License-Identifier: MIT */
/* Rows of `expect` in words, as JSON and as a table in Markdown. */
#include "expect.h"

#include "support/format.h"
#include "wording.h"

#include <math.h>
#include <string.h>

static const ProblemMetric *
metric_of(const Comparison *comparison, const Expectation *row)
{
  size_t n;
  return problem_metrics(experiment_task(comparison->experiment, row->task)->class, &n)
         + row->metric;
}

/* a distance has no sign: "0.30 pp" */
static char *
show_distance(const ProblemMetric *metric, double distance)
{
  g_autofree char *text = wording_difference(metric, distance);
  return g_strdup(text[0] == '+' ? text + 1 : text);
}

/* what the row is about is a mean or a distance of means */
static char *
show(const ProblemMetric *metric, const Expectation *row, double value)
{
  return row->kind == EXPECT_SPREAD ? show_distance(metric, value)
                                    : wording_value(metric, value);
}

static const char *
name_of(const Comparison *comparison, uint32_t arm)
{
  return arm_name(experiment_arm(comparison->experiment, arm));
}

/* ---- parts ---- */

/* "adadelta", "adadelta* (12 arms)", "spread of adadelta* (12 arms)" */
static char *
describe_subject(const Expectation *row, const char *quote)
{
  g_autofree char *count =
      row->arms->len > 1 ? g_strdup_printf(" (%u arms)", row->arms->len) : g_strdup("");

  return g_strconcat(row->kind == EXPECT_SPREAD ? "spread of " : "", quote,
                     row->subject, quote, count, NULL);
}

static char *
describe_measured(const ProblemMetric *metric, const Expectation *row,
                  const ExpectFinding *finding)
{
  g_autofree char *low = show(metric, row, finding->low);
  g_autofree char *high = show(metric, row, finding->high);

  return row->kind == EXPECT_SPREAD || row->arms->len == 1
             ? g_strdup(low)
             : g_strdup_printf("%s to %s", low, high);
}

/* "at least 80.00 % and at most 100.00 %", "" without limits */
static char *
describe_limits(const ProblemMetric *metric, const Expectation *row)
{
  g_autofree char *least = show(metric, row, row->least);
  g_autofree char *most = show(metric, row, row->most);
  const bool has_least = isfinite(row->least), has_most = isfinite(row->most);

  return g_strconcat(has_least ? "at least " : "", has_least ? least : "",
                     has_least && has_most ? " and " : "", has_most ? "at most " : "",
                     has_most ? most : "", NULL);
}

static char *
describe_expected(const Comparison *comparison, const Expectation *row,
                  const ExpectFinding *finding)
{
  const ProblemMetric *metric = metric_of(comparison, row);
  const bool has_value = row->like != EXPECT_NO_ARM || isfinite(row->value);
  g_autoptr(GString) text = g_string_new(NULL);
  g_autofree char *value = show(metric, row, finding->value);
  g_autofree char *tolerance = show_distance(metric, finding->tolerance);
  g_autofree char *limits = describe_limits(metric, row);

  g_string_append(text, has_value ? value : "");
  if (row->like != EXPECT_NO_ARM) {
    g_string_append_printf(text, " as of %s", name_of(comparison, row->like));
  }
  if (row->has_tolerance) {
    g_string_append_printf(text, " to within %s", tolerance);
  }
  g_string_append_printf(text, "%s%s", has_value && limits[0] != '\0' ? ", " : "",
                         limits);
  return g_strdup(text->str);
}

char *
expect_describe(const Comparison *comparison, const Expectation *row,
                const ExpectFinding *finding)
{
  const ProblemMetric *metric = metric_of(comparison, row);
  g_autofree char *subject = describe_subject(row, "");
  g_autofree char *measured = describe_measured(metric, row, finding);
  g_autofree char *expected = describe_expected(comparison, row, finding);

  return g_strdup_printf("%s on %s: %s %s %s, expected %s: %s", subject,
                         experiment_task(comparison->experiment, row->task)->name,
                         split_name(row->split), metric->name, measured, expected,
                         finding->is_met ? "met" : "missed");
}

/* ---- JSON ---- */

static void
add_row(JsonBuilder *builder, const Comparison *comparison, const Expectation *row)
{
  const ExpectFinding finding = expect_find(comparison, row);
  g_autofree char *sentence = expect_describe(comparison, row, &finding);

  json_builder_begin_object(builder);
  record_add_text(builder, "problem",
                  experiment_task(comparison->experiment, row->task)->name);
  record_add_text(builder, row->kind == EXPECT_SPREAD ? "spread" : "arm", row->subject);
  record_add_text(builder, "metric", metric_of(comparison, row)->name);
  record_add_text(builder, "split", split_name(row->split));
  record_add_text(builder, "sentence", sentence);
  record_add_number(builder, "value", finding.value);
  record_add_number(builder, "tolerance", finding.tolerance);
  record_add_number(builder, "at_least", finding.least);
  record_add_number(builder, "at_most", finding.most);
  record_add_number(builder, "lowest", finding.low);
  record_add_number(builder, "highest", finding.high);
  record_add_number(builder, "sd", finding.deviation);
  record_add_count(builder, "runs", finding.n);
  json_builder_set_member_name(builder, "is_met");
  json_builder_add_boolean_value(builder, finding.is_met);
  json_builder_end_object(builder);
}

void
expect_add_json(JsonBuilder *builder, const Comparison *comparison)
{
  const GArray *rows = comparison->experiment->expectations;

  json_builder_set_member_name(builder, "expectations");
  json_builder_begin_array(builder);
  for (guint i = 0; i < rows->len; i++) {
    add_row(builder, comparison, &g_array_index(rows, Expectation, i));
  }
  json_builder_end_array(builder);
}

/* ---- Markdown ---- */

static bool
is_same_measure(const Expectation *a, const Expectation *b)
{
  return a->task == b->task && a->metric == b->metric && a->split == b->split;
}

static void
append_head(GString *text, const Comparison *comparison, const Expectation *row)
{
  g_autofree char *seeds = format_plural(comparison->experiment->n_seeds, "seed");

  g_string_append_printf(
      text,
      "%s%s, %s %s, mean ± standard deviation of %s:\n\n"
      "| | expected | measured | permitted | |\n|---|--:|--:|---|---|\n",
      text->len > 0 ? "\n" : "",
      experiment_task(comparison->experiment, row->task)->name, split_name(row->split),
      metric_of(comparison, row)->name, seeds);
}

static char *
describe_permitted(const ProblemMetric *metric, const Expectation *row,
                   const ExpectFinding *finding)
{
  g_autofree char *tolerance = show_distance(metric, finding->tolerance);
  g_autofree char *limits = describe_limits(metric, row);

  return g_strconcat(row->has_tolerance ? "± " : "",
                     row->has_tolerance ? tolerance : "",
                     row->has_tolerance && limits[0] != '\0' ? ", " : "", limits, NULL);
}

static void
append_row(GString *text, const Comparison *comparison, const Expectation *row)
{
  const ExpectFinding finding = expect_find(comparison, row);
  const ProblemMetric *metric = metric_of(comparison, row);
  const bool has_value = isfinite(finding.value);
  g_autofree char *subject = describe_subject(row, "`");
  g_autofree char *value = show(metric, row, finding.value);
  g_autofree char *measured =
      isfinite(finding.deviation)
          ? wording_score(metric, finding.low, finding.deviation, "±")
          : describe_measured(metric, row, &finding);
  g_autofree char *permitted = describe_permitted(metric, row, &finding);

  g_string_append_printf(text, "| %s", subject);
  if (row->like != EXPECT_NO_ARM) {
    g_string_append_printf(text, ", like `%s`", name_of(comparison, row->like));
  }
  g_string_append_printf(text, " | %s | %s", has_value ? value : "", measured);
  if (finding.n < comparison->experiment->n_seeds) {
    g_string_append_printf(text, " (%zu runs)", finding.n);
  }
  g_string_append_printf(text, " | %s | %s |\n", permitted,
                         finding.is_met ? "met" : "**missed**");
}

char *
expect_to_markdown(const Comparison *comparison)
{
  const GArray *rows = comparison->experiment->expectations;
  GString *text = g_string_new(NULL);

  for (guint i = 0; i < rows->len; i++) {
    const Expectation *row = &g_array_index(rows, Expectation, i);
    if (i == 0 || !is_same_measure(row, row - 1)) {
      append_head(text, comparison, row);
    }
    append_row(text, comparison, row);
  }
  return g_string_free(text, rows->len == 0);
}
