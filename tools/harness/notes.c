/* SPDX-License-Identifier: MIT */
/* Sentences about single arms. */
#include "notes.h"

#include "findings.h"
#include "support/prose.h"
#include "wording.h"

#include <math.h>

static void
print_diverged(const Comparison *comparison, size_t task, size_t arm,
               const Screen *screen, FILE *stream)
{
  const ArmSummary summary = analysis_summarize(comparison, task, arm);
  const ProblemMetric *metric =
      task_metric(experiment_task(comparison->experiment, task));
  g_autofree char *worst = isfinite(metric->worst)
                               ? wording_value(metric, metric->worst)
                               : g_strdup("the worst that any run has shown");

  if (summary.n_diverged > 0) {
    g_autofree char *line =
        g_strdup_printf("%s: diverged in %zu of %zu runs, which score %s",
                        arm_name(experiment_arm(comparison->experiment, arm)),
                        summary.n_diverged, summary.n_complete, worst);
    prose_print_line(line, screen, stream);
  }
}

/* the seeds of an arm that were lost for the reason of `first`, or NULL when an earlier
 * run has named them */
static char *
list_seeds(const Comparison *comparison, size_t task, size_t arm, size_t first)
{
  const char *reason = comparison_run(comparison, task, arm, first)->reason;
  g_autoptr(GString) seeds = g_string_new(NULL);

  for (size_t i = 0; i < comparison->experiment->n_seeds; i++) {
    const Run *run = comparison_run(comparison, task, arm, i);
    if (run->state != RUN_LOST || !g_str_equal(run->reason, reason)) {
      continue;
    }
    if (i < first) {
      return NULL;
    }
    g_string_append_printf(seeds, "%s%u", i > first ? ", " : "", run->seed);
  }
  return g_strdup(seeds->str);
}

static void
print_lost(const Comparison *comparison, size_t task, size_t arm, const Screen *screen,
           FILE *stream)
{
  for (size_t i = 0; i < comparison->experiment->n_seeds; i++) {
    const Run *run = comparison_run(comparison, task, arm, i);
    g_autofree char *seeds =
        run->state == RUN_LOST ? list_seeds(comparison, task, arm, i) : NULL;
    if (seeds != NULL) {
      g_autofree char *line = g_strdup_printf(
          "%s: lost with seed %s: %s",
          arm_name(experiment_arm(comparison->experiment, arm)), seeds, run->reason);
      prose_print_line(line, screen, stream);
    }
  }
}

/* what looks wrong in an arm, with a remedy */
static void
print_findings(const Comparison *comparison, size_t task, size_t arm,
               const Screen *screen, FILE *stream)
{
  g_autoptr(DiagnosticsCurves) curves = diagnostics_curves_new(comparison, task, arm);
  g_autoptr(GArray) findings = curves != NULL ? findings_of_curves(curves) : NULL;

  for (guint i = 0; findings != NULL && i < findings->len; i++) {
    g_autofree char *text =
        wording_finding(comparison, arm, curves, &g_array_index(findings, Finding, i));
    fputc('\n', stream);
    prose_print(text, screen, stream);
  }
}

void
notes_print(const Comparison *comparison, size_t task, const Screen *screen,
            FILE *stream)
{
  g_autofree char *calibration = wording_calibration(comparison, task);

  for (size_t arm = 0; arm < comparison_n_arms(comparison); arm++) {
    g_autofree char *tuning = wording_tuning(comparison, task, arm);
    print_diverged(comparison, task, arm, screen, stream);
    print_lost(comparison, task, arm, screen, stream);
    if (tuning != NULL) {
      prose_print_line(tuning, screen, stream);
    }
  }
  for (size_t arm = 0; arm < comparison_n_arms(comparison); arm++) {
    print_findings(comparison, task, arm, screen, stream);
  }
  if (calibration != NULL) {
    fputc('\n', stream);
    prose_print(calibration, screen, stream);
  }
}
