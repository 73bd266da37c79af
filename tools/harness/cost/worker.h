/* SPDX-License-Identifier: MIT */
/* A process in which one arm takes blocks of steps when it is told to. A plugin that
 * crashes or fails takes only its own process with it. */
#ifndef OPTREG_HARNESS_COST_WORKER_H
#define OPTREG_HARNESS_COST_WORKER_H

#include "cost.h"

typedef struct CostWorker CostWorker;

/* Which arm, and how. */
typedef struct CostWorkerPlace {
  const Comparison *comparison;
  size_t task, arm;
  bool is_again;              /* the control's second process */
  uint64_t n_trained;         /* steps of training before gradients are recorded */
  const char *const *command; /* what a run executes */
  const bool *is_interrupted; /* waiting ends when it becomes true */
} CostWorkerPlace;

/* A process that has begun to train, or to read what an earlier one of the arm has
 * recorded; the place must outlive it. */
CostWorker *cost_worker_start(const CostWorkerPlace *place);

/* Remove what was recorded. */
void cost_worker_forget(const CostWorkerPlace *place);

/* Ends the process. */
void cost_worker_free(CostWorker *worker);

/* Wait until the process is ready; fills in what is known about the arm by then.
 * False when it has failed or the wait was interrupted. */
bool cost_worker_prepare(CostWorker *worker, CostRow *row, uint64_t *n_parameters);

/* Seconds of a call in one block; false as above. */
bool cost_worker_block(CostWorker *worker, double *seconds);

/* Why it failed; NULL when it has not. */
const char *cost_worker_reason(const CostWorker *worker);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(CostWorker, cost_worker_free)

#endif
