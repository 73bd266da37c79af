/* SPDX-License-Identifier: MIT */
/* The design of a comparison as JSON: problems, metrics, arms, how it is analysed. All
 * but the seeds, which may be added to. */
#ifndef OPTREG_HARNESS_DESIGN_H
#define OPTREG_HARNESS_DESIGN_H

#include "comparison.h"

#include <json-glib/json-glib.h>

JsonObject *design_describe(const Comparison *comparison);

/* Fill in sites and sources of arms of a comparison that this was described of;
 * false when one is not in it. */
bool design_restore(Comparison *comparison, JsonObject *design);

/* Add what `new` has otherwise than `old` to `changes`, an array of owned sentences,
 * each once: "arm sgd was added". */
void design_compare(GPtrArray *changes, JsonObject *old, JsonObject *new);

#endif
