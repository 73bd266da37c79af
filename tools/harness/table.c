/* SPDX-License-Identifier: MIT */
/* The tables of a comparison, one below the other. */
#include "table.h"

#include "cost/table.h"
#include "notes.h"
#include "quality.h"
#include "shadow.h"
#include "support/columns.h"
#include "support/format.h"
#include "support/prose.h"

#include <math.h>

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
  g_autofree char *loss = format_number("%.3g", summary.train_loss);
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
  g_autofree char *model = format_number("%.3f", summary.model_ms);
  g_autofree char *optimizer = format_number("%.3f", summary.optimizer_ms);
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

  prose_print_line(what, screen, stream);
  prose_print_line(how, screen, stream);
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
  prose_print_line(heading, screen, stream);
  for (size_t arm = 0; arm < comparison_n_arms(comparison); arm++) {
    g_autofree char *text = wording_times(comparison, analysis, task, arm);
    if (text != NULL) {
      columns_add(columns, arm_name(experiment_arm(comparison->experiment, arm)), text);
    }
  }
  columns_print_on(columns, 2, screen, stream);
}

static void
print_cost(const Comparison *comparison, const Analysis *analysis, const Cost *cost,
           size_t task, const Screen *screen, FILE *stream)
{
  if (cost_task(cost, task) == NULL) {
    return;
  }
  fputc('\n', stream);
  cost_table_print(comparison, cost_task(cost, task), screen, stream);
  fputs("\nQuality against cost\n\n", stream);
  quality_print(comparison, analysis, cost, task, screen, stream);
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

  prose_print("Performance profile: share of problems on which the median time to the "
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
  notes_print(comparison, task, screen, stream);
  print_times(comparison, analysis, task, screen, stream);
  shadow_print(comparison, task, screen, stream);
  print_cost(comparison, analysis, cost, task, screen, stream);
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
    prose_print(method, screen, stream);
  }
  g_autofree char *changes = wording_changes(manifest);
  if (changes != NULL) {
    prose_print(changes, screen, stream);
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
