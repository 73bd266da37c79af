/* SPDX-License-Identifier: MIT */
/* Costs in words. */
#include "words.h"

#include "support/format.h"

#include <math.h>

/* above this share of the processors, others disturb the measurement */
#define MOST_OTHERS 0.05

static const char *
name_of(const Comparison *comparison, size_t arm)
{
  return arm_name(experiment_arm(comparison->experiment, arm));
}

char *
cost_words_ratio(const CostRow *row)
{
  if (!isfinite(row->ratio)) {
    return g_strdup("-");
  }
  return row->interval.low == row->interval.high
             ? g_strdup_printf("%.3g", row->ratio)
             : g_strdup_printf("%.3f [%.3f, %.3f]", row->ratio, row->interval.low,
                               row->interval.high);
}

static char *
describe_ratio(const Comparison *comparison, const CostTask *task, size_t arm)
{
  const CostRow *row = &task->rows[arm];
  const char *control = name_of(comparison, comparison->experiment->control);
  g_autofree char *ratio = cost_words_ratio(row);

  if (cost_is_within_noise(task, row)) {
    return g_strdup_printf("%s: a step takes %s times as long as one of %s, which is "
                           "within the noise floor of %.1f %%: no difference",
                           name_of(comparison, arm), ratio, control,
                           100.0 * task->noise_floor);
  }
  return g_strdup_printf("%s: a step takes %s times as long as one of %s",
                         name_of(comparison, arm), ratio, control);
}

char *
cost_words_arm(const Comparison *comparison, const CostTask *task, size_t arm)
{
  const CostRow *row = &task->rows[arm];

  if (!cost_row_is_measured(row)) {
    return g_strdup_printf("%s: cost not measured: %s", name_of(comparison, arm),
                           row->reason != NULL ? row->reason : "interrupted");
  }
  if (arm == comparison->experiment->control) {
    return NULL;
  }
  return isfinite(row->ratio)
             ? describe_ratio(comparison, task, arm)
             : g_strdup_printf("%s: there is no control to compare its cost with",
                               name_of(comparison, arm));
}

static char *
describe_others(const CostTask *task)
{
  return task->others > MOST_OTHERS ? g_strdup_printf(
             " Other programs had %.0f %% of the processors meanwhile; "
             "on a machine at rest the floor is lower.",
             100.0 * task->others)
                                    : g_strdup("");
}

char *
cost_words_noise(const Comparison *comparison, const CostTask *task)
{
  const char *control = name_of(comparison, comparison->experiment->control);
  g_autofree char *others = describe_others(task);

  if (!isfinite(task->noise_floor)) {
    return g_strdup_printf("The noise of %s against itself is not known.%s", control,
                           others);
  }
  return g_strdup_printf(
      "Noise: %s against itself, in another process, in the same turns: %.3f [%.3f, "
      "%.3f]; ratios within %.1f %% of 1 are no difference.%s",
      control, task->noise, task->noise_interval.low, task->noise_interval.high,
      100.0 * task->noise_floor, others);
}
