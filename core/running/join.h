/* SPDX-License-Identifier: MIT */
/* Adjacent stages of the core as one function. No GLib here.
 *
 * A stage that changes or looks at the gradient element by element, or shrinks the
 * parameter, can say what it does as terms of one fixed form (OptregTerms). Where all
 * the leading stages of a sweep can, one loop does the work of all, with the same bits.
 */
#ifndef OPTREG_CORE_JOIN_H
#define OPTREG_CORE_JOIN_H

#include "running/sweep.h"

/* The leading stages of a sweep, joined for one tensor. */
typedef struct OptregJoined {
  OptregTerms terms;
  OptregStageFunc run; /* its first argument is the terms */
  size_t n_stages;     /* 0: nothing is joined */
} OptregJoined;

/* What can be joined for this tensor in this call. */
OptregJoined optreg_join(const OptregSweep *sweep, const OptregTensor *tensor);

/* Do it to a tile; returns how many stages are done thereby. */
size_t optreg_joined_run(const OptregJoined *joined, OptregTile *tile);

#endif
