/* SPDX-License-Identifier: MIT */
/* The diagnostics of an arm in results.json. */
#ifndef OPTREG_HARNESS_RESULTS_DIAGNOSTICS_H
#define OPTREG_HARNESS_RESULTS_DIAGNOSTICS_H

#include "comparison.h"

/* Add the member "diagnostics": findings and curves; nothing where there are none. */
void results_add_diagnostics(JsonBuilder *builder, const Comparison *comparison,
                             size_t task, size_t arm);

#endif
