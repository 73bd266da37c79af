/* SPDX-License-Identifier: MIT */
/* The tables of arms and the sentences below them. */
#include "table.h"

#include "cost/table.h"
#include "quality.h"
#include "shadow.h"
#include "support/columns.h"
#include "support/format.h"

#include <math.h>

static char *
describe_number(const char *format, double value)
{
  char text[G_ASCII_DTOSTR_BUF_SIZE];

  g_ascii_formatd(text, sizeof text, format, value);
  return isfinite(value) ? g_strdup(text) : g_strdup("-");
}

static const Pair *
find_pair(const Analysis *analysis, size_t task, size_t arm)
{
  for (size_t i = 0; i < analysis->n_pairs; i++) {
    if (analysis->pairs[i].task == task && analysis->pairs[i].arm == arm) {
      return &analysis->pairs[i];
    }
  }
  return NULL;
}

static void
add_arm(Columns *columns, const Comparison *comparison, const Analysis *analysis,
        size_t task, size_t arm)
{
  const Task *row = experiment_task(comparison->experiment, task);
  const ArmSummary summary = analysis_summarize(comparison, task, arm);
  const Pair *pair = find_pair(analysis, task, arm);
  g_autofree char *loss = describe_number("%.3g", summary.train_loss);
  g_autofree char *score = wording_score(task_metric(row), summary.mean,
                                         summary.deviation, format_plus_minus());
  g_autofree char *difference =
      pair != NULL ? wording_difference(task_metric(row),
                                        analysis_direction(row) * pair->estimate)
                   : g_strdup("");
  g_autofree char *won = pair == NULL ? g_strdup("")
                         : pair->n == 0
                             ? g_strdup("-")
                             : g_strdup_printf("%zu/%zu", pair->n_better, pair->n);
  g_autofree char *model = describe_number("%.3f", summary.model_ms);
  g_autofree char *optimizer = describe_number("%.3f", summary.optimizer_ms);
  g_autofree char *state = summary.n_complete > 0 ? format_bytes(summary.state_bytes)
                                                  : g_strdup("-");

  columns_add(columns, arm_name(experiment_arm(comparison->experiment, arm)), loss,
              score, difference, won, model, optimizer, state);
}

static char *
describe_budget(const Task *task)
{
  return task->budget.kind == BUDGET_EPOCHS && task->budget.amount == 1.0
             ? g_strdup("1 epoch")
             : g_strdup_printf("%g %s", task->budget.amount,
                               budget_unit(task->budget.kind));
}

/* at the width of the screen */
static void
print_text(const char *text, const Screen *screen, FILE *stream)
{
  g_autoptr(Columns) columns = columns_new("l");

  columns_add(columns, text);
  columns_print_on(columns, 0, screen, stream);
}

/* one line where it may be of any length, so that it can be searched for */
static void
print_line(const char *text, const Screen *screen, FILE *stream)
{
  if (screen->is_tight) {
    print_text(text, screen, stream);
  } else {
    fprintf(stream, "%s\n", text);
  }
}

static void
print_heading(const Comparison *comparison, const Task *task, const Screen *screen,
              FILE *stream)
{
  g_autofree char *budget = describe_budget(task);
  g_autofree char *seeds = format_plural(comparison->experiment->n_seeds, "seed");
  g_autofree char *metric = wording_metric(task);
  g_autofree char *effect = wording_difference(task_metric(task), task->least_effect);
  g_autofree char *what = g_strdup_printf("%s: %s", task->name, task->class->doc);
  g_autofree char *how =
      g_strdup_printf("%s, batch size %u, %s; decided by %s, minimum effect %s", budget,
                      task->batch_size, seeds, metric, effect + 1);

  print_line(what, screen, stream);
  print_line(how, screen, stream);
  fputc('\n', stream);
}

static void
print_arms(const Comparison *comparison, const Analysis *analysis, size_t task,
           const Screen *screen, FILE *stream)
{
  const Task *row = experiment_task(comparison->experiment, task);
  g_autoptr(Columns) columns = columns_new("lrrRRRRR");
  g_autofree char *spread = g_strdup_printf("mean %s sd", format_plus_minus());
  g_autofree char *metric = wording_metric(row);
  const bool is_first = comparison->experiment->control == 0;

  columns_add_heading(columns, "arm", "train loss", metric, "difference", "seeds",
                      "model", "optimizer", "state");
  columns_add_heading(columns, "", "mean", spread, is_first ? "to first" : "to control",
                      "won", "ms/step", "ms/step", "");
  for (size_t i = 0; i < comparison_n_arms(comparison); i++) {
    add_arm(columns, comparison, analysis, task, i);
  }
  columns_print_on(columns, 0, screen, stream);
  fputc('\n', stream);
}

static void
print_pairs(const Comparison *comparison, const Analysis *analysis, size_t task,
            const Screen *screen, FILE *stream)
{
  g_autoptr(Columns) columns = columns_new("l");

  for (size_t i = 0; i < analysis->n_pairs; i++) {
    if (analysis->pairs[i].task == task) {
      g_autofree char *text = wording_pair(comparison, analysis, &analysis->pairs[i]);
      columns_add(columns, text);
    }
  }
  columns_print_on(columns, 0, screen, stream);
}

