/* SPDX-License-Identifier: MIT */
/* A comparison's results for a terminal, with small charts. */
#ifndef OPTREG_HARNESS_TEXT_REPORT_H
#define OPTREG_HARNESS_TEXT_REPORT_H

#include "support/screen.h"
#include "wording.h"

/* What table_print says, and for each problem the curves of the arms, the differences
 * with their intervals, the times to targets and how tuning went. */
void text_report_print(const Comparison *comparison, const Analysis *analysis,
                       const Manifest *manifest, const Screen *screen, FILE *stream);

#endif
