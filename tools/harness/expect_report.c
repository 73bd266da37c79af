/* SPDX-License-Identifier: MIT */
/* Rows of `expect` as JSON and as a table in Markdown. */
#include "expect.h"

#include "support/format.h"
#include "support/member.h"

/* ---- JSON ---- */

static void
add_row(JsonBuilder *builder, const Comparison *comparison, const Expectation *row)
{
  const ExpectFinding finding = expect_find(comparison, row);
  g_autofree char *sentence = expect_describe(comparison, row, &finding);

  json_builder_begin_object(builder);
  member_add_text(builder, "problem",
                  experiment_task(comparison->experiment, row->task)->name);
  member_add_text(builder, row->kind == EXPECT_SPREAD ? "spread" : "arm", row->subject);
  member_add_text(builder, "metric", expect_metric(comparison, row)->name);
  member_add_text(builder, "split", split_name(row->split));
  member_add_text(builder, "sentence", sentence);
  member_add_number(builder, "value", finding.value);
  member_add_number(builder, "tolerance", finding.tolerance);
  member_add_number(builder, "at_least", finding.least);
  member_add_number(builder, "at_most", finding.most);
  member_add_number(builder, "lowest", finding.low);
  member_add_number(builder, "highest", finding.high);
  member_add_number(builder, "sd", finding.deviation);
  member_add_count(builder, "runs", finding.n);
  member_add_flag(builder, "is_met", finding.is_met);
  json_builder_end_object(builder);
}

void
expect_add_json(JsonBuilder *builder, const Comparison *comparison)
{
  const GArray *rows = comparison->experiment->expectations;

  member_begin_array(builder, "expectations");
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
      expect_metric(comparison, row)->name, seeds);
}

static void
append_row(GString *text, const Comparison *comparison, const Expectation *row)
{
  const ExpectFinding finding = expect_find(comparison, row);
  g_auto(ExpectCells) cells = expect_cells(comparison, row, &finding, "`");

  g_string_append_printf(text, "| %s | %s | %s | %s | %s |\n", cells.subject,
                         cells.value, cells.measured, cells.permitted,
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