static void
print_times(const Comparison *comparison, const Analysis *analysis, size_t task,
            const Screen *screen, FILE *stream)
{
  const Task *row = experiment_task(comparison->experiment, task);
  g_autofree char *metric = wording_metric(row);
  g_autofree char *target = wording_value(task_metric(row), analysis->targets[task]);
  g_autoptr(Columns) columns = columns_new("ll");

  if (!isfinite(analysis->targets[task])) {
    return;
  }
  g_autofree char *heading =
      g_strdup_printf("Seconds of training to %s %s%s:", metric, target,
                      isnan(row->target) ? " (the control's median)" : "");
  fputc('\n', stream);
  print_line(heading, screen, stream);
  for (size_t arm = 0; arm < comparison_n_arms(comparison); arm++) {
    g_autofree char *text = wording_times(comparison, analysis, task, arm);
    if (text != NULL) {
      columns_add(columns, arm_name(experiment_arm(comparison->experiment, arm)), text);
    }
  }
  columns_print_on(columns, 2, screen, stream);
}

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
    print_line(line, screen, stream);
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
      print_line(line, screen, stream);
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
    print_text(text, screen, stream);
  }
}

static void
print_notes(const Comparison *comparison, size_t task, const Screen *screen,
            FILE *stream)
{
  g_autofree char *calibration = wording_calibration(comparison, task);

  for (size_t arm = 0; arm < comparison_n_arms(comparison); arm++) {
    g_autofree char *tuning = wording_tuning(comparison, task, arm);
    print_diverged(comparison, task, arm, screen, stream);
    print_lost(comparison, task, arm, screen, stream);
    if (tuning != NULL) {
      print_line(tuning, screen, stream);
    }
  }
  for (size_t arm = 0; arm < comparison_n_arms(comparison); arm++) {
    print_findings(comparison, task, arm, screen, stream);
  }
  if (calibration != NULL) {
    fputc('\n', stream);
    print_text(calibration, screen, stream);
  }
}

static void
print_cost(const Comparison *comparison, const Analysis *analysis, const Cost *cost,
           size_t task, FILE *stream)
{
  if (cost_task(cost, task) == NULL) {
    return;
  }
  fputc('\n', stream);
  cost_table_print(comparison, cost_task(cost, task), stream);
  fputs("\nQuality against cost\n\n", stream);
  quality_print(comparison, analysis, cost, task, stream);
}

/* on how many problems an arm is within a factor of the fastest to the targets */
static void
print_profile(const Comparison *comparison, const Analysis *analysis,
              const Screen *screen, FILE *stream)
{
  static const double factors[] = { 1.0, 1.5, 2.0, 4.0 };
  const size_t n_tasks = comparison_n_tasks(comparison);
  const size_t n_arms = comparison_n_arms(comparison);
  g_autofree double *costs = analysis_costs(analysis, comparison);
  g_autoptr(Columns) columns = columns_new("lrrrr");

  print_text("Performance profile: share of problems on which the median time to the "
             "target is within a factor of the fastest arm's",
             screen, stream);
  fputc('\n', stream);
  columns_add_heading(columns, "arm", "1", "1.5", "2", "4");
  for (size_t arm = 0; arm < n_arms; arm++) {
    char *shares[G_N_ELEMENTS(factors)];
    for (size_t i = 0; i < G_N_ELEMENTS(factors); i++) {
      shares[i] = g_strdup_printf(
          "%.0f %%", 100.0 * target_profile(costs, n_arms, n_tasks, arm, factors[i]));
    }
    columns_add(columns, arm_name(experiment_arm(comparison->experiment, arm)),
                shares[0], shares[1], shares[2], shares[3]);
    for (size_t i = 0; i < G_N_ELEMENTS(factors); i++) {
      g_free(shares[i]);
    }
  }
  columns_print_on(columns, 0, screen, stream);
  fputc('\n', stream);
}

void
table_print_task(const Comparison *comparison, const Analysis *analysis, size_t task,
                 const Screen *screen, FILE *stream)
{
  g_autoptr(Cost) cost = cost_read(comparison);

  print_heading(comparison, experiment_task(comparison->experiment, task), screen,
                stream);
  print_arms(comparison, analysis, task, screen, stream);
  print_pairs(comparison, analysis, task, screen, stream);
  print_notes(comparison, task, screen, stream);
  print_times(comparison, analysis, task, screen, stream);
  shadow_print(comparison, task, stream);
  print_cost(comparison, analysis, cost, task, stream);
  fputc('\n', stream);
}

void
table_print_end(const Comparison *comparison, const Analysis *analysis,
                const Manifest *manifest, const Screen *screen, FILE *stream)
{
  if (comparison_n_tasks(comparison) > 1 && comparison_n_arms(comparison) > 1) {
    print_profile(comparison, analysis, screen, stream);
  }
  if (analysis->n_pairs > 0) {
    g_autofree char *method = wording_method(comparison, analysis);
    print_text(method, screen, stream);
  }
  g_autofree char *changes = wording_changes(manifest);
  if (changes != NULL) {
    print_text(changes, screen, stream);
  }
}

void
table_print(const Comparison *comparison, const Analysis *analysis,
            const Manifest *manifest, FILE *stream)
{
  const Screen screen = screen_of(stream, 100);

  for (size_t task = 0; task < comparison_n_tasks(comparison); task++) {
    table_print_task(comparison, analysis, task, &screen, stream);
  }
  table_print_end(comparison, analysis, manifest, &screen, stream);
}
