/* SPDX-License-Identifier: MIT */
/* One run: a problem's weights, trained by one optimizer from one seed.
 *
 *   while (!trainer_is_done(trainer)) {
 *     trainer_step(trainer, &error);
 *     if (trainer_is_due(trainer)) {
 *       trainer_measure(trainer, &record, &error);
 *     }
 *   }
 */
#ifndef OPTREG_HARNESS_TRAINER_H
#define OPTREG_HARNESS_TRAINER_H

#include "problem.h"
#include "record.h"

#include <optreg/optreg.h>

typedef struct Trainer Trainer;

/* How long to train. */
typedef struct TrainerPlan {
  uint64_t n_batches; /* 0: until the clock says so */
  double seconds;     /* of training, when n_batches is 0 */
  uint64_t interval;  /* batches between two records, > 0; with a budget in seconds also
                         a hundredth of it is between them */
  bool diagnoses;     /* records say what the optimizer did (docs/diagnostics.md) */
} TrainerPlan;

/* Records at every epoch, but at most 100, and 10 in runs below two epochs. */
uint64_t trainer_interval(const Problem *problem, uint64_t n_batches);

/* Hand the problem's tensors and the number of planned batches (0: not known, so that
 * percentages in schedules are an error) to the optimizer and build it. */
bool trainer_build(const Problem *problem, optreg_optimizer *optimizer,
                   uint64_t n_batches, float *const *weights, float *const *gradients,
                   GError **error);

/* Initial weights of `seed`, and the optimizer, not built yet, which is taken over also
 * when NULL is returned. The problem is the caller's and outlives the trainer. */
Trainer *trainer_new(Problem *problem, optreg_optimizer *optimizer, uint32_t seed,
                     const TrainerPlan *plan, GError **error);
void trainer_free(Trainer *trainer);

/* Let a candidate shadow the optimizer (docs/shadows.md): it steps with it on copies of
 * the weights, and records say how. Taken over, also when false is returned. Before the
 * first step; at most RECORD_MOST_SHADOWS. */
bool trainer_shadow(Trainer *trainer, const char *name, optreg_optimizer *candidate,
                    GError **error);

/* Train on the next batch. Gradients that are not finite and that the optimizer gives
 * up on are no error: the run is done, and its last record says so. */
bool trainer_step(Trainer *trainer, GError **error);

/* The budget is used up, or training has diverged. */
bool trainer_is_done(const Trainer *trainer);

/* A record is to be taken: at the start, every interval, and at the end. */
bool trainer_is_due(const Trainer *trainer);

/* Fill in a record on the weights that would be deployed. The training weights stay as
 * they are. A training loss that is not finite ends the run. */
bool trainer_measure(Trainer *trainer, Record *record, GError **error);

/* All that the run needs to go on, with the same bits: weights, the optimizer's
 * checkpoint, counters, clocks. `key` says whose it is, `log_length` how long the log
 * was. */
GBytes *trainer_save(const Trainer *trainer, const char *key, uint64_t log_length,
                     GError **error);

/* Go on from there; *log_length receives what was given to trainer_save. False, with
 * the trainer as it was, when the state is of another key, of a log longer than
 * `most_length`, or damaged. */
bool trainer_restore(Trainer *trainer, GBytes *state, const char *key,
                     uint64_t *log_length, uint64_t most_length, GError **error);

/* The training weights, a buffer for each tensor. */
const float *const *trainer_weights(const Trainer *trainer);

/* The optimizer; it stays the trainer's. */
const optreg_optimizer *trainer_optimizer(const Trainer *trainer);

/* Gradients taken so far. */
uint64_t trainer_batches(const Trainer *trainer);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(Trainer, trainer_free)

#endif
