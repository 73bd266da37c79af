/* SPDX-License-Identifier: MIT */
/* A place in an arm's training: its state there, and the gradients that come next. */
#ifndef OPTREG_HARNESS_COST_RECORDING_H
#define OPTREG_HARNESS_COST_RECORDING_H

#include "harness/trainer.h"

enum { RECORDING_MOST = 8 };

typedef struct Recording {
  const Problem *problem;
  GBytes *state;   /* of the trainer; NULL: the optimizer cannot save */
  float **weights; /* then these are what there is to go back to */
  float **gradients[RECORDING_MOST]; /* all finite, a buffer for each tensor */
  uint64_t n_gradients;
  uint64_t trained;  /* steps before them */
  double gradient_s; /* that the gradient of a batch has taken: the median */
} Recording;

/* Train for `n_trained` batches, then record. Where training has come to gradients that
 * are not finite, the first ones of the training are taken instead. The trainer is at
 * its beginning. NULL when no gradient is finite, or a step fails. */
Recording *recording_take(Trainer *trainer, uint64_t n_trained, GError **error);
void recording_free(Recording *recording);

/* Bring a trainer of the same problem and optimizer to the recorded state. */
bool recording_go_back(const Recording *recording, Trainer *trainer, GError **error);

/* To a file and back, on the same machine; without a state nothing is written. NULL
 * when there is no such file, or one of another problem. */
bool recording_write(const Recording *recording, const char *path, GError **error);
Recording *recording_read(const Problem *problem, const char *path);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(Recording, recording_free)

#endif
