/* SPDX-License-Identifier: MIT */
/* A check of how long a step takes on denormal numbers. A note: time depends on the
 * machine and on who else works there, and is no reason to fail. */
#include "budget.h"
#include "check.h"
#include "subjects.h"

#include <stdlib.h>
#include <time.h>

enum { N_BLOCKS = 9, N_STEPS = 16, ROWS = 32, COLUMNS = 64, N = ROWS * COLUMNS };

#define DENORMAL 1e-40
#define MOST_TIMES 4.0

static double
seconds_now(void)
{
  struct timespec now;

  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return (double)now.tv_sec + (double)now.tv_nsec * 1e-9;
}

static int
compare_numbers(const void *a, const void *b)
{
  const double x = *(const double *)a, y = *(const double *)b;

  return (x > y) - (x < y);
}

static double
median(double *numbers, size_t n)
{
  qsort(numbers, n, sizeof *numbers, compare_numbers);
  return numbers[n / 2];
}

/* ---- the plugin, and what the machine itself takes for denormals ---- */

/* an average that forgets, as most optimizers have */
static void
average(const Rig *rig, float *mean)
{
  const float *gradient = (const float *)(const void *)rig->grad.data;

  for (size_t step = 0; step < N_STEPS; step++) {
    for (size_t i = 0; i < N; i++) {
      mean[i] = 0.9f * mean[i] + 0.1f * gradient[i];
    }
  }
}

typedef struct Pace {
  double plugin, average; /* seconds of a block */
} Pace;

static Pace
run_block(Rig *rig, float *mean)
{
  const double begin = seconds_now();
  for (size_t i = 0; i < N_STEPS; i++) {
    rig_step_as_is(rig, NULL);
  }
  const double middle = seconds_now();
  average(rig, mean);
  return (Pace){ middle - begin, seconds_now() - middle };
}

static bool
init_rig(Rig *rig, const Plugin *plugin, double size, Finding *finding)
{
  RigSpec spec;

  if (!subjects_any(plugin, &spec)) {
    return false;
  }
  spec.dims[0] = spec.ndim == 1 ? N : ROWS;
  spec.dims[1] = spec.ndim == 1 ? 0 : COLUMNS;
  if (!subjects_rig(rig, plugin, &spec, finding)) {
    return false;
  }
  for (size_t i = 0; i < N; i++) {
    rig_set(rig, &rig->grad, i, size * signed_noise(3, i));
  }
  return true;
}

/* blocks take turns, so that what slows the machine down meets both */
static void
compare(Rig *usual, Rig *denormal, Finding *finding)
{
  static float usual_mean[N], denormal_mean[N];
  double seconds[N_BLOCKS], times[N_BLOCKS], of_machine[N_BLOCKS];

  for (size_t i = 0; i < N_BLOCKS; i++) {
    const Pace without = run_block(usual, usual_mean);
    const Pace with = run_block(denormal, denormal_mean);
    seconds[i] = without.plugin;
    times[i] = with.plugin / without.plugin;
    of_machine[i] = with.average / without.average;
  }
  const double ns = median(seconds, N_BLOCKS) / N_STEPS / N * 1e9;
  const double slower = median(times, N_BLOCKS);
  const double machine = median(of_machine, N_BLOCKS);
  finding_tell(finding,
               "%.2f ns for each element, %.1f times as much with denormals (a plain "
               "average: %.1f times)",
               ns, slower, machine);
  if (slower > MOST_TIMES * machine) {
    g_autofree char *told = g_strdup(finding->message);
    finding_fail(finding, "%s", told);
  }
}

static double
time_step(Rig *rig)
{
  const double begin = seconds_now();

  rig_step_as_is(rig, NULL);
  return seconds_now() - begin;
}

static void
check_denormals(const Plugin *plugin, Finding *finding)
{
  Rig usual, denormal;

  if (!init_rig(&usual, plugin, 1.0, finding)
      || !init_rig(&denormal, plugin, DENORMAL, finding)) {
    return;
  }
  const double needed = 2.0 * N_BLOCKS * N_STEPS * time_step(&usual);
  if (needed < budget_left() / 4) {
    compare(&usual, &denormal, finding);
  } else {
    finding_miss(finding, "would take %.0f s; --limit gives time for it", needed);
  }
  rig_clear(&usual);
  rig_clear(&denormal);
}

static const Check checks[] = {
  { "speed.denormals", SEVERITY_NOTE,
    "denormal numbers slow a step down no more than a plain average",
    "let no branch and no loop depend on the size of a number", check_denormals },
};

const Family speed_family = { .name = "speed", CHECKS(checks), .needs_plugin = true };
