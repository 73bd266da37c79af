/* SPDX-License-Identifier: MIT */
/* optreg problems: what can be trained. */
#include "problem_files.h"
#include "support/columns.h"
#include "support/text.h"
#include "usage.h"
#include "verbs.h"

static const Usage usage = {
  .verb = "problems",
  .arguments = "[NAME]",
  .least = 0,
  .most = 1,
  .summary =
      "Lists the problems that 'optreg compare' trains, or shows what NAME can be\n"
      "given and what it measures.",
  .notes = "A suite is all problems of its tier and of those below. 'decides' is the "
           "metric\n"
           "that is compared by default, with the smallest difference that counts.",
};

static const char *
name_of_tier(const ProblemClass *class)
{
  static const char *const names[] = { "-", "smoke", "standard", "full" };
  return names[class->tier];
}

/* "test accuracy, 0.5 pp" */
static char *
describe_primary(const ProblemClass *class)
{
  static const char *const splits[] = { "training", "validation", "test" };
  size_t n;
  const ProblemMetric *metric = problem_metrics(class, &n) + class->primary;
  const bool is_share = (metric->flags & OPTREG_PROBLEM_SHARE) != 0;

  return g_strdup_printf("%s %s, %g%s", splits[class->primary_split], metric->name,
                         is_share ? 100.0 * metric->minimum_effect
                                  : metric->minimum_effect,
                         is_share ? " pp" : "");
}

static void
print_list(const ProblemSet *set)
{
  g_autoptr(Columns) columns = columns_new("llrrll");

  columns_add_heading(columns, "name", "tier", "epochs", "batch", "decides",
                      "what it is");
  for (size_t i = 0; problem_set_classes(set)[i] != NULL; i++) {
    const ProblemClass *class = problem_set_classes(set)[i];
    g_autofree char *epochs = g_strdup_printf("%u", class->epochs);
    g_autofree char *batch = g_strdup_printf("%u", class->batch_size);
    g_autofree char *primary = describe_primary(class);
    columns_add(columns, class->name, name_of_tier(class), epochs, batch, primary,
                class->doc);
  }
  columns_print(columns, 0, stdout);
}

static void
print_options(const ProblemClass *class)
{
  g_autoptr(Columns) columns = columns_new("lrll");
  size_t n;
  const ProblemOption *rows = problem_options(class, &n);

  columns_add_heading(columns, "option", "default", "must be", "meaning");
  for (size_t i = 0; i < n; i++) {
    g_autofree char *value = problem_show_option(class, i, rows[i].default_value);
    g_autofree char *range = problem_describe_option(class, i);
    columns_add(columns, rows[i].name, value, range, rows[i].doc);
  }
  if (n > 0) {
    fputc('\n', stdout);
    columns_print(columns, 0, stdout);
  }
}

static void
print_metrics(const ProblemClass *class)
{
  g_autoptr(Columns) columns = columns_new("llrrl");
  size_t n;
  const ProblemMetric *rows = problem_metrics(class, &n);

  columns_add_heading(columns, "metric", "better", "smallest difference", "diverged",
                      "meaning");
  for (size_t i = 0; i < n; i++) {
    const bool is_higher = (rows[i].flags & OPTREG_PROBLEM_HIGHER_IS_BETTER) != 0;
    g_autofree char *effect = g_strdup_printf("%g", rows[i].minimum_effect);
    g_autofree char *worst = g_strdup_printf("%g", rows[i].worst);
    columns_add(columns, rows[i].name, is_higher ? "higher" : "lower", effect, worst,
                rows[i].doc);
  }
  fputc('\n', stdout);
  columns_print(columns, 0, stdout);
}

static void
print_class(const ProblemClass *class)
{
  g_autofree char *primary = describe_primary(class);

  text_line(stdout, "%s %s: %s", class->name, class->version, class->doc);
  fputc('\n', stdout);
  printf("  tier %s; by default %u epochs with batches of %u; decides: %s\n",
         name_of_tier(class), class->epochs, class->batch_size, primary);
  print_options(class);
  print_metrics(class);
}

Status
problems_run(int argc, char **argv, GError **error)
{
  g_auto(GStrv) files = NULL, rest = NULL;
  const GOptionEntry entries[] = { PROBLEM_FILES_OPTION(&files), G_OPTION_ENTRY_NULL };

  if (!usage_parse(&usage, entries, argc, argv, &rest, error)) {
    return STATUS_DONE;
  }
  g_autoptr(ProblemSet) set = problem_set_new(files, error);
  if (set == NULL) {
    return STATUS_FAILED;
  }
  if (rest[0] == NULL) {
    print_list(set);
    return STATUS_DONE;
  }
  const ProblemClass *class = problem_set_find(set, rest[0], error);
  if (class == NULL) {
    return STATUS_FAILED;
  }
  print_class(class);
  return STATUS_DONE;
}
