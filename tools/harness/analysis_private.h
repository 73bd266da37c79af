/* SPDX-License-Identifier: MIT */
/* Inside of an analysis. */
#ifndef OPTREG_HARNESS_ANALYSIS_PRIVATE_H
#define OPTREG_HARNESS_ANALYSIS_PRIVATE_H

#include "analysis.h"

/* Allocate and fill in targets, times and steps. */
void analysis_time(const Comparison *comparison, Analysis *analysis);

#endif
