/* SPDX-License-Identifier: MIT */
/* Asks children about arms and problems. */
#include "describe.h"

#include "harness/runner.h"

#include <gio/gio.h>
#include <glib/gstdio.h>
#include <json-glib/json-glib.h>
#include <stdio.h>
#include <unistd.h>

static char *
write_config(const Arm *arm, GError **error)
{
  g_autofree char *text = arm_text(arm, 0);
  char *path = NULL;
  const int file = g_file_open_tmp("optreg-XXXXXX.yaml", &path, error);

  if (file < 0) {
    return NULL;
  }
  close(file);
  if (!g_file_set_contents(path, text, -1, error)) {
    g_unlink(path);
    g_clear_pointer(&path, g_free);
  }
  return path;
}

static GSubprocess *
spawn(const Comparison *comparison, size_t task, char *const *command,
      const char *config, Probe probe, GError **error)
{
  g_autoptr(GPtrArray) arguments = g_ptr_array_new_with_free_func(g_free);
  g_autoptr(GSubprocessLauncher) launcher = g_subprocess_launcher_new(
      G_SUBPROCESS_FLAGS_STDOUT_PIPE | G_SUBPROCESS_FLAGS_STDERR_PIPE);

  for (size_t i = 0; command[i] != NULL; i++) {
    g_ptr_array_add(arguments, g_strdup(command[i]));
  }
  runner_add_task(arguments, comparison, task);
  g_ptr_array_add(arguments, g_strdup("--describe"));
  if (probe >= PROBE_STEPS) {
    g_ptr_array_add(arguments, g_strdup("--probe"));
  }
  if (probe >= PROBE_RECORDS) {
    g_ptr_array_add(arguments, g_strdup("--measure"));
  }
  g_ptr_array_add(arguments, g_strdup("--"));
  g_ptr_array_add(arguments, g_strdup(config));
  g_ptr_array_add(arguments, NULL);
  g_subprocess_launcher_setenv(launcher, "OPTREG_NUM_THREADS", "1", TRUE);
  g_subprocess_launcher_setenv(launcher, "OPENBLAS_NUM_THREADS", "1", TRUE);
  return g_subprocess_launcher_spawnv(launcher, (const char *const *)arguments->pdata,
                                      error);
}

static void
read_site(const char *json, Site *site)
{
  g_autoptr(JsonNode) root = json_from_string(json, NULL);

  if (root == NULL || !JSON_NODE_HOLDS_OBJECT(root)) {
    return;
  }
  JsonObject *object = json_node_get_object(root);
  site->optimizer = g_strdup(json_object_get_string_member(object, "optimizer"));
  site->plugin = g_strdup(json_object_get_string_member(object, "plugin"));
  site->plugin_hash = g_strdup(json_object_get_string_member(object, "plugin_sha256"));
  site->data = g_strdup(json_object_get_string_member(object, "data"));
  site->steps_per_epoch =
      (uint64_t)json_object_get_int_member(object, "steps_per_epoch");
  site->step_s = json_object_get_double_member_with_default(object, "step_s", 0.0);
  site->measure_s =
      json_object_get_double_member_with_default(object, "measure_s", 0.0);
}

/* the same complaint about a problem would come from every arm, so the first one ends
 * it */
static Status
judge(const Arm *arm, const char *config, GSubprocess *child, const char *messages)
{
  if (!g_subprocess_get_if_exited(child)
      || g_subprocess_get_exit_status(child) == STATUS_DONE) {
    return STATUS_DONE;
  }
  g_autofree char *text = arm_translate(arm, config, messages);
  fputs(text, stderr);
  return (Status)g_subprocess_get_exit_status(child);
}

static Status
describe_site(Comparison *comparison, size_t task, size_t index, char *const *command,
              Probe probe, GError **error)
{
  const Arm *arm = experiment_arm(comparison->experiment, index);
  Site *site = comparison_site(comparison, task, index);
  g_autofree char *config = write_config(arm, error);
  const gint64 start = g_get_monotonic_time();
  g_autofree char *out = NULL, *err = NULL;

  if (config == NULL) {
    return STATUS_FAILED;
  }
  g_autoptr(GSubprocess) child = spawn(comparison, task, command, config, probe, error);
  const bool is_heard =
      child != NULL
      && g_subprocess_communicate_utf8(child, NULL, NULL, &out, &err, error);
  g_unlink(config);
  if (!is_heard) {
    return STATUS_FAILED;
  }
  site->start_s = 1e-6 * (double)(g_get_monotonic_time() - start);
  read_site(out, site);
  return judge(arm, config, child, err);
}

/* an arm that crashes on opening still has to have a length */
static void
share_lengths(const Comparison *comparison, size_t task)
{
  Site *first = comparison_site(comparison, task, 0);

  for (size_t arm = 0; arm < comparison_n_arms(comparison); arm++) {
    const Site *site = comparison_site(comparison, task, arm);
    first->steps_per_epoch = MAX(first->steps_per_epoch, site->steps_per_epoch);
    if (first->data == NULL) {
      first->data = g_strdup(site->data);
    }
  }
}

Status
describe_sites(Comparison *comparison, char *const *command, Probe probe,
               GError **error)
{
  for (size_t task = 0; task < comparison_n_tasks(comparison); task++) {
    for (size_t arm = 0; arm < comparison_n_arms(comparison); arm++) {
      const Status status = describe_site(comparison, task, arm, command, probe, error);
      if (status != STATUS_DONE) {
        return status;
      }
    }
    share_lengths(comparison, task);
  }
  return STATUS_DONE;
}
