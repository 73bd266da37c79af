/* SPDX-License-Identifier: MIT */
/* Section: with what and where all this was made. */
#include "page_private.h"

#include <optreg/optreg.h>

void
provenance_add(Page *page)
{
  g_autofree char *manifest = manifest_to_text(page->manifest, page->comparison);

  g_string_append(page->html, "<section id=\"manifest\">\n<h2>Manifest</h2>\n");
  html_add_paragraph(
      page->html, "doc",
      g_strdup("Configurations, plugins, data, machine and looks, as in manifest.json. "
               "results.json has every number, results.csv and log.jsonl every "
               "measurement."));
  html_add(page->html,
           "<details>\n<summary>manifest.json</summary>\n<pre dir=\"auto\">", manifest,
           "</pre>\n</details>\n</section>\n");
}
