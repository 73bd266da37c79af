/* SPDX-License-Identifier: MIT */
/* How problems are read. */
#ifndef OPTREG_HARNESS_EXPERIMENT_TASK_PRIVATE_H
#define OPTREG_HARNESS_EXPERIMENT_TASK_PRIVATE_H

#include "document.h"
#include "experiment.h"

/* Read `problem`, `problems` or `suite`, with budget, metric and batch_size, which may
 * also stand for all problems at once, into experiment->tasks. */
bool tasks_read(Experiment *experiment, const Document *document, const ProblemSet *set,
                GError **error);

void task_free(Task *task);

/* Read `budget` and `metric` of a problem or of all; NULL leaves the task as it is. */
bool task_read_budget(Task *task, const Document *document, const OptregNode *node,
                      GError **error);
bool task_read_decision(Task *task, const Document *document, const OptregNode *node,
                        GError **error);

/* Turn the error of another module, which is freed, into one with the place of the
 * node. Always false. */
bool task_locate(const Document *document, const OptregNode *node, GError *failure,
                 GError **error);

/* The row of a metric of the task and a split; nodes may be NULL. */
bool task_read_metric(const Task *task, const Document *document,
                      const OptregNode *name, const OptregNode *split, size_t *metric,
                      Split *place, GError **error);

#endif
