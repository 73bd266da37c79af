/* SPDX-License-Identifier: MIT */
/* An optimizer that runs on copies of a live one's parameters. */
#ifndef OPTREG_CORE_CANDIDATE_H
#define OPTREG_CORE_CANDIDATE_H

#include "optimizer.h"
#include "shadow/contrast.h"

typedef struct OptregCandidate {
  optreg_optimizer *optimizer;
  char *name;
  optreg_error *failure; /* of its last step, or NULL */
  OptregContrastTable table;
  optreg_shadow_report report; /* its contrasts lie in the table */
} OptregCandidate;

/* Build `optimizer` over the copies of the live one's parameters, and take it over
 * unless NULL is returned. */
OptregCandidate *optreg_candidate_new(const optreg_optimizer *live,
                                      const OptregCopies *copies, const char *name,
                                      optreg_optimizer *optimizer, GError **error);
void optreg_candidate_free(OptregCandidate *candidate);

/* One step on the copies, which hold the weights before the live step, with the
 * gradients and the loss scale of that. [no allocation, but for the message of a
 * failure] */
optreg_status optreg_candidate_step(OptregCandidate *candidate,
                                    const OptregEngine *live, double loss_scale);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(OptregCandidate, optreg_candidate_free)

#endif
