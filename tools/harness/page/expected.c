/* SPDX-License-Identifier: MIT */
/* Section: what the experiment expects of a problem, and what came out. */
#include "harness/expect.h"
#include "page_private.h"

static void
add_expectation(Page *page, const Expectation *row)
{
  const Comparison *comparison = page->comparison;
  const ExpectFinding finding = expect_find(comparison, row);
  g_auto(ExpectCells) cells = expect_cells(comparison, row, &finding, "");
  GString *html = page->html;

  html_add(html, "<tr><th scope=\"row\"><bdi>", cells.subject, "</bdi></th>");
  html_add_cell(html, g_strdup_printf("%s %s", split_name(row->split),
                                      expect_metric(comparison, row)->name));
  html_add_number(html, finding.value, g_steal_pointer(&cells.value));
  html_add_number(html, finding.low, g_steal_pointer(&cells.measured));
  html_add_cell(html, g_steal_pointer(&cells.permitted));
  g_string_append(html,
                  finding.is_met
                      ? "<td>met</td></tr>\n"
                      : "<td><strong class=\"missed\">missed</strong></td></tr>\n");
}

void
expected_add(Page *page, size_t task)
{
  static const TableHeading headings[] = {
    { "arm", NULL },
    { "of", NULL },
    { "expected", NULL },
    { "measured", "mean ± standard deviation of the seeds" },
    { "permitted", "the largest of the tolerances that the experiment gives" },
    { "outcome", NULL },
  };
  const GArray *rows = page->comparison->experiment->expectations;
  guint n = 0;

  for (guint i = 0; i < rows->len; i++) {
    n += g_array_index(rows, Expectation, i).task == task;
  }
  if (n == 0) {
    return;
  }
  page_begin_table(page, "Expected and measured", headings, G_N_ELEMENTS(headings));
  for (guint i = 0; i < rows->len; i++) {
    const Expectation *row = &g_array_index(rows, Expectation, i);
    if (row->task == task) {
      add_expectation(page, row);
    }
  }
  page_end_table(page);
}
