/* SPDX-License-Identifier: MIT */
/* Inside of a trainer. */
#ifndef OPTREG_HARNESS_TRAINER_PRIVATE_H
#define OPTREG_HARNESS_TRAINER_PRIVATE_H

#include "trainer.h"

struct Trainer {
  Problem *problem;
  optreg_optimizer *optimizer;
  TrainerPlan plan;
  float **weights, **gradients, **view;
  uint32_t seed;
  uint64_t batches, measured_at; /* the latter: when the last record was taken */
  double loss_sum, example_sum;  /* since then */
  double model_s, optimizer_s;
  DiagnosticsSum diagnostics; /* since the last record */
  bool is_measured, is_diverged;
  char reason[RECORD_REASON_SIZE];
};

#endif
