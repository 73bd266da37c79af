/* SPDX-License-Identifier: MIT */
/* Shadows over steps and seeds. */
#include "shadow.h"

#include "statistics/sample.h"

#include <math.h>

/* sums over the records of a run */
typedef struct Sums {
  uint64_t steps;
  double cosine, decrease, live_decrease, ns, live_ns;
} Sums;

static void
add_up(Sums *sums, const ShadowRecord *shadow)
{
  sums->ns += shadow->ns;
  sums->live_ns += shadow->live_ns;
  if (shadow->steps > 0) {
    sums->steps += shadow->steps;
    sums->cosine += shadow->cosine * (double)shadow->steps;
    sums->decrease += shadow->decrease;
    sums->live_decrease += shadow->live_decrease;
  }
}

ShadowRun
shadow_of_run(const Comparison *comparison, const Run *run, size_t arm)
{
  g_autoptr(GArray) records = comparison_read_records(comparison, run);
  g_autofree double *ratios = g_new(double, records->len);
  Sums sums = { 0 };
  size_t n = 0;

  for (guint i = 0; i < records->len; i++) {
    const Record *record = &g_array_index(records, Record, i);
    if (arm - 1 < record->n_shadows) {
      const ShadowRecord *shadow = &record->shadows[arm - 1];
      add_up(&sums, shadow);
      if (isfinite(shadow->rms_ratio)) {
        ratios[n++] = shadow->rms_ratio;
      }
    }
  }
  return (ShadowRun){
    .steps = sums.steps,
    .cosine = sums.cosine / (double)sums.steps,
    .ratio = statistics_median(ratios, n),
    .decrease = sums.decrease / sums.live_decrease,
    .cost = sums.ns / sums.live_ns,
  };
}

/* numbers of the runs, by seed */
typedef struct Samples {
  size_t n;
  double *cosines, *ratios, *decreases, *costs;
} Samples;

static void
samples_clear(Samples *samples)
{
  g_free(samples->cosines);
  g_free(samples->ratios);
  g_free(samples->decreases);
  g_free(samples->costs);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Samples, samples_clear)

static Samples
gather(const Comparison *comparison, size_t task, size_t arm)
{
  const size_t n_seeds = comparison->experiment->n_seeds;
  Samples samples = { 0, g_new(double, n_seeds), g_new(double, n_seeds),
                      g_new(double, n_seeds), g_new(double, n_seeds) };

  for (size_t i = 0; i < n_seeds; i++) {
    const Run *run = comparison_run(comparison, task, 0, i);
    const ShadowRun row = run != NULL && run_is_complete(run)
                              ? shadow_of_run(comparison, run, arm)
                              : (ShadowRun){ 0 };
    if (row.steps > 0 && isfinite(row.ratio)) {
      samples.cosines[samples.n] = row.cosine;
      samples.ratios[samples.n] = row.ratio;
      samples.decreases[samples.n] = row.decrease;
      samples.costs[samples.n++] = row.cost;
    }
  }
  return samples;
}

ShadowSummary
shadow_summarize(const Comparison *comparison, size_t task, size_t arm)
{
  g_auto(Samples) samples = gather(comparison, task, arm);
  const size_t n = samples.n;
  const double ratio = statistics_median(samples.ratios, n);
  double low = NAN, high = NAN;

  for (size_t i = 0; i < n; i++) {
    low = fmin(low, samples.ratios[i]);
    high = fmax(high, samples.ratios[i]);
  }
  return (ShadowSummary){
    .n_runs = n,
    .cosine = statistics_mean(samples.cosines, n),
    .ratio = ratio,
    .ratio_low = low,
    .ratio_high = high,
    .factor = 1.0 / ratio,
    .decrease = statistics_median(samples.decreases, n),
    .cost = statistics_median(samples.costs, n),
  };
}
