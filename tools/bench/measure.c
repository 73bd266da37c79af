/* SPDX-License-Identifier: MIT */
/* Find the fastest limit, then let it take turns with the step. */
#include "measure.h"

#include "demand.h"
#include "limit.h"
#include "support/load.h"
#include "support/plan_bytes.h"
#include "support/status.h"

#include <stdlib.h>

/* the fastest ways of a first look take part in every run */
enum { FINALISTS = 4, LOOKS = 3 };

static bool
step(void *self, Call call, GError **error)
{
  optreg_error *failure = NULL;
  const optreg_status expected = call == CALL_STEP ? OPTREG_STEP_APPLIED
                                                   : OPTREG_STEP_ACCUMULATED;
  const optreg_status status = optreg_optimizer_step(self, &failure);

  if (status == OPTREG_STEP_ERROR) {
    return status_take(failure, error);
  }
  if (status != expected) {
    g_set_error(error, STATUS_ERROR, STATUS_FAILED,
                "step returned status %d where %d was expected", status, expected);
    return false;
  }
  return true;
}

Subject
measure_steps(optreg_optimizer *optimizer)
{
  return (Subject){ step, optimizer };
}

bool
measure_prepare(const Setting *setting, optreg_optimizer *optimizer, Traffic *traffic,
                GError **error)
{
  optreg_error *failure = NULL;
  Features features;

  if (!optreg_optimizer_set_threads(optimizer, (uint32_t)team_size(setting->team),
                                    &failure)) {
    return status_take(failure, error);
  }
  if (!model_build(setting->model, optimizer, error)
      || !demand_read(&features, setting->registry, optimizer, setting->model->shapes,
                      error)) {
    return false;
  }
  *traffic = traffic_of(&features);
  return true;
}

/* ---- the limit ---- */

typedef struct Entry {
  size_t way;
  double seconds;
} Entry;

static int
compare_entries(const void *a, const void *b)
{
  const Entry *x = a, *y = b;
  return (x->seconds > y->seconds) - (x->seconds < y->seconds);
}

static double
total(const Sample *sample)
{
  return sample->seconds[CALL_FIRST] + sample->seconds[CALL_MICRO]
         + sample->seconds[CALL_STEP];
}

/* the ways by their best time, fastest first */
static Entry *
rank_ways(const Setting *setting, Limit *limit, const Traffic *traffic,
          size_t n_windows, GError **error)
{
  const size_t n = limit_n_ways(limit);
  g_autofree Entry *entries = g_new0(Entry, n);

  for (size_t i = 0; i < n * LOOKS; i++) {
    Entry *entry = &entries[i % n];
    const Subject subject = limit_subject(limit, i % n);
    Sample sample;
    setting->report(setting->context, "limit", i, n * LOOKS);
    if (!subject_time(&subject, traffic, n_windows, &sample, error)) {
      return NULL;
    }
    const double seconds = total(&sample);
    entry->way = i % n;
    entry->seconds = i < n ? seconds : MIN(seconds, entry->seconds);
  }
  qsort(entries, n, sizeof *entries, compare_entries);
  return g_steal_pointer(&entries);
}

/* ---- runs ---- */

/* by run: the step, then each finalist */
typedef struct Runs {
  size_t n;
  Sample *samples[1 + FINALISTS];
} Runs;

static void
clear_runs(Runs *runs)
{
  for (size_t i = 0; i < G_N_ELEMENTS(runs->samples); i++) {
    g_free(runs->samples[i]);
  }
}

static bool
take_turns(const Setting *setting, const Subject *steps, Limit *limit,
           const Entry *entries, const Traffic *traffic, size_t n_windows, Runs *runs,
           GError **error)
{
  for (size_t run = 0; run < runs->n; run++) {
    setting->report(setting->context, "run", run, runs->n);
    for (size_t i = 0; i < G_N_ELEMENTS(runs->samples); i++) {
      const Subject subject = i == 0 ? *steps
                                     : limit_subject(limit, entries[i - 1].way);
      if (!subject_time(&subject, traffic, n_windows, &runs->samples[i][run], error)) {
        return false;
      }
    }
  }
  return true;
}

