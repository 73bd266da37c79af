/* SPDX-License-Identifier: MIT */
/* Steps of a trained optimizer on gradients that its training has seen.
 *
 * A block goes back to the recorded state and takes steps on the recorded gradients,
 * round and round: the first ones are those of the training, to the bit. */
#ifndef OPTREG_HARNESS_COST_REPLAY_H
#define OPTREG_HARNESS_COST_REPLAY_H

#include "recording.h"

typedef struct Replay Replay;

/* What is known about the steps. */
typedef struct ReplayFacts {
  uint64_t n_calls;   /* of step, in a block */
  uint64_t n_before;  /* calls before those, which are not timed */
  double bytes_moved; /* per parameter and call, as the plan says */
  uint64_t n_parameters;
  uint64_t state_bytes;
} ReplayFacts;

/* The trainer and the recording are borrowed. NULL when a step fails. */
Replay *replay_new(Trainer *trainer, const Recording *recording, GError **error);
void replay_free(Replay *replay);

const ReplayFacts *replay_facts(const Replay *replay);

/* Seconds of one call of step: the mean over a block, without the clock's own time and
 * that of handing over the next gradient. A block has whole windows of accumulation and
 * takes at least a millisecond. */
bool replay_block(Replay *replay, double *seconds, GError **error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(Replay, replay_free)

#endif
