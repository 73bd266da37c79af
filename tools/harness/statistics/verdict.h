/* SPDX-License-Identifier: MIT */
/* What may be said about two arms. */
#ifndef OPTREG_HARNESS_STATISTICS_VERDICT_H
#define OPTREG_HARNESS_STATISTICS_VERDICT_H

#include "sign_flip.h"

#include <stddef.h>

typedef enum VerdictKind {
  VERDICT_NONE,      /* too few seeds for the test to reach its level */
  VERDICT_IDENTICAL, /* the same bits for every seed */
  VERDICT_BETTER,
  VERDICT_WORSE,
  VERDICT_EQUIVALENT,
  VERDICT_INCONCLUSIVE
} VerdictKind;

/* Differences of one arm to the control, seed by seed, positive where it is better. */
typedef struct Evidence {
  size_t n;
  bool is_identical;
  double estimate;     /* mean */
  double deviation;    /* of the differences */
  double p;            /* sign-flip, two-sided, corrected over arms */
  Interval equivalent; /* at the level 1 - 2 alpha */
  double alpha;        /* of this look */
  size_t least_seeds;  /* plan_least_seeds */
  double least_effect; /* differences below it do not matter; at least 0 */
} Evidence;

typedef struct Verdict {
  VerdictKind kind;
  size_t n_needed; /* seeds, about; 0 where none are asked for or nobody can tell */
} Verdict;

Verdict verdict_of(const Evidence *evidence);

/* "none", "better", "inconclusive", ...; and what people read: "no verdict", "better"
 */
const char *verdict_name(VerdictKind kind);
const char *verdict_words(VerdictKind kind);

#endif
