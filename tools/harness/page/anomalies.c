/* SPDX-License-Identifier: MIT */
/* Section: runs that diverged or were lost, and why. */
#include "page_private.h"

static bool
is_anomaly(const Run *run, size_t task)
{
  return run->task == task && (run->state == RUN_DIVERGED || run->state == RUN_LOST);
}

static void
add_run(Page *page, const Run *run)
{
  static const char *const purposes[] = { "tuning, ", "", "calibration, " };
  const bool is_lost = run->state == RUN_LOST;
  g_autofree char *what = g_strdup_printf(" (%sseed %u) %s", purposes[run->purpose],
                                          run->seed, is_lost ? "was lost" : "diverged");
  g_autofree char *at =
      g_strdup_printf("%s after %" G_GUINT64_FORMAT " steps: ", what, run->last.step);

  html_add(page->html, "<li><bdi>", page->arms[run->arm], "</bdi>");
  html_add(page->html, "", at, "");
  html_add(page->html, "<bdi>",
           is_lost ? run->reason != NULL ? run->reason : "" : run->last.reason,
           "</bdi></li>\n");
}

void
anomalies_add(Page *page, size_t task)
{
  const GPtrArray *runs = page->comparison->runs;
  size_t n = 0;

  for (guint i = 0; i < runs->len; i++) {
    n += is_anomaly(g_ptr_array_index(runs, i), task);
  }
  if (n == 0) {
    return;
  }
  g_string_append_printf(page->html,
                         "<details class=\"warning\"%s><summary>%zu of the runs "
                         "diverged or were lost</summary>\n<ul>\n",
                         n <= 10 ? " open" : "", n);
  for (guint i = 0; i < runs->len; i++) {
    if (is_anomaly(g_ptr_array_index(runs, i), task)) {
      add_run(page, g_ptr_array_index(runs, i));
    }
  }
  g_string_append(page->html, "</ul>\n</details>\n");
}
