/* SPDX-License-Identifier: MIT */
/* Shares of targets reached. */
#include "ecdf.h"

#include "analysis.h"
#include "statistics/sample.h"
#include "statistics/target.h"

#include <math.h>

/* a run's clock and the metric that decides */
typedef struct Curve {
  size_t arm, n;
  double *clock, *values;
} Curve;

static void
clear_curve(void *data)
{
  Curve *curve = data;

  g_free(curve->clock);
  g_free(curve->values);
}

static Curve
read_curve(const Comparison *comparison, const Run *run)
{
  const Task *task = experiment_task(comparison->experiment, run->task);
  g_autoptr(GArray) records = comparison_read_records(comparison, run);
  Curve curve = { .arm = run->arm,
                  .n = records->len,
                  .clock = g_new(double, MAX(records->len, 1)),
                  .values = g_new(double, MAX(records->len, 1)) };

  for (guint i = 0; i < records->len; i++) {
    const Record *record = &g_array_index(records, Record, i);
    curve.clock[i] = record->elapsed_s;
    curve.values[i] = record->values[task->split][task->metric];
  }
  return curve;
}

static GArray *
read_curves(const Comparison *comparison, size_t task)
{
  GArray *curves = g_array_new(FALSE, FALSE, sizeof(Curve));

  g_array_set_clear_func(curves, clear_curve);
  for (size_t arm = 0; arm < comparison_n_arms(comparison); arm++) {
    for (size_t i = 0; i < comparison->experiment->n_seeds; i++) {
      const Run *run = comparison_run(comparison, task, arm, i);
      if (run != NULL && run_is_complete(run)) {
        const Curve curve = read_curve(comparison, run);
        g_array_append_val(curves, curve);
      }
    }
  }
  return curves;
}

/* median over the curves of an arm, or of all (arm -1), at their begin or end */
static double
median_of(const GArray *curves, gssize arm, bool at_end)
{
  g_autofree double *values = g_new(double, MAX(curves->len, 1));
  size_t n = 0;

  for (guint i = 0; i < curves->len; i++) {
    const Curve *curve = &g_array_index(curves, Curve, i);
    const double value = curve->n > 0 ? curve->values[at_end ? curve->n - 1 : 0] : NAN;
    if (isfinite(value) && (arm < 0 || curve->arm == (size_t)arm)) {
      values[n++] = value;
    }
  }
  return statistics_median(values, n);
}

static bool
choose_targets(const GArray *curves, size_t n_arms, double direction, double *targets)
{
  const double first = median_of(curves, -1, false);
  double best = -INFINITY;

  for (size_t arm = 0; arm < n_arms; arm++) {
    best = fmax(best, direction * median_of(curves, (gssize)arm, true));
  }
  if (!isfinite(first) || best <= direction * first) {
    return false;
  }
  target_ladder(first, direction * best, ECDF_TARGETS, targets);
  return true;
}

/* from the first record behind the start to the longest run */
static bool
choose_clocks(const GArray *curves, double *clocks)
{
  double first = INFINITY, last = 0.0;

  for (guint i = 0; i < curves->len; i++) {
    const Curve *curve = &g_array_index(curves, Curve, i);
    first = curve->n > 1 ? fmin(first, curve->clock[1]) : first;
    last = curve->n > 1 ? fmax(last, curve->clock[curve->n - 1]) : last;
  }
  if (!(first > 0.0) || last <= first) {
    return false;
  }
  target_ladder(first, last, ECDF_POINTS, clocks);
  return true;
}

static void
fill_shares(Ecdf *ecdf, const GArray *curves, size_t arm, bool more_is_better)
{
  g_autofree TargetTime *times = g_new(TargetTime, MAX(curves->len, 1) * ECDF_TARGETS);
  size_t n = 0;

  for (guint i = 0; i < curves->len; i++) {
    const Curve *curve = &g_array_index(curves, Curve, i);
    for (size_t t = 0; curve->arm == arm && curve->n > 0 && t < ECDF_TARGETS; t++) {
      times[n++] = target_time(curve->clock, curve->values, curve->n, ecdf->targets[t],
                               more_is_better);
    }
  }
  for (size_t i = 0; i < ECDF_POINTS; i++) {
    ecdf->shares[arm * ECDF_POINTS + i] = target_share(times, n, ecdf->clocks[i]);
  }
}

Ecdf *
ecdf_new(const Comparison *comparison, size_t task)
{
  const double direction =
      analysis_direction(experiment_task(comparison->experiment, task));
  const size_t n_arms = comparison_n_arms(comparison);
  g_autoptr(GArray) curves = read_curves(comparison, task);
  g_autoptr(Ecdf) ecdf = g_new0(Ecdf, 1);

  if (!choose_targets(curves, n_arms, direction, ecdf->targets)
      || !choose_clocks(curves, ecdf->clocks)) {
    return NULL;
  }
  ecdf->shares = g_new(double, n_arms *ECDF_POINTS);
  for (size_t arm = 0; arm < n_arms; arm++) {
    fill_shares(ecdf, curves, arm, direction > 0.0);
  }
  return g_steal_pointer(&ecdf);
}

void
ecdf_free(Ecdf *ecdf)
{
  if (ecdf != NULL) {
    g_free(ecdf->shares);
    g_free(ecdf);
  }
}
