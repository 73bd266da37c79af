/* SPDX-License-Identifier: MIT */
/* How fast arms get anywhere: the share of targets, over all runs, that are reached by
 * a time. No single target decides. */
#ifndef OPTREG_HARNESS_ECDF_H
#define OPTREG_HARNESS_ECDF_H

#include "comparison.h"

enum { ECDF_TARGETS = 51, ECDF_POINTS = 25 };

/* Of one problem: 51 targets from what untrained weights score to the best arm's median
 * at the end, at 25 times in equal ratios up to the longest run. */
typedef struct Ecdf {
  double targets[ECDF_TARGETS];
  double clocks[ECDF_POINTS]; /* seconds of training */
  double *shares;             /* ECDF_POINTS for each arm */
} Ecdf;

/* NULL when there is nothing to see: no complete run, or none better than untrained. */
Ecdf *ecdf_new(const Comparison *comparison, size_t task);
void ecdf_free(Ecdf *ecdf);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(Ecdf, ecdf_free)

#endif
