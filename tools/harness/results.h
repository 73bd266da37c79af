/* SPDX-License-Identifier: MIT */
/* What a comparison found: as numbers, as files. */
#ifndef OPTREG_HARNESS_RESULTS_H
#define OPTREG_HARNESS_RESULTS_H

#include "comparison.h"
#include "statistics/sample.h"

/* The complete runs of one arm together. */
typedef struct ArmSummary {
  const Arm *arm;
  size_t n_complete, n_diverged, n_lost;
  double train_loss; /* mean over the runs where it is finite; NaN without any */
  double accuracy_mean, accuracy_deviation;
  double model_ms, optimizer_ms; /* medians over the runs */
  uint64_t state_bytes;          /* the largest */
} ArmSummary;

ArmSummary results_summarize(const Comparison *comparison, size_t arm);

/* Test accuracy of `arm` minus that of `base`, over the seeds that both completed. */
PairedDifference results_pair(const Comparison *comparison, size_t base, size_t arm);

/* Write DIR/log.jsonl and DIR/results.json. */
bool results_write(const Comparison *comparison, GError **error);

#endif
