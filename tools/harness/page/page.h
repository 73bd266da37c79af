/* SPDX-License-Identifier: MIT */
/* report.html: one file that asks nothing of the network.
 *
 * All numbers, their rounding and the curves' points are made here from the analysis;
 * the script only draws and sorts them. Without scripts the page has the same tables,
 * and figures that stand still. */
#ifndef OPTREG_HARNESS_PAGE_PAGE_H
#define OPTREG_HARNESS_PAGE_PAGE_H

#include "harness/analysis.h"
#include "harness/manifest.h"

/* The file stays below it: curves lose points first, then single seeds. */
enum { PAGE_MOST_BYTES = 1000000 };

/* The page, newly allocated. */
char *page_render(const Comparison *comparison, const Analysis *analysis,
                  const Manifest *manifest);

#endif
