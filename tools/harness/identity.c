/* SPDX-License-Identifier: MIT */
/* Keys of runs. */
#include "identity.h"

#include <string.h>

/* raise it when the harness trains or measures differently */
#define HARNESS_VERSION "2"

static char *
describe_options(const Task *task)
{
  size_t n;
  const ProblemOption *options = problem_options(task->class, &n);
  GString *text = g_string_new(NULL);

  for (size_t i = 0; i < n; i++) {
    g_autofree char *value = problem_show_option(task->class, i, task->options[i]);
    g_string_append_printf(text, " %s=%s", options[i].name, value);
  }
  return g_string_free(text, FALSE);
}

char *
identity_of_task(const Comparison *comparison, size_t index)
{
  const Task *task = experiment_task(comparison->experiment, index);
  const Site *site = comparison_site(comparison, index, 0);
  g_autofree char *options = describe_options(task);
  char amount[G_ASCII_DTOSTR_BUF_SIZE];

  return g_strdup_printf("%s %s%s data=%s batch_size=%u %s=%s", task->class->name,
                         task->class->version, options,
                         site->data != NULL ? site->data : "", task->batch_size,
                         budget_unit(task->budget.kind),
                         g_ascii_dtostr(amount, sizeof amount, task->budget.amount));
}

char *
identity_of_config(const Comparison *comparison, size_t arm, uint32_t trial)
{
  g_autofree char *text = arm_text(experiment_arm(comparison->experiment, arm), trial);
  return g_compute_checksum_for_string(G_CHECKSUM_SHA256, text, -1);
}

void
identity_of_run(const Comparison *comparison, const Run *run, char key[65])
{
  const Site *site = comparison_site(comparison, run->task, run->arm);
  g_autofree char *task = identity_of_task(comparison, run->task);
  g_autofree char *config = identity_of_config(comparison, run->arm, run->trial);
  g_autofree char *text = g_strdup_printf(
      "harness %s\nproblem %s %s\narm %s\nconfig %s\nplugin %s %s\nseed %u\n",
      HARNESS_VERSION, experiment_task(comparison->experiment, run->task)->name, task,
      arm_name(experiment_arm(comparison->experiment, run->arm)), config,
      site->optimizer != NULL ? site->optimizer : "",
      site->plugin_hash != NULL ? site->plugin_hash : "", run->seed);
  g_autofree char *sum = g_compute_checksum_for_string(G_CHECKSUM_SHA256, text, -1);

  g_strlcpy(key, sum, 65);
}

char *
identity_of_file(const char *path)
{
  g_autofree char *bytes = NULL;
  gsize length;

  return path != NULL && g_file_get_contents(path, &bytes, &length, NULL)
             ? g_compute_checksum_for_data(G_CHECKSUM_SHA256, (const guchar *)bytes,
                                           length)
             : g_strdup("");
}
