/* SPDX-License-Identifier: MIT */
/* The diagnostics of an arm on a problem: over the records, the mean of its runs. */
#ifndef OPTREG_HARNESS_DIAGNOSTICS_CURVES_H
#define OPTREG_HARNESS_DIAGNOSTICS_CURVES_H

#include "comparison.h"

/* One number over the records; NaN where no run has one. */
typedef struct DiagnosticsCurve {
  double *mean, *low, *high; /* of the runs: the lowest and the highest */
} DiagnosticsCurve;

typedef struct DiagnosticsCurves {
  size_t n;                             /* points */
  uint64_t *batches;                    /* at each */
  double *epochs;                       /* at each */
  uint64_t *n_runs;                     /* that have the record */
  DiagnosticsCurve loss_scale, skipped; /* the latter: calls so far */
  size_t n_parts;
  struct {
    char name[DIAGNOSTICS_TEXT], match[DIAGNOSTICS_TEXT];
    DiagnosticsCurve curves[N_QUANTITIES];
  } parts[DIAGNOSTICS_MOST_PARTS];
} DiagnosticsCurves;

/* Over the evaluation runs that are complete; NULL when none was diagnosed. A run that
 * ended early has no part in later points. */
DiagnosticsCurves *diagnostics_curves_new(const Comparison *comparison, size_t task,
                                          size_t arm);
void diagnostics_curves_free(DiagnosticsCurves *curves);

/* The part as one would say it: "adadelta" for the model, "adadelta, groups[0]
 * (*bias)". Free with g_free. */
char *diagnostics_curves_part(const DiagnosticsCurves *curves, size_t part,
                              const char *arm);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(DiagnosticsCurves, diagnostics_curves_free)

#endif
