/* SPDX-License-Identifier: MIT */
/* What the other arms would have done on the gradients of the first one
 * (docs/shadows.md, optreg compare --shadow): from the logs of its runs, over steps,
 * then over seeds.
 *
 * The first arm is live; arm k, from 1, is candidate k - 1, also in Record.shadows. */
#ifndef OPTREG_HARNESS_SHADOW_H
#define OPTREG_HARNESS_SHADOW_H

#include "comparison.h"
#include "support/screen.h"

#include <stdio.h>

/* One run of the first arm. All NaN but steps when nothing was compared. */
typedef struct ShadowRun {
  uint64_t steps;  /* in which both moved the weights */
  double cosine;   /* mean over them */
  double ratio;    /* RMS of updates over the arm's: median of the records */
  double decrease; /* predicted over all these steps, over the arm's */
  double cost;     /* time of the candidate's steps, over the arm's */
} ShadowRun;

/* Its runs with all seeds together. */
typedef struct ShadowSummary {
  size_t n_runs; /* complete, with something to compare */
  double cosine; /* mean over them; NaN without any, as the others */
  double ratio, ratio_low, ratio_high; /* median, smallest, largest */
  double factor; /* on the candidate's learning rate, for updates as large: 1 / ratio */
  double decrease, cost; /* medians */
} ShadowSummary;

ShadowRun shadow_of_run(const Comparison *comparison, const Run *run, size_t arm);
ShadowSummary shadow_summarize(const Comparison *comparison, size_t task, size_t arm);

/* The table below the verdicts. */
void shadow_print(const Comparison *comparison, size_t task, const Screen *screen,
                  FILE *stream);

/* The member "shadow" of a problem in results.json. */
void shadow_add_json(JsonBuilder *builder, const Comparison *comparison, size_t task);

#endif
