/* SPDX-License-Identifier: MIT */
/* Times of blocks -> medians, ratios and their intervals. */
#ifndef OPTREG_HARNESS_COST_SUMMARY_H
#define OPTREG_HARNESS_COST_SUMMARY_H

#include "cost.h"

/* Seconds of a call in each block of each sitting, NaN where there is none, for each
 * subject: the arms in their order and then the control once more. Blocks 2 k and 2 k +
 * 1 of all subjects are a pair of rounds (order.h); sittings have processes of their
 * own, so memory that lies elsewhere. */
typedef struct CostTimes {
  size_t n_arms, n_sittings, n_blocks,
      control; /* blocks of a sitting: an even number */
  double *seconds;
} CostTimes;

CostTimes *cost_times_new(size_t n_arms, size_t n_sittings, size_t n_blocks,
                          size_t control);
void cost_times_free(CostTimes *times);

/* The number of subjects, and the place of a block. */
size_t cost_times_subjects(const CostTimes *times);
double *cost_times_at(const CostTimes *times, size_t subject, size_t sitting,
                      size_t block);

/* Fill in what follows from times: of each arm step_ns, ratio, interval and, with what
 * is in the task and its rows already (n_parameters, bytes_moved, gradient_ns), ns,
 * gigabytes_per_s and share; the noise of the task. An arm that lacks a block is left
 * as it was. */
void cost_summarize(const CostTimes *times, CostTask *task);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(CostTimes, cost_times_free)

#endif
