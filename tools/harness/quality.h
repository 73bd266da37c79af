/* SPDX-License-Identifier: MIT */
/* Quality against cost: how well an arm does, how soon, and what its steps cost. */
#ifndef OPTREG_HARNESS_QUALITY_H
#define OPTREG_HARNESS_QUALITY_H

#include "analysis.h"
#include "cost/cost.h"
#include "support/screen.h"

#include <stdio.h>

/* Of an arm on a problem; NaN what is not known. */
typedef struct Quality {
  double score, deviation; /* of the metric that decides, over the complete runs */
  size_t n, n_reached;     /* complete runs; those that reached the target */
  double steps, seconds; /* medians to the target, infinite when half or more miss it */
  double ns, state_bytes; /* per parameter */
} Quality;

/* `cost` may be NULL. */
Quality quality_of(const Comparison *comparison, const Analysis *analysis,
                   const Cost *cost, size_t task, size_t arm);

/* A line for each problem and arm. Newly allocated. */
char *quality_to_csv(const Comparison *comparison, const Analysis *analysis,
                     const Cost *cost);

/* The arms of one problem. */
void quality_print(const Comparison *comparison, const Analysis *analysis,
                   const Cost *cost, size_t task, const Screen *screen, FILE *stream);

#endif
