/* SPDX-License-Identifier: MIT */
/* What looks wrong in the diagnostics of an arm, in words. Rules are pure functions of
 * the curves of one part; findings.c has their table. */
#ifndef OPTREG_HARNESS_FINDINGS_H
#define OPTREG_HARNESS_FINDINGS_H

#include "diagnostics_curves.h"

typedef struct Finding {
  const char *rule;   /* "all-clipped"; constant */
  size_t part;        /* of the curves */
  char *text;         /* what is seen: "clipping changed ..." */
  const char *remedy; /* constant */
} Finding;

/* A part's means over the records: values[quantity][record]; epsilon and the like are
 * curves, too. */
typedef struct FindingsView {
  size_t n;
  const double *values[N_QUANTITIES];
} FindingsView;

size_t findings_n_rules(void);
const char *findings_rule(size_t rule);

/* What the rule says of it, newly allocated, or NULL: nothing. */
char *findings_judge(size_t rule, const FindingsView *view);

/* All findings; what is said of the model is not said again of its groups. An array of
 * Finding that clears itself. */
GArray *findings_of_curves(const DiagnosticsCurves *curves);

#endif
