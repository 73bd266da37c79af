/* SPDX-License-Identifier: MIT */
/* One run: a problem's weights, trained by one optimizer from one seed. */
#ifndef OPTREG_HARNESS_TRAINER_H
#define OPTREG_HARNESS_TRAINER_H

#include "problem.h"
#include "record.h"

#include <optreg/optreg.h>

typedef struct Trainer Trainer;

/* Batches that make one update. */
uint64_t trainer_accumulation_steps(const optreg_optimizer *optimizer);

/* Hand the problem's tensors and the number of planned batches to the optimizer and
 * build it. */
bool trainer_build(const Problem *problem, optreg_optimizer *optimizer,
                   uint64_t n_batches, float *const *weights, float *const *gradients,
                   GError **error);

/* Initial weights of `seed`, and the optimizer, not built yet, which is taken over also
 * when NULL is returned. Percentages in schedules are of `epochs`. The problem is the
 * caller's and outlives the trainer. */
Trainer *trainer_new(Problem *problem, optreg_optimizer *optimizer, uint32_t seed,
                     uint32_t epochs, GError **error);
void trainer_free(Trainer *trainer);

/* Train on every training example once, in an order that depends on the seed and the
 * number of the epoch only. Non-finite gradients that the optimizer gives up on end the
 * epoch early and are no error: see is_diverged in the next record. */
bool trainer_epoch(Trainer *trainer, GError **error);

/* Fill in a record, all but its arm, on the weights that would be deployed. The
 * training weights stay as they are. The record is final at `last_epoch` and when
 * training has diverged. */
bool trainer_measure(Trainer *trainer, uint32_t last_epoch, Record *record,
                     GError **error);

/* The training weights, a buffer for each tensor. */
const float *const *trainer_weights(const Trainer *trainer);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(Trainer, trainer_free)

#endif