static double
median(const Sample *samples, size_t n, Call call)
{
  g_autofree double *values = g_new(double, n);

  for (size_t i = 0; i < n; i++) {
    values[i] = samples[i].seconds[call];
  }
  return timing_spread(values, n).median;
}

/* the finalist whose calls of this kind are fastest */
static size_t
choose_finalist(const Runs *runs, Call call)
{
  size_t best = 1;

  for (size_t i = 2; i < G_N_ELEMENTS(runs->samples); i++) {
    if (median(runs->samples[i], runs->n, call)
        < median(runs->samples[best], runs->n, call)) {
      best = i;
    }
  }
  return best;
}

static void
fill_figures(Figures *figures, const Runs *runs, size_t finalist, Call call)
{
  const Sample *steps = runs->samples[0], *limit = runs->samples[finalist];
  g_autofree double *ratios = g_new(double, runs->n);

  for (size_t i = 0; i < runs->n; i++) {
    ratios[i] = limit[i].seconds[call] / steps[i].seconds[call];
  }
  figures->seconds = median(steps, runs->n, call);
  figures->limit_seconds = median(limit, runs->n, call);
  figures->ratio = timing_spread(ratios, runs->n);
}

static void
summarise(Measurement *measurement, const Runs *runs, const Traffic *traffic,
          const optreg_optimizer *optimizer)
{
  for (Call call = 0; call < N_CALLS; call++) {
    Figures *figures = &measurement->figures[call];
    figures->is_there = traffic->n_passes[call] > 0;
    if (figures->is_there) {
      figures->bytes = traffic_bytes(traffic, call);
      figures->plan_bytes =
          plan_bytes(optimizer, call == CALL_STEP ? "step" : "micro-step");
      fill_figures(figures, runs, choose_finalist(runs, call), call);
    }
  }
}

static bool
measure(const Setting *setting, optreg_optimizer *optimizer, Measurement *measurement,
        Runs *runs, GError **error)
{
  const Subject steps = measure_steps(optimizer);
  Traffic traffic;

  if (!measure_prepare(setting, optimizer, &traffic, error)) {
    return false;
  }
  g_autoptr(Limit) limit = limit_new(
      &traffic, measurement->n, setting->model->has_huge_pages, setting->team, error);
  if (limit == NULL
      || !subject_choose_windows(&steps, &traffic, &measurement->n_windows, error)) {
    return false;
  }
  const size_t n_windows = measurement->n_windows;
  g_autofree Entry *entries =
      rank_ways(setting, limit, &traffic, (n_windows + 3) / 4, error);
  if (entries == NULL
      || !take_turns(setting, &steps, limit, entries, &traffic, n_windows, runs,
                     error)) {
    return false;
  }
  measurement->way =
      limit_describe_way(limit, entries[choose_finalist(runs, CALL_STEP) - 1].way);
  summarise(measurement, runs, &traffic, optimizer);
  return true;
}

Measurement *
measure_run(const Setting *setting, const char *name, optreg_optimizer *optimizer,
            GError **error)
{
  g_autoptr(Measurement) measurement = g_new0(Measurement, 1);
  Runs runs = { .n = setting->n_runs };

  measurement->name = g_strdup(name);
  measurement->n = setting->model->shapes->n;
  measurement->n_tensors = setting->model->shapes->tensors->len;
  measurement->n_runs = setting->n_runs;
  for (size_t i = 0; i < G_N_ELEMENTS(runs.samples); i++) {
    runs.samples[i] = g_new0(Sample, runs.n);
  }
  const Load before = load_now();
  const bool is_done = measure(setting, optimizer, measurement, &runs, error);
  const Load after = load_now();
  measurement->others = load_of_others(&before, &after);
  clear_runs(&runs);
  return is_done ? g_steal_pointer(&measurement) : NULL;
}

void
measure_free(Measurement *measurement)
{
  if (measurement != NULL) {
    g_free(measurement->name);
    g_free(measurement->way);
    g_free(measurement);
  }
}

bool
measure_is_wrong(const Measurement *measurement)
{
  for (Call call = 0; call < N_CALLS; call++) {
    const Figures *figures = &measurement->figures[call];
    if (figures->is_there && figures->ratio.median > MEASURE_MOST_RATIO) {
      return true;
    }
  }
  return false;
}
