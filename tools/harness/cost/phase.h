/* SPDX-License-Identifier: MIT */
/* The cost phase: on each problem all arms take steps on gradients of their own
 * training, in turn, while nothing else of ours runs on the machine. */
#ifndef OPTREG_HARNESS_COST_PHASE_H
#define OPTREG_HARNESS_COST_PHASE_H

#include "cost.h"

/* sittings, which have processes of their own, and blocks of each arm in one of them */
enum {
  COST_SITTINGS = 9,
  COST_BLOCKS = 24,
  COST_LEAST_BLOCKS = 2,
  COST_MOST_BLOCKS = 100000
};

typedef struct CostOptions {
  const char *const *command; /* what a run executes */
  size_t n_blocks;            /* of each arm in a sitting; an odd number is one more */
} CostOptions;

/* Measure the tasks that cost.json in the folder does not tell all about, and write it
 * after each. Waits until no other comparison of this user trains or measures. False
 * with an error when the file cannot be written, without one when interrupted by
 * SIGINT, SIGTERM or SIGHUP. */
bool cost_measure(const Comparison *comparison, const CostOptions *options,
                  GError **error);

#endif
