/* SPDX-License-Identifier: MIT */
/* The head: what happens to a gradient before the optimizer. No GLib here.
 *
 * A wrapper of the gradient does not run. It fills in terms of one formula
 * (OptregTerms), and one loop does the work of all. So a tensor alone, small tensors
 * together, a tensor that stays whole and a missing gradient go the same way. */
#ifndef OPTREG_CORE_HEAD_H
#define OPTREG_CORE_HEAD_H

#include "running/sweep.h"

/* Adjacent terms of a sweep, formed for one tensor in this call. */
typedef struct OptregHead {
  OptregTerms terms;
  size_t first, n_terms; /* stages of the sweep */
  OptregStageFunc look;  /* reads the gradient; NULL: nothing is asked */
  OptregStageFunc map; /* changes gradient and parameter; NULL: nothing is to change */
} OptregHead;

/* Of the terms that begin with stage `first` of the sweep. */
void optreg_head_form(OptregHead *head, const OptregSweep *sweep, size_t first,
                      const OptregTensor *tensor);

/* The same for another tensor that wrappers treat alike. */
void optreg_head_refill(OptregHead *head, const OptregSweep *sweep,
                        const OptregTensor *tensor);

/* A look at several tensors in one tile: the check of all, and the gradient as it is
 * to be summed. Returns what adds up the squares, tensor by tensor, of that. */
OptregStageFunc optreg_head_sum_apart(const OptregHead *head, const OptregSweep *sweep,
                                      OptregTile *tile);

/* As many zeros as a tile may have: the gradient that is missing. */
extern const double optreg_no_gradient[OPTREG_BLOCK];

static inline void
optreg_head_run(const OptregHead *head, OptregTile *tile)
{
  if (head->look != NULL) {
    head->look(&head->terms, tile);
  }
  if (head->map != NULL) {
    head->map(&head->terms, tile);
  }
}

#endif
