/* SPDX-License-Identifier: MIT */
/* Inside of a trainer. */
#ifndef OPTREG_HARNESS_TRAINER_PRIVATE_H
#define OPTREG_HARNESS_TRAINER_PRIVATE_H

#include "trainer.h"

/* What a candidate did since the last record. */
typedef struct ShadowSums {
  uint64_t n;                         /* steps in which both moved the weights */
  double cosine, square, live_square; /* of these; squares of the updates' RMS */
  double decrease, live_decrease;     /* of these */
  double ns, live_ns;                 /* of all steps */
} ShadowSums;

struct Trainer {
  Problem *problem;
  optreg_optimizer *optimizer;
  TrainerPlan plan;
  float **weights, **gradients, **view;
  uint32_t seed;
  uint64_t batches, measured_at; /* the latter: when the last record was taken */
  double loss_sum, example_sum;  /* since then */
  double model_s, optimizer_s;
  double measured_s; /* their sum at the last record, or when the run was resumed */
  DiagnosticsSum diagnostics; /* since the last record */
  bool is_measured, is_diverged;
  char reason[RECORD_REASON_SIZE];
  optreg_shadow *shadow; /* NULL without candidates */
  size_t n_candidates;
  ShadowSums sums[RECORD_MOST_SHADOWS];
};

/* Percentages are of a number of updates, which a budget in seconds cannot tell. */
bool trainer_refuse_percentages(const optreg_optimizer *optimizer, GError **error);

/* After a step with candidates: add up what they did; returns how long the optimizer's
 * own part took, in seconds. */
double trainer_note_shadows(Trainer *trainer);

/* Into a record, and begin anew. */
void trainer_fill_shadows(Trainer *trainer, Record *record);

#endif
