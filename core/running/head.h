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
  OptregStageFunc look; /* reads the gradient; NULL: nothing is asked */
  OptregStageFunc map;  /* changes gradient and parameter; NULL: nothing is to change */
} OptregHead;

/* Of the terms that begin with stage `first` of the sweep. */
void optreg_head_form(OptregHead *head, const OptregSweep *sweep, size_t first,
                      const OptregTensor *tensor);

/* Looking in two parts: the check of many tensors at once, the squares of each. Either
 * may be NULL. */
OptregStageFunc optreg_head_check(const OptregHead *head, const OptregSweep *sweep,
                                  OptregType type);
OptregStageFunc optreg_head_squares(const OptregHead *head, const OptregSweep *sweep,
                                    OptregType type);

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
