/* SPDX-License-Identifier: MIT */
/* Records of runs -> curves of an arm. */
#include "diagnostics_curves.h"

#include <math.h>

/* ---- one curve ---- */

static DiagnosticsCurve
curve_new(size_t n)
{
  const DiagnosticsCurve curve = { g_new(double, n), g_new(double, n),
                                   g_new(double, n) };

  for (size_t i = 0; i < n; i++) {
    curve.mean[i] = curve.low[i] = curve.high[i] = NAN;
  }
  return curve;
}

static void
curve_clear(DiagnosticsCurve *curve)
{
  g_free(curve->mean);
  g_free(curve->low);
  g_free(curve->high);
}

/* `values`, one of each run, by point: the mean of what is finite */
static void
curve_set(DiagnosticsCurve *curve, size_t point, const double *values, size_t n)
{
  double sum = 0.0;
  size_t n_finite = 0;

  for (size_t i = 0; i < n; i++) {
    if (isfinite(values[i])) {
      sum += values[i];
      curve->low[point] = fmin(curve->low[point], values[i]);
      curve->high[point] = fmax(curve->high[point], values[i]);
      n_finite++;
    }
  }
  curve->mean[point] = n_finite > 0 ? sum / (double)n_finite : NAN;
}

/* ---- all ---- */

static void
add_runs(const Comparison *comparison, size_t task, size_t arm, GPtrArray *runs)
{
  for (size_t i = 0; i < comparison->experiment->n_seeds; i++) {
    const Run *run = comparison_run(comparison, task, arm, i);
    if (run != NULL && run_is_complete(run) && run->last.diagnostics.n_parts > 0) {
      g_ptr_array_add(runs, comparison_read_records(comparison, run));
    }
  }
}

static const Record *
record_at(const GPtrArray *runs, guint run, size_t point)
{
  const GArray *records = g_ptr_array_index(runs, run);
  return point < records->len ? &g_array_index(records, Record, point) : NULL;
}

/* the run with the most records says where the points are */
static const GArray *
find_longest(const GPtrArray *runs)
{
  const GArray *longest = g_ptr_array_index(runs, 0);

  for (guint i = 1; i < runs->len; i++) {
    const GArray *records = g_ptr_array_index(runs, i);
    longest = records->len > longest->len ? records : longest;
  }
  return longest;
}

static DiagnosticsCurves *
make_empty(const GArray *longest)
{
  DiagnosticsCurves *curves = g_new0(DiagnosticsCurves, 1);
  const Record *last = &g_array_index(longest, Record, longest->len - 1);

  curves->n = longest->len;
  curves->batches = g_new0(uint64_t, curves->n);
  curves->epochs = g_new0(double, curves->n);
  curves->n_runs = g_new0(uint64_t, curves->n);
  curves->loss_scale = curve_new(curves->n);
  curves->skipped = curve_new(curves->n);
  curves->n_parts = last->diagnostics.n_parts;
  for (size_t part = 0; part < curves->n_parts; part++) {
    const DiagnosticsPart *given = &last->diagnostics.parts[part];
    g_strlcpy(curves->parts[part].name, given->name, DIAGNOSTICS_TEXT);
    g_strlcpy(curves->parts[part].match, given->match, DIAGNOSTICS_TEXT);
    for (size_t i = 0; i < N_QUANTITIES; i++) {
      curves->parts[part].curves[i] = curve_new(curves->n);
    }
  }
  for (size_t i = 0; i < curves->n; i++) {
    curves->batches[i] = g_array_index(longest, Record, i).batches;
    curves->epochs[i] = g_array_index(longest, Record, i).epoch;
  }
  return curves;
}

static void
fill_part(DiagnosticsCurves *curves, size_t part, size_t point,
          const Diagnostics *const *given, size_t n, double *values)
{
  for (size_t i = 0; i < N_QUANTITIES; i++) {
    for (size_t run = 0; run < n; run++) {
      values[run] = part < given[run]->n_parts ? given[run]->parts[part].values[i]
                                               : NAN;
    }
    curve_set(&curves->parts[part].curves[i], point, values, n);
  }
}

static void
fill_point(DiagnosticsCurves *curves, const GPtrArray *runs, size_t point)
{
  g_autofree const Diagnostics **given = g_new(const Diagnostics *, runs->len);
  g_autofree double *values = g_new(double, runs->len);
  size_t n = 0;

  for (guint i = 0; i < runs->len; i++) {
    const Record *record = record_at(runs, i, point);
    if (record != NULL) {
      given[n++] = &record->diagnostics;
    }
  }
  curves->n_runs[point] = n;
  for (size_t i = 0; i < n; i++) {
    values[i] = given[i]->loss_scale;
  }
  curve_set(&curves->loss_scale, point, values, n);
  for (size_t i = 0; i < n; i++) {
    values[i] = (double)given[i]->skipped;
  }
  curve_set(&curves->skipped, point, values, n);
  for (size_t part = 0; part < curves->n_parts; part++) {
    fill_part(curves, part, point, given, n, values);
  }
}

DiagnosticsCurves *
diagnostics_curves_new(const Comparison *comparison, size_t task, size_t arm)
{
  g_autoptr(GPtrArray)
      runs = g_ptr_array_new_with_free_func((GDestroyNotify)g_array_unref);

  add_runs(comparison, task, arm, runs);
  if (runs->len == 0 || find_longest(runs)->len == 0) {
    return NULL;
  }
  DiagnosticsCurves *curves = make_empty(find_longest(runs));
  for (size_t point = 0; point < curves->n; point++) {
    fill_point(curves, runs, point);
  }
  return curves;
}

void
diagnostics_curves_free(DiagnosticsCurves *curves)
{
  if (curves == NULL) {
    return;
  }
  curve_clear(&curves->loss_scale);
  curve_clear(&curves->skipped);
  for (size_t part = 0; part < curves->n_parts; part++) {
    for (size_t i = 0; i < N_QUANTITIES; i++) {
      curve_clear(&curves->parts[part].curves[i]);
    }
  }
  g_free(curves->batches);
  g_free(curves->epochs);
  g_free(curves->n_runs);
  g_free(curves);
}

char *
diagnostics_curves_part(const DiagnosticsCurves *curves, size_t part, const char *arm)
{
  const char *name = curves->parts[part].name, *match = curves->parts[part].match;

  if (part == 0) {
    return g_strdup(arm);
  }
  return match[0] != '\0' ? g_strdup_printf("%s, %s (%s)", arm, name, match)
                          : g_strdup_printf("%s, %s", arm, name);
}
