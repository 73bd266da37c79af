/* SPDX-License-Identifier: MIT */
/* The files of a comparison that are made from its runs' logs. */
#ifndef OPTREG_HARNESS_RESULTS_H
#define OPTREG_HARNESS_RESULTS_H

#include "analysis.h"
#include "manifest.h"

#include <json-glib/json-glib.h>

/* Write DIR/log.jsonl, results.csv, results.json and, with an analysis, report.html,
 * and quality-cost.csv where costs were measured. `analysis` and `manifest` are NULL
 * when the comparison was interrupted: then no verdict is written, so that nobody has
 * looked. */
bool results_write(const Comparison *comparison, const Analysis *analysis,
                   const Manifest *manifest, GError **error);

/* What is in results.json; owned by the caller. */
JsonNode *results_describe(const Comparison *comparison, const Analysis *analysis,
                           const Manifest *manifest);

#endif
