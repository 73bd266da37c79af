/* SPDX-License-Identifier: MIT */
/* Tables, sentences and charts, problem by problem. */
#include "text_report.h"

#include "text_curves.h"
#include "support/forest.h"
#include "table.h"

#include <math.h>

static void
print_title(const char *title, const Screen *screen, FILE *stream)
{
  fprintf(stream, "%s%s%s\n", screen->has_colour ? "\033[1m" : "", title,
          screen_plain(screen));
}

static void
print_curves(const TextCurves *curves, const Screen *screen, FILE *stream)
{
  if (curves != NULL) {
    g_autofree char *text = text_curves_draw(curves, screen);
    print_title(curves->title, screen, stream);
    fprintf(stream, "%s\n", text);
  }
}

/* ---- differences ---- */

static void
clear_row(void *data)
{
  g_free((char *)((ForestRow *)data)->text);
}

/* as arm minus control, while pairs count positive where better */
static ForestRow
make_row(const Comparison *comparison, const Pair *pair)
{
  const Experiment *experiment = comparison->experiment;
  const Task *task = experiment_task(experiment, pair->task);
  const double direction = analysis_direction(task);
  const double a = direction * pair->interval.low, b = direction * pair->interval.high;
  const double estimate = pair->n > 0 ? direction * pair->estimate : NAN;
  g_autofree char *difference = wording_difference(task_metric(task), estimate);

  return (ForestRow){ .label = arm_name(experiment_arm(experiment, pair->arm)),
                      .text = g_strdup_printf("%s %s", difference,
                                              verdict_words(pair->verdict.kind)),
                      .owner = pair->arm,
                      .low = fmin(a, b),
                      .high = fmax(a, b),
                      .estimate = estimate };
}

static void
print_differences(const Comparison *comparison, const Analysis *analysis, size_t index,
                  const Screen *screen, FILE *stream)
{
  const Experiment *experiment = comparison->experiment;
  const Task *task = experiment_task(experiment, index);
  const bool more_is_better = analysis_direction(task) > 0.0;
  const Forest forest = { .effect = task->least_effect,
                          .left = more_is_better ? "worse" : "better",
                          .right = more_is_better ? "better" : "worse" };
  g_autofree char *metric = wording_metric(task);
  g_autofree char *title =
      g_strdup_printf("Difference in %s to %s", metric,
                      arm_name(experiment_arm(experiment, experiment->control)));
  g_autoptr(GArray) rows = g_array_new(FALSE, TRUE, sizeof(ForestRow));

  g_array_set_clear_func(rows, clear_row);
  for (size_t i = 0; i < analysis->n_pairs; i++) {
    if (analysis->pairs[i].task == index) {
      const ForestRow row = make_row(comparison, &analysis->pairs[i]);
      g_array_append_val(rows, row);
    }
  }
  if (rows->len > 0) {
    g_autofree char *text =
        forest_draw(&forest, (const ForestRow *)rows->data, rows->len, screen);
    print_title(title, screen, stream);
    fprintf(stream, "%s\n", text);
  }
}

/* ---- everything ---- */

static void
print_task(const Comparison *comparison, const Analysis *analysis, size_t task,
           const Screen *screen, FILE *stream)
{
  g_autoptr(TextCurves) metric = text_curves_of_metric(comparison, task);
  g_autoptr(TextCurves) targets = text_curves_of_targets(comparison, task);
  g_autoptr(TextCurves) tuning = text_curves_of_tuning(comparison, task);

  table_print_task(comparison, analysis, task, screen, stream);
  print_differences(comparison, analysis, task, screen, stream);
  print_curves(metric, screen, stream);
  print_curves(targets, screen, stream);
  print_curves(tuning, screen, stream);
}

void
text_report_print(const Comparison *comparison, const Analysis *analysis,
                  const Manifest *manifest, const Screen *screen, FILE *stream)
{
  for (size_t task = 0; task < comparison_n_tasks(comparison); task++) {
    print_task(comparison, analysis, task, screen, stream);
  }
  table_print_end(comparison, analysis, manifest, screen, stream);
}
