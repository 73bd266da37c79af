/* SPDX-License-Identifier: MIT */
/* The mean of an arm's seeds while they train. */
#ifndef OPTREG_HARNESS_MEAN_CURVE_H
#define OPTREG_HARNESS_MEAN_CURVE_H

#include "comparison.h"

/* The metric that decides, at each record as far as all complete runs have it, as
 * PlotPoints; the first one is of untrained weights. Newly allocated, maybe empty. */
GArray *mean_curve(const Comparison *comparison, size_t task, size_t arm);

/* What x is: "epochs", or "batches" where that is what the budget counts. */
const char *mean_curve_axis(const Task *task);

#endif
