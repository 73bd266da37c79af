/* SPDX-License-Identifier: MIT */
/* The table of arms and the sentences below it. */
#include "table.h"

#include "results.h"
#include "support/columns.h"
#include "support/format.h"

#include <math.h>

static char *
describe(double value, int decimals)
{
  return isfinite(value) ? g_strdup_printf("%.*f", decimals, value) : g_strdup("-");
}

static char *
describe_loss(double value)
{
  return isfinite(value) ? g_strdup_printf("%.3g", value) : g_strdup("-");
}

static char *
describe_accuracy(const ArmSummary *summary)
{
  g_autofree char *mean = describe(100.0 * summary->accuracy_mean, 2);
  g_autofree char *deviation = describe(100.0 * summary->accuracy_deviation, 2);

  if (summary->n_complete == 0) {
    return g_strdup(mean);
  }
  if (summary->n_complete == 1) {
    return g_strdup_printf("%s %%", mean);
  }
  return g_strdup_printf("%s %s %s %%", mean, format_plus_minus(), deviation);
}

static char *
describe_difference(const PairedDifference *pair)
{
  return pair->n > 0 ? g_strdup_printf("%+.2f pp", 100.0 * pair->mean) : g_strdup("-");
}

static char *
describe_won(const PairedDifference *pair)
{
  return pair->n > 0 ? g_strdup_printf("%zu/%zu", pair->n_larger, pair->n)
                     : g_strdup("-");
}

static void
add_arm(Columns *columns, const Comparison *comparison, size_t arm)
{
  const ArmSummary summary = results_summarize(comparison, arm);
  const PairedDifference pair = results_pair(comparison, 0, arm);
  g_autofree char *loss = describe_loss(summary.train_loss);
  g_autofree char *accuracy = describe_accuracy(&summary);
  g_autofree char *difference = describe_difference(&pair);
  g_autofree char *won = describe_won(&pair);
  g_autofree char *model = describe(summary.model_ms, 3);
  g_autofree char *optimizer = describe(summary.optimizer_ms, 3);
  g_autofree char *state = summary.n_complete > 0 ? format_bytes(summary.state_bytes)
                                                  : g_strdup("-");

  columns_add(columns, summary.arm->name, loss, accuracy, arm > 0 ? difference : "",
              arm > 0 ? won : "", model, optimizer, state);
}

static void
print_heading(const Comparison *comparison, FILE *stream)
{
  g_autofree char *epochs = format_plural(comparison->epochs, "epoch");
  g_autofree char *seeds = format_plural(comparison->n_seeds, "seed");

  fprintf(stream, "%s: %s\n%s, batch size %u, %s\n\n", comparison->problem->name,
          comparison->problem->doc, epochs, comparison->batch_size, seeds);
}

static void
print_table(const Comparison *comparison, FILE *stream)
{
  g_autoptr(Columns) columns = columns_new("lrrrrrrr");
  g_autofree char *spread = g_strdup_printf("mean %s sd", format_plus_minus());

  columns_add_heading(columns, "arm", "train loss", "test accuracy", "difference",
                      "seeds", "model", "optimizer", "state");
  columns_add_heading(columns, "", "mean", spread, "to first", "won", "ms/step",
                      "ms/step", "");
  for (size_t i = 0; i < comparison->arms->len; i++) {
    add_arm(columns, comparison, i);
  }
  columns_print(columns, 0, stream);
}

static void
append_count(GString *text, const char *what, size_t n)
{
  if (n > 0) {
    g_string_append_printf(text, ", %s in %zu", what, n);
  }
}

/* no claim beyond what was counted: whether it is chance is not tested */
static char *
describe_pair(const PairedDifference *pair)
{
  g_autofree char *seeds = format_plural(pair->n, "seed");
  GString *text = g_string_new(NULL);

  if (pair->n == 0) {
    g_string_append(text, "there is no seed that both completed");
  } else {
    g_string_append_printf(text, "mean difference %+.2f pp over %s", 100.0 * pair->mean,
                           seeds);
  }
  append_count(text, "better", pair->n_larger);
  append_count(text, "worse", pair->n_smaller);
  append_count(text, "equal", pair->n_equal);
  return g_string_free(text, FALSE);
}

static void
print_pairs(const Comparison *comparison, FILE *stream)
{
  g_autoptr(Columns) columns = columns_new("ll");
  const Arm *base = g_ptr_array_index(comparison->arms, 0);

  for (guint i = 1; i < comparison->arms->len; i++) {
    const Arm *arm = g_ptr_array_index(comparison->arms, i);
    const PairedDifference pair = results_pair(comparison, 0, i);
    g_autofree char *names = g_strdup_printf("%s vs %s:", arm->name, base->name);
    g_autofree char *text = describe_pair(&pair);
    columns_add(columns, names, text);
  }
  columns_print(columns, 0, stream);
}

static void
print_diverged(const ArmSummary *summary, FILE *stream)
{
  if (summary->n_diverged > 0) {
    fprintf(
        stream,
        "%s: diverged in %zu of %zu runs; they count with the accuracy at their end,\n"
        "but not in the train loss\n",
        summary->arm->name, summary->n_diverged, summary->n_complete);
  }
}

/* the seeds of an arm that were lost for the reason of `first`, or NULL when an earlier
 * run has named them */
static char *
list_seeds(const Comparison *comparison, size_t arm, size_t first)
{
  const char *reason = comparison_run(comparison, arm, first)->reason;
  g_autoptr(GString) seeds = g_string_new(NULL);

  for (size_t i = 0; i < comparison->n_seeds; i++) {
    const Run *run = comparison_run(comparison, arm, i);
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
print_lost(const Comparison *comparison, size_t arm, FILE *stream)
{
  for (size_t i = 0; i < comparison->n_seeds; i++) {
    const Run *run = comparison_run(comparison, arm, i);
    g_autofree char *seeds = run->state == RUN_LOST ? list_seeds(comparison, arm, i)
                                                    : NULL;
    if (seeds != NULL) {
      fprintf(stream, "%s: lost with seed %s: %s\n", run->arm->name, seeds,
              run->reason);
    }
  }
}

void
table_print(const Comparison *comparison, FILE *stream)
{
  print_heading(comparison, stream);
  print_table(comparison, stream);
  fputc('\n', stream);
  print_pairs(comparison, stream);
  for (size_t i = 0; i < comparison->arms->len; i++) {
    const ArmSummary summary = results_summarize(comparison, i);
    print_diverged(&summary, stream);
    print_lost(comparison, i, stream);
  }
}
