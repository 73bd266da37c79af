/* SPDX-License-Identifier: MIT */
/* Section: what the other arms would have done on the first one's gradients. */
#include "page_private.h"

#include "harness/shadow.h"
#include "support/format.h"

static void
add_candidate(Page *page, size_t task, size_t arm)
{
  const ShadowSummary summary = shadow_summarize(page->comparison, task, arm);
  GString *html = page->html;
  g_autofree char *ratio = format_number("%.3g", summary.ratio);
  g_autofree char *low = format_number("%.3g", summary.ratio_low);
  g_autofree char *high = format_number("%.3g", summary.ratio_high);

  page_begin_row(page, arm);
  html_add_number(html, summary.cosine, format_number("%.3f", summary.cosine));
  html_add_number(html, summary.ratio,
                  g_strdup_printf("%s (%s to %s)", ratio, low, high));
  html_add_number(html, summary.factor, format_number("%.3g", summary.factor));
  html_add_number(html, summary.decrease, format_number("%.3g", summary.decrease));
  html_add_number(html, summary.cost, format_number("%.2f", summary.cost));
  html_add_number(html, (double)summary.n_runs, g_strdup_printf("%zu", summary.n_runs));
  g_string_append(html, "</tr>\n");
}

void
shadowed_add(Page *page, size_t task)
{
  static const TableHeading headings[] = {
    { "candidate", NULL },
    { "cosine", "between its update and the first arm's, mean over steps and seeds" },
    { "RMS ratio", "of updates, median over the seeds (lowest to highest)" },
    { "learning rate x", "for updates as large as the first arm's" },
    { "predicted decrease", "of the loss, over the first arm's" },
    { "time of a step", "over the first arm's" },
    { "seeds", "with something to compare" },
  };

  if (!page->comparison->has_shadows) {
    return;
  }
  g_autofree char *caption =
      g_strdup_printf("Shadows on the gradients of %s", page->arms[0]);
  page_begin_table(page, caption, headings, G_N_ELEMENTS(headings));
  for (size_t arm = 1; arm < comparison_n_arms(page->comparison); arm++) {
    add_candidate(page, task, arm);
  }
  page_end_table(page);
}
