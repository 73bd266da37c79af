/* SPDX-License-Identifier: MIT */
/* RunCurves of means: of an arm, and of what two arms differ in. */
#include "sampled.h"
#include "run_curves.h"

#include "harness/statistics/sample.h"
#include "harness/statistics/sign_flip.h"

#include <math.h>
#include <stdint.h>
#include <string.h>

enum { LEAST_FOR_BAND = 3 };

/* stands for the clock among the numbers */
#define SECONDS SIZE_MAX

/* a sign-flip interval looks at up to half a million flips: for so many points */
enum { MOST_INTERVALS = 80 };

static const double band_share = 0.1; /* of the runs on either side of the band */

static Sampled
sample(const Curve *curve, CurveClock clock, const double *values)
{
  return (Sampled){ curve->clocks[clock], values, curve->n };
}

/* a number of an arm's runs by the clock; SECONDS is one of them */
static size_t
gather(const RunCurves *curves, size_t arm, size_t number, CurveClock clock,
       Sampled *samples)
{
  size_t n = 0;

  for (guint i = 0; i < curves->curves->len; i++) {
    const Curve *curve = &g_array_index(curves->curves, Curve, i);
    if (curve->run->arm == arm) {
      samples[n++] = sample(curve, clock,
                            number == SECONDS ? curve->clocks[CLOCK_SECOND]
                                              : curve->values[number]);
    }
  }
  return n;
}

static void
average(Trace *trace, size_t i, const Sampled *samples, size_t n, double *values)
{
  for (size_t k = 0; k < n; k++) {
    values[k] = sampled_at(&samples[k], trace->x[i]);
  }
  trace->y[i] = statistics_mean(values, n);
  if (trace->low != NULL) {
    const bool is_finite = isfinite(trace->y[i]);
    trace->low[i] = is_finite ? statistics_quantile(values, n, band_share) : NAN;
    trace->high[i] = is_finite ? statistics_quantile(values, n, 1.0 - band_share) : NAN;
  }
}

static Trace
average_by(const RunCurves *curves, size_t arm, size_t number, CurveClock clock)
{
  g_autofree Sampled *samples = g_new(Sampled, MAX(curves->curves->len, 1));
  const size_t n = gather(curves, arm, number, clock, samples);
  g_autofree double *values = g_new(double, MAX(n, 1));
  size_t n_places;
  g_autofree double *places = sampled_places(samples, n, &n_places);
  Trace trace = trace_new(TRACE_LINE, arm, "", n_places, n >= LEAST_FOR_BAND);

  for (size_t i = 0; i < n_places; i++) {
    trace.x[i] = places[i];
    average(&trace, i, samples, n, values);
  }
  return trace;
}

Trace
run_curves_mean(const RunCurves *curves, size_t arm, size_t number, CurveClock clock)
{
  if (clock != CLOCK_SECOND) {
    return average_by(curves, arm, number, clock);
  }
  Trace trace = average_by(curves, arm, number, CLOCK_STEP);
  Trace seconds = average_by(curves, arm, SECONDS, CLOCK_STEP);
  memcpy(trace.x, seconds.y, trace.n * sizeof(double));
  trace_clear(&seconds);
  return trace;
}

/* ---- differences ---- */

/* curves of an arm and the control with the same seeds, one behind the other */
static size_t
gather_pairs(const RunCurves *curves, size_t arm, size_t control, CurveClock clock,
             Sampled *samples)
{
  size_t n = 0;

  for (guint i = 0; i < curves->curves->len; i++) {
    const Curve *curve = &g_array_index(curves->curves, Curve, i);
    const Curve *other = curve->run->arm == arm
                             ? run_curves_find(curves, control, curve->run->seed)
                             : NULL;
    if (other != NULL) {
      samples[n++] = sample(curve, clock, curve->values[0]);
      samples[n++] = sample(other, clock, other->values[0]);
    }
  }
  return n;
}

static void
subtract(Trace *trace, size_t i, const Sampled *samples, size_t n, double *differences,
         double alpha)
{
  for (size_t k = 0; k < n; k++) {
    differences[k] = sampled_at(&samples[2 * k], trace->x[i])
                     - sampled_at(&samples[2 * k + 1], trace->x[i]);
  }
  trace->y[i] = statistics_mean(differences, n);
  trace->low[i] = trace->high[i] = NAN;
  if (isfinite(trace->y[i])) {
    g_autoptr(SignFlip) test = sign_flip_new(differences, n);
    const Interval interval = sign_flip_interval(test, alpha);
    trace->low[i] = interval.low;
    trace->high[i] = interval.high;
  }
}

Trace
run_curves_difference(const RunCurves *curves, size_t arm, size_t control,
                      CurveClock clock, double alpha)
{
  g_autofree Sampled *samples = g_new(Sampled, 2 * MAX(curves->curves->len, 1));
  const size_t n = gather_pairs(curves, arm, control, clock, samples);
  g_autofree double *differences = g_new(double, MAX(n / 2, 1));
  size_t n_places;
  g_autofree double *places = sampled_places(samples, n, &n_places);
  const size_t shown = MIN(n_places, (size_t)MOST_INTERVALS);
  Trace trace = trace_new(TRACE_LINE, arm, "", shown, true);

  for (size_t i = 0; i < shown; i++) {
    trace.x[i] = places[shown > 1 ? i * (n_places - 1) / (shown - 1) : 0];
    subtract(&trace, i, samples, n / 2, differences, alpha);
  }
  return trace;
}
