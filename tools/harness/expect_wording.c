/* SPDX-License-Identifier: MIT */
/* Rows of `expect` in words: a sentence, the cells of a table. */
#include "expect.h"

#include "wording.h"

#include <math.h>
#include <string.h>

const ProblemMetric *
expect_metric(const Comparison *comparison, const Expectation *row)
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
  const ProblemMetric *metric = expect_metric(comparison, row);
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
  const ProblemMetric *metric = expect_metric(comparison, row);
  g_autofree char *subject = describe_subject(row, "");
  g_autofree char *measured = describe_measured(metric, row, finding);
  g_autofree char *expected = describe_expected(comparison, row, finding);

  return g_strdup_printf("%s on %s: %s %s %s, expected %s: %s", subject,
                         experiment_task(comparison->experiment, row->task)->name,
                         split_name(row->split), metric->name, measured, expected,
                         finding->is_met ? "met" : "missed");
}

/* ---- cells ---- */

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

/* "sgd", "sgd, like momentum" */
static char *
describe_likeness(const Comparison *comparison, const Expectation *row,
                  const char *quote)
{
  char *subject = describe_subject(row, quote);

  if (row->like == EXPECT_NO_ARM) {
    return subject;
  }
  g_autofree char *owned = subject;
  return g_strconcat(owned, ", like ", quote, name_of(comparison, row->like), quote,
                     NULL);
}

/* "2.41 ± 0.05 %", "1.93 % to 2.53 %", "2.41 % (2 runs)" when some are not complete */
static char *
describe_mean(const Comparison *comparison, const Expectation *row,
              const ExpectFinding *finding)
{
  const ProblemMetric *metric = expect_metric(comparison, row);
  g_autofree char *mean =
      isfinite(finding->deviation)
          ? wording_score(metric, finding->low, finding->deviation, "±")
          : describe_measured(metric, row, finding);

  return finding->n < comparison->experiment->n_seeds
             ? g_strdup_printf("%s (%zu runs)", mean, finding->n)
             : g_strdup(mean);
}

ExpectCells
expect_cells(const Comparison *comparison, const Expectation *row,
             const ExpectFinding *finding, const char *quote)
{
  const ProblemMetric *metric = expect_metric(comparison, row);

  return (ExpectCells){
    .subject = describe_likeness(comparison, row, quote),
    .value = isfinite(finding->value) ? show(metric, row, finding->value)
                                      : g_strdup(""),
    .measured = describe_mean(comparison, row, finding),
    .permitted = describe_permitted(metric, row, finding),
  };
}

void
expect_cells_clear(ExpectCells *cells)
{
  g_free(cells->subject);
  g_free(cells->value);
  g_free(cells->measured);
  g_free(cells->permitted);
}
