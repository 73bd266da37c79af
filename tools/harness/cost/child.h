/* SPDX-License-Identifier: MIT */
/* An arm in the cost phase: records gradients, then takes blocks of steps when told. */
#ifndef OPTREG_HARNESS_COST_CHILD_H
#define OPTREG_HARNESS_COST_CHILD_H

#include "harness/trainer.h"
#include "support/status.h"

/* Speaks with a worker (worker.h) through stdin and stdout until stdin ends. The
 * trainer is at its beginning; the file `recording` is read where there is one, else
 * written after so many batches of training. */
Status cost_child_run(const Problem *problem, Trainer *trainer, uint64_t n_trained,
                      const char *recording, GError **error);

#endif
