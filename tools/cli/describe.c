/* SPDX-License-Identifier: MIT */
/* Asks children about arms and problems. */
#include "describe.h"

#include "harness/runner.h"
#include "support/file.h"
#include "support/json_get.h"
#include "support/json_text.h"

#include <gio/gio.h>
#include <glib/gstdio.h>
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
  if (!file_write_lightly(path, text, -1, error)) {
    g_unlink(path);
    g_clear_pointer(&path, g_free);
  }
  return path;
}

/* the first configuration's arm, shadowed by the others: then it is arm 0 */
static GSubprocess *
spawn(const Comparison *comparison, size_t task, char *const *command,
      const GPtrArray *configs, Probe probe, GError **error)
{
  g_autoptr(GPtrArray) arguments = g_ptr_array_new_with_free_func(g_free);
  g_autoptr(GSubprocessLauncher) launcher = g_subprocess_launcher_new(
      G_SUBPROCESS_FLAGS_STDOUT_PIPE | G_SUBPROCESS_FLAGS_STDERR_PIPE);

  for (size_t i = 0; command[i] != NULL; i++) {
    g_ptr_array_add(arguments, g_strdup(command[i]));
  }
  runner_add_task(arguments, comparison, task);
  for (guint arm = 1; arm < configs->len; arm++) {
    runner_add_shadow(arguments, comparison, arm, g_ptr_array_index(configs, arm));
  }
  g_ptr_array_add(arguments, g_strdup("--describe"));
  if (probe >= PROBE_STEPS) {
    g_ptr_array_add(arguments, g_strdup("--probe"));
  }
  if (probe >= PROBE_RECORDS) {
    g_ptr_array_add(arguments, g_strdup("--measure"));
  }
  g_ptr_array_add(arguments, g_strdup("--"));
  g_ptr_array_add(arguments, g_strdup(g_ptr_array_index(configs, 0)));
  g_ptr_array_add(arguments, NULL);
  runner_set_threads(launcher);
  return g_subprocess_launcher_spawnv(launcher, (const char *const *)arguments->pdata,
                                      error);
}

static void
read_times(JsonObject *object, Site *site)
{
  site->step_s = json_get_number(object, "step_s", 0.0);
  site->measure_s = json_get_number(object, "measure_s", 0.0);
}

static void
read_site(JsonObject *object, Site *site)
{
  site->optimizer = g_strdup(json_get_text(object, "optimizer"));
  site->plugin = g_strdup(json_get_text(object, "plugin"));
  site->plugin_hash = g_strdup(json_get_text(object, "plugin_sha256"));
  site->data = g_strdup(json_get_text(object, "data"));
  site->steps_per_epoch = json_get_count(object, "steps_per_epoch");
  read_times(object, site);
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

/* paths of files that go with it */
typedef GPtrArray Files;

static void
unlink_all(Files *paths)
{
  for (guint i = 0; i < paths->len; i++) {
    g_unlink(g_ptr_array_index(paths, i));
  }
  g_ptr_array_unref(paths);
}
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Files, unlink_all)

/* arm `first` on a problem, shadowed by the n - 1 behind it; what a child says goes to
 * *answer, NULL where it says nothing that can be read */
static Status
ask(const Comparison *comparison, size_t task, size_t first, size_t n,
    char *const *command, Probe probe, JsonObject **answer, GError **error)
{
  g_autoptr(Files) configs = g_ptr_array_new_with_free_func(g_free);
  g_autofree char *out = NULL, *err = NULL;

  for (size_t i = 0; i < n; i++) {
    char *config =
        write_config(experiment_arm(comparison->experiment, first + i), error);
    if (config == NULL) {
      return STATUS_FAILED;
    }
    g_ptr_array_add(configs, config);
  }
  g_autoptr(GSubprocess)
      child = spawn(comparison, task, command, configs, probe, error);
  if (child == NULL
      || !g_subprocess_communicate_utf8(child, NULL, NULL, &out, &err, error)) {
    return STATUS_FAILED;
  }
  *answer = json_text_read_object(out, -1);
  return judge(experiment_arm(comparison->experiment, first),
               g_ptr_array_index(configs, 0), child, err);
}

static Status
describe_site(Comparison *comparison, size_t task, size_t index, char *const *command,
              Probe probe, GError **error)
{
  Site *site = comparison_site(comparison, task, index);
  const gint64 start = g_get_monotonic_time();
  g_autoptr(JsonObject) answer = NULL;
  const Status status = ask(comparison, task, index, 1, command, probe, &answer, error);

  site->start_s = 1e-6 * (double)(g_get_monotonic_time() - start);
  if (answer != NULL) {
    read_site(answer, site);
  }
  return status;
}

/* whether the arms can be compared step by step, and how long that takes */
static Status
describe_shadows(Comparison *comparison, size_t task, char *const *command, Probe probe,
                 GError **error)
{
  g_autoptr(JsonObject) answer = NULL;
  const Status status = ask(comparison, task, 0, comparison_n_arms(comparison), command,
                            probe, &answer, error);

  if (answer != NULL) {
    read_times(answer, comparison_site(comparison, task, 0));
  }
  return status;
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

static Status
describe_task(Comparison *comparison, size_t task, char *const *command, Probe probe,
              GError **error)
{
  for (size_t arm = 0; arm < comparison_n_arms(comparison); arm++) {
    const Status status = describe_site(comparison, task, arm, command, probe, error);
    if (status != STATUS_DONE) {
      return status;
    }
  }
  share_lengths(comparison, task);
  return comparison->has_shadows
             ? describe_shadows(comparison, task, command, probe, error)
             : STATUS_DONE;
}

Status
describe_sites(Comparison *comparison, char *const *command, Probe probe,
               GError **error)
{
  for (size_t task = 0; task < comparison_n_tasks(comparison); task++) {
    const Status status = describe_task(comparison, task, command, probe, error);
    if (status != STATUS_DONE) {
      return status;
    }
  }
  return STATUS_DONE;
}
