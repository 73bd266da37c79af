/* SPDX-License-Identifier: MIT */
/* What a step did, looked at while it is done: a stage before the optimizer that keeps
 * the parameter, one behind it that compares. They are in the sweep of diagnosed steps
 * only; other steps do not know of them. */
#ifndef OPTREG_CORE_DIAGNOSIS_H
#define OPTREG_CORE_DIAGNOSIS_H

#include "running/chain.h"
#include "running/tally.h"

/* Rows of lanes: sums of squares. */
enum {
  OPTREG_DIAGNOSED_GRADIENT, /* as the optimizer got it */
  OPTREG_DIAGNOSED_UPDATE,   /* what the optimizer added to the parameter */
  OPTREG_DIAGNOSED_WEIGHT,   /* the parameter before that */
  OPTREG_N_DIAGNOSED
};

typedef struct OptregDiagnosis {
  uint32_t every; /* 0: off, and all else is empty */
  size_t n_groups, n_tensors;
  OptregTally *tallies; /* by worker and group */
  size_t n_tallies;
  OptregTally *sums;                       /* of a group, of the model */
  double *limits;                          /* by tensor, see optreg_clip_limit */
  double *square_sums[OPTREG_N_DIAGNOSED]; /* by tensor */
  optreg_diagnostics *results;             /* by group; the last one is the model's */
} OptregDiagnosis;

/* Add the stage that stands before the optimizer, and the one behind it. */
void optreg_diagnosis_add_before(OptregDiagnosis *diagnosis, OptregChain *chain);
void optreg_diagnosis_add_after(OptregDiagnosis *diagnosis, OptregChain *chain);

/* Ask for memory. */
void optreg_diagnosis_request(OptregDiagnosis *diagnosis, size_t n_groups,
                              size_t n_tensors, size_t n_workers, OptregArena *scratch);

#endif
