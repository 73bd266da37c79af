/* SPDX-License-Identifier: MIT */
/* Rows of `expect` against the means. */
#include "expect.h"

#include "statistics/sample.h"
#include "support/prose.h"

#include <math.h>

/* the metric over the complete runs of an arm */
static size_t
gather(const Comparison *comparison, const Expectation *row, size_t arm, double *values)
{
  size_t n = 0;

  for (size_t i = 0; i < comparison->experiment->n_seeds; i++) {
    const Run *run = comparison_run(comparison, row->task, arm, i);
    if (run_is_complete(run)) {
      values[n++] = comparison_value(comparison, run, row->split, row->metric);
    }
  }
  return n;
}

static double
mean_of(const Comparison *comparison, const Expectation *row, size_t arm)
{
  g_autofree double *values = g_new(double, comparison->experiment->n_seeds);
  return statistics_mean(values, gather(comparison, row, arm, values));
}

/* ---- what is measured ---- */

/* means of all arms: their ends, NaN as soon as one is */
static void
measure_arms(const Comparison *comparison, const Expectation *row,
             ExpectFinding *finding)
{
  g_autofree double *values = g_new(double, comparison->experiment->n_seeds);

  finding->low = INFINITY;
  finding->high = -INFINITY;
  finding->n = SIZE_MAX;
  for (guint i = 0; i < row->arms->len; i++) {
    const uint32_t arm = g_array_index(row->arms, uint32_t, i);
    const size_t n = gather(comparison, row, arm, values);
    const double mean = statistics_mean(values, n);
    finding->n = MIN(finding->n, n);
    finding->low = isfinite(mean) ? MIN(finding->low, mean) : NAN;
    finding->high = isfinite(mean) ? MAX(finding->high, mean) : NAN;
    finding->deviation = row->arms->len == 1 ? statistics_deviation(values, n) : NAN;
    if (!isfinite(mean)) {
      return;
    }
  }
}

static void
measure(const Comparison *comparison, const Expectation *row, ExpectFinding *finding)
{
  measure_arms(comparison, row, finding);
  if (row->kind == EXPECT_SPREAD) {
    finding->low = finding->high = finding->high - finding->low;
    finding->deviation = NAN;
  }
}

/* ---- what is permitted ---- */

/* how far one more run may be from the mean of n: both scatter */
static double
scatter_of(const ExpectFinding *finding)
{
  return finding->deviation * sqrt(1.0 + 1.0 / (double)finding->n);
}

static double
tolerance_of(const Expectation *row, const ExpectFinding *finding)
{
  const Tolerance *tolerance = &row->tolerance;
  double largest =
      fmax(tolerance->absolute, tolerance->relative * fabs(finding->value));

  /* one seed alone has no deviation */
  if (tolerance->deviations > 0.0 && isfinite(finding->deviation)) {
    largest = fmax(largest, tolerance->deviations * scatter_of(finding));
  }
  return largest;
}

static void
permit(const Comparison *comparison, const Expectation *row, ExpectFinding *finding)
{
  finding->value = row->like == EXPECT_NO_ARM ? row->value
                                              : mean_of(comparison, row, row->like);
  finding->least = row->least;
  finding->most = row->most;
  finding->tolerance = NAN;
  if (row->has_tolerance) {
    finding->tolerance = tolerance_of(row, finding);
    finding->least = fmax(finding->least, finding->value - finding->tolerance);
    finding->most = fmin(finding->most, finding->value + finding->tolerance);
  }
}

ExpectFinding
expect_find(const Comparison *comparison, const Expectation *row)
{
  ExpectFinding finding = { .deviation = NAN };

  measure(comparison, row, &finding);
  permit(comparison, row, &finding);
  /* false for what is not a number, on either side */
  finding.is_met = finding.low >= finding.least && finding.high <= finding.most
                   && (!row->has_tolerance || isfinite(finding.value));
  return finding;
}

size_t
expect_check(const Comparison *comparison, const Screen *screen, FILE *stream)
{
  const GArray *rows = comparison->experiment->expectations;
  size_t n_missed = 0;

  for (guint i = 0; i < rows->len; i++) {
    const Expectation *row = &g_array_index(rows, Expectation, i);
    const ExpectFinding finding = expect_find(comparison, row);
    g_autofree char *text = expect_describe(comparison, row, &finding);
    g_autofree char *line = g_strdup_printf("%s: %s", row->place, text);
    if (stream != NULL) {
      prose_print_line(line, screen, stream);
    }
    n_missed += !finding.is_met;
  }
  return n_missed;
}
