/* SPDX-License-Identifier: MIT */
/* Rows of `expect` against the means. */
#include "expect.h"

#include "wording.h"

#include <math.h>

/* over the complete runs; NaN without any, and when one is not finite */
static double
mean_of(const Comparison *comparison, const Expectation *row)
{
  double sum = 0.0;
  size_t n = 0;

  for (size_t i = 0; i < comparison->experiment->n_seeds; i++) {
    const Run *run = comparison_run(comparison, row->task, row->arm, i);
    if (run_is_complete(run)) {
      sum += run->last.values[row->split][row->metric];
      n++;
    }
  }
  return n > 0 ? sum / (double)n : NAN;
}

static bool
check(const Comparison *comparison, const Expectation *row, FILE *stream)
{
  const Task *task = experiment_task(comparison->experiment, row->task);
  size_t n;
  const ProblemMetric *metric = problem_metrics(task->class, &n) + row->metric;
  const double mean = mean_of(comparison, row);
  const bool is_met = fabs(mean - row->value) <= row->tolerance;
  g_autofree char *is = wording_value(metric, mean);
  g_autofree char *expected = wording_value(metric, row->value);
  g_autofree char *tolerance = wording_value(metric, row->tolerance);

  fprintf(stream, "%s: %s on %s: %s %s %s, expected %s to within %s: %s\n", row->place,
          arm_name(experiment_arm(comparison->experiment, row->arm)), task->name,
          split_name(row->split), metric->name, is, expected, tolerance,
          is_met ? "met" : "missed");
  return is_met;
}

size_t
expect_check(const Comparison *comparison, FILE *stream)
{
  const GArray *rows = comparison->experiment->expectations;
  size_t n_missed = 0;

  for (guint i = 0; i < rows->len; i++) {
    n_missed += !check(comparison, &g_array_index(rows, Expectation, i), stream);
  }
  return n_missed;
}
