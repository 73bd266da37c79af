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

static char *
describe_arm(const Comparison *comparison, size_t task, size_t arm, uint32_t trial)
{
  const Site *site = comparison_site(comparison, task, arm);
  g_autofree char *config = identity_of_config(comparison, arm, trial);

  return g_strdup_printf("arm %s\nconfig %s\nplugin %s %s\n",
                         arm_name(experiment_arm(comparison->experiment, arm)), config,
                         site->optimizer != NULL ? site->optimizer : "",
                         site->plugin_hash != NULL ? site->plugin_hash : "");
}

/* all that the run's weights depend on; not who shadows it */
static char *
describe_run(const Comparison *comparison, const Run *run)
{
  g_autofree char *task = identity_of_task(comparison, run->task);
  g_autofree char *arm = describe_arm(comparison, run->task, run->arm, run->trial);

  return g_strdup_printf("harness %s\nproblem %s %s\n%sseed %u\n", HARNESS_VERSION,
                         experiment_task(comparison->experiment, run->task)->name, task,
                         arm, run->seed);
}

static void
hash(const char *text, char key[65])
{
  g_autofree char *sum = g_compute_checksum_for_string(G_CHECKSUM_SHA256, text, -1);
  g_strlcpy(key, sum, 65);
}

void
identity_of_result(const Comparison *comparison, const Run *run, char key[65])
{
  g_autofree char *text = describe_run(comparison, run);
  hash(text, key);
}

void
identity_of_run(const Comparison *comparison, const Run *run, char key[65])
{
  g_autofree char *own = describe_run(comparison, run);
  g_autoptr(GString) text = g_string_new(own);

  for (size_t arm = 1;
       comparison_is_shadowed(comparison, run) && arm < comparison_n_arms(comparison);
       arm++) {
    g_autofree char *candidate = describe_arm(
        comparison, run->task, arm, comparison_site(comparison, run->task, arm)->trial);
    g_string_append_printf(text, "shadow %s", candidate);
  }
  hash(text->str, key);
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
