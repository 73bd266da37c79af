/* SPDX-License-Identifier: MIT */
/* Runs as curves. */
#include "run_curves.h"

#include "harness/wording.h"

#include <math.h>
#include <string.h>

static void
number_clear(void *data)
{
  g_free(((CurveNumber *)data)->name);
}

static void
curve_clear(void *data)
{
  Curve *curve = data;

  for (size_t i = 0; i < N_CLOCKS; i++) {
    g_free(curve->clocks[i]);
  }
  for (size_t i = 0; curve->values[i] != NULL; i++) {
    g_free(curve->values[i]);
  }
  g_free(curve->values);
}

const char *
run_curves_clock_name(CurveClock clock)
{
  static const char *const names[N_CLOCKS] = { "step", "epoch", "seconds of training" };

  return names[clock];
}

/* ---- numbers ---- */

static void
add_number(GArray *numbers, const ProblemMetric *metrics, Split split, size_t metric)
{
  const bool is_share = (metrics[metric].flags & OPTREG_PROBLEM_SHARE) != 0;
  const CurveNumber number = { .name = g_strdup_printf("%s %s%s", split_name(split),
                                                       metrics[metric].name,
                                                       is_share ? " (%)" : ""),
                               .factor = is_share ? 100.0 : 1.0,
                               .split = split,
                               .metric = metric };

  g_array_append_val(numbers, number);
}

/* the one that decides first */
static GArray *
list_numbers(const Task *task)
{
  GArray *numbers = g_array_new(FALSE, FALSE, sizeof(CurveNumber));
  const CurveNumber batch_loss = { .name = g_strdup("loss of the batches"),
                                   .factor = 1.0,
                                   .is_batch_loss = true };
  size_t n;
  const ProblemMetric *metrics = problem_metrics(task->class, &n);

  g_array_set_clear_func(numbers, number_clear);
  add_number(numbers, metrics, task->split, task->metric);
  for (size_t metric = 0; metric < MIN(n, (size_t)RECORD_MOST_METRICS); metric++) {
    for (size_t split = 0; split < N_SPLITS; split++) {
      if (metric != task->metric || split != task->split) {
        add_number(numbers, metrics, (Split)split, metric);
      }
    }
  }
  g_array_append_val(numbers, batch_loss);
  return numbers;
}

/* ---- runs ---- */

static double
number_of(const CurveNumber *number, const Record *record)
{
  return number->factor
         * (number->is_batch_loss ? record->batch_loss
                                  : record->values[number->split][number->metric]);
}

static Curve
read_curve(const Comparison *comparison, const Run *run, const GArray *numbers)
{
  g_autoptr(GArray) records = comparison_read_records(comparison, run);
  const size_t room = MAX(records->len, 1);
  Curve curve = { .run = run,
                  .n = records->len,
                  .values = g_new0(double *, numbers->len + 1) };

  for (size_t i = 0; i < N_CLOCKS; i++) {
    curve.clocks[i] = g_new(double, room);
  }
  for (guint k = 0; k < numbers->len; k++) {
    curve.values[k] = g_new(double, room);
  }
  for (guint i = 0; i < records->len; i++) {
    const Record *record = &g_array_index(records, Record, i);
    curve.clocks[CLOCK_STEP][i] = (double)record->step;
    curve.clocks[CLOCK_EPOCH][i] = record->epoch;
    curve.clocks[CLOCK_SECOND][i] = record->elapsed_s;
    for (guint k = 0; k < numbers->len; k++) {
      curve.values[k][i] = number_of(&g_array_index(numbers, CurveNumber, k), record);
    }
  }
  return curve;
}

RunCurves *
run_curves_read(const Comparison *comparison, size_t task)
{
  RunCurves *curves = g_new(RunCurves, 1);

  curves->numbers = list_numbers(experiment_task(comparison->experiment, task));
  curves->curves = g_array_new(FALSE, FALSE, sizeof(Curve));
  g_array_set_clear_func(curves->curves, curve_clear);
  for (size_t arm = 0; arm < comparison_n_arms(comparison); arm++) {
    for (size_t i = 0; i < comparison->experiment->n_seeds; i++) {
      const Run *run = comparison_run(comparison, task, arm, i);
      if (run != NULL && run_is_complete(run)) {
        const Curve curve = read_curve(comparison, run, curves->numbers);
        g_array_append_val(curves->curves, curve);
      }
    }
  }
  return curves;
}

void
run_curves_free(RunCurves *curves)
{
  if (curves != NULL) {
    g_array_unref(curves->curves);
    g_array_unref(curves->numbers);
    g_free(curves);
  }
}

const Curve *
run_curves_find(const RunCurves *curves, size_t arm, uint32_t seed)
{
  for (guint i = 0; i < curves->curves->len; i++) {
    const Curve *curve = &g_array_index(curves->curves, Curve, i);
    if (curve->run->arm == arm && curve->run->seed == seed) {
      return curve;
    }
  }
  return NULL;
}

Trace
run_curves_run(const Curve *curve, size_t number, CurveClock clock)
{
  g_autofree char *label = g_strdup_printf("seed %u", curve->run->seed);
  Trace trace = trace_new(TRACE_SEED, curve->run->arm, label, curve->n, false);

  memcpy(trace.x, curve->clocks[clock], curve->n * sizeof(double));
  memcpy(trace.y, curve->values[number], curve->n * sizeof(double));
  return trace;
}
