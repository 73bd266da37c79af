/* SPDX-License-Identifier: MIT */
/* What a step of each arm costs, measured by a phase of its own (phase.h) and kept in
 * DIR/cost.json. */
#ifndef OPTREG_HARNESS_COST_COST_H
#define OPTREG_HARNESS_COST_COST_H

#include "harness/comparison.h"
#include "harness/statistics/sign_flip.h"

/* Intervals hold the number in 1 - COST_ALPHA of cases. */
#define COST_ALPHA 0.05

/* Of an arm on a problem; numbers that are not known are NaN. */
typedef struct CostRow {
  char *reason;           /* why there are no numbers, or NULL */
  double step_ns;         /* of one call of step: the median over blocks */
  double ns;              /* per parameter */
  double state_bytes;     /* per parameter */
  double bytes_moved;     /* per parameter and call, as the optimizer's plan says */
  double gigabytes_per_s; /* of these */
  double gradient_ns;     /* of the gradient of a batch, in training */
  double share;           /* of a training step, gradient and step together */
  double ratio;           /* time of a step over the control's: median over pairs of
                             blocks; 1 for the control itself */
  Interval interval;      /* of the ratio */
  uint64_t trained;       /* steps of training before the recorded ones */
  uint64_t n_recorded;    /* gradients that are gone through again and again */
  uint64_t n_calls;       /* of step, in each block */
} CostRow;

/* Of a problem. */
typedef struct CostTask {
  size_t n_arms;
  uint64_t n_parameters;
  size_t n_blocks;         /* of each arm */
  double noise;            /* the control over itself, in a process of its own */
  Interval noise_interval; /* of that */
  double noise_floor; /* how far from 1 the ends of the interval are, as a factor - 1 */
  double others;      /* share of the processors that other programs had meanwhile */
  char *machine;      /* the CPU it was measured on */
  CostRow *rows;      /* for each arm */
} CostTask;

typedef struct Cost {
  size_t n_tasks, n_arms;
  CostTask **tasks; /* NULL where nothing was measured */
} Cost;

/* With nothing measured. */
Cost *cost_new(const Comparison *comparison);
void cost_free(Cost *cost);

/* A task where no arm is measured yet. */
CostTask *cost_task_new(size_t n_arms);
void cost_task_free(CostTask *task);

/* What is known about a task; NULL when nothing is, or `cost` is NULL. */
const CostTask *cost_task(const Cost *cost, size_t task);

bool cost_row_is_measured(const CostRow *row);

/* Whether every arm of the task is measured. */
bool cost_task_is_complete(const Cost *cost, size_t task);

/* The ratio is no farther from 1 than what the control shows against itself. */
bool cost_is_within_noise(const CostTask *task, const CostRow *row);

/* What cost.json in the folder says about these arms as they are: where plugin,
 * configuration, problem or budget of an arm are others than when it was measured, its
 * row is not measured, and where those of the control are, the task. NULL when there is
 * nothing. */
Cost *cost_read(const Comparison *comparison);
bool cost_write(const Comparison *comparison, const Cost *cost, GError **error);

/* What that file says about a task, as an object. */
void cost_add_task(JsonBuilder *builder, const Comparison *comparison, size_t index,
                   const CostTask *task);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(Cost, cost_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC(CostTask, cost_task_free)

#endif
