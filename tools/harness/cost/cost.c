/* SPDX-License-Identifier: MIT */
/* Costs of arms: made, freed, asked. */
#include "cost.h"

#include <math.h>

Cost *
cost_new(const Comparison *comparison)
{
  Cost *cost = g_new0(Cost, 1);

  cost->n_tasks = comparison_n_tasks(comparison);
  cost->n_arms = comparison_n_arms(comparison);
  cost->tasks = g_new0(CostTask *, cost->n_tasks);
  return cost;
}

void
cost_free(Cost *cost)
{
  if (cost == NULL) {
    return;
  }
  for (size_t i = 0; i < cost->n_tasks; i++) {
    cost_task_free(cost->tasks[i]);
  }
  g_free(cost->tasks);
  g_free(cost);
}

CostTask *
cost_task_new(size_t n_arms)
{
  const CostRow unknown = { .step_ns = NAN,
                            .ns = NAN,
                            .state_bytes = NAN,
                            .bytes_moved = NAN,
                            .gigabytes_per_s = NAN,
                            .gradient_ns = NAN,
                            .share = NAN,
                            .ratio = NAN,
                            .interval = { NAN, NAN } };
  CostTask *task = g_new0(CostTask, 1);

  task->n_arms = n_arms;
  task->noise = task->noise_floor = task->others = NAN;
  task->noise_interval = (Interval){ NAN, NAN };
  task->rows = g_new(CostRow, n_arms);
  for (size_t i = 0; i < n_arms; i++) {
    task->rows[i] = unknown;
  }
  return task;
}

void
cost_task_free(CostTask *task)
{
  if (task != NULL) {
    for (size_t i = 0; i < task->n_arms; i++) {
      g_free(task->rows[i].reason);
    }
    g_free(task->rows);
    g_free(task->machine);
    g_free(task);
  }
}

const CostTask *
cost_task(const Cost *cost, size_t task)
{
  return cost != NULL ? cost->tasks[task] : NULL;
}

bool
cost_row_is_measured(const CostRow *row)
{
  return isfinite(row->step_ns);
}

bool
cost_task_is_complete(const Cost *cost, size_t index)
{
  const CostTask *task = cost_task(cost, index);

  for (size_t i = 0; task != NULL && i < task->n_arms; i++) {
    if (!cost_row_is_measured(&task->rows[i])) {
      return false;
    }
  }
  return task != NULL;
}

bool
cost_is_within_noise(const CostTask *task, const CostRow *row)
{
  return fmax(row->ratio, 1.0 / row->ratio) <= 1.0 + task->noise_floor;
}
