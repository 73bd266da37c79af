/* SPDX-License-Identifier: MIT */
/* The folder of a comparison's results: made, found again, locked. */
#include "comparison.h"

#include "manifest.h"
#include "support/file.h"
#include "support/status.h"

#include <errno.h>
#include <glib/gstdio.h>
#include <sys/file.h>
#include <unistd.h>

static const char default_directory[] = "optreg-compare";
static const char lock_name[] = ".lock";

static bool
fail_to_make(const char *path, int reason, GError **error)
{
  g_set_error(error, STATUS_ERROR, STATUS_FAILED, "cannot make the folder %s: %s", path,
              g_strerror(reason));
  return false;
}

static bool
make_parents(const char *path, GError **error)
{
  return g_mkdir_with_parents(path, 0777) == 0 || fail_to_make(path, errno, error);
}

static bool
is_empty(const char *path)
{
  g_autoptr(GDir) directory = g_dir_open(path, 0, NULL);
  return directory != NULL && g_dir_read_name(directory) == NULL;
}

/* mkdir decides who gets a name, so that two comparisons can start at once */
static char *
find_numbered(const Comparison *comparison, GError **error)
{
  for (unsigned i = 1;; i++) {
    g_autofree char *path = i == 1 ? g_strdup(default_directory)
                                   : g_strdup_printf("%s-%u", default_directory, i);
    const int reason = g_mkdir(path, 0777) == 0 ? 0 : errno;
    if (reason != 0 && reason != EEXIST) {
      fail_to_make(path, reason, error);
      return NULL;
    }
    if (reason == 0 || manifest_fits(comparison, path)) {
      return g_steal_pointer(&path);
    }
  }
}

/* the lock comes first, so a comparison that was killed at its begin has it, too */
static bool
is_ours(const char *path)
{
  g_autofree char *lock = g_build_filename(path, lock_name, NULL);

  return manifest_is_there(path) || g_file_test(lock, G_FILE_TEST_IS_REGULAR);
}

static char *
use_given(const char *path, GError **error)
{
  if (g_file_test(path, G_FILE_TEST_EXISTS) && !is_empty(path) && !is_ours(path)) {
    g_set_error(
        error, STATUS_ERROR, STATUS_USAGE,
        "%s is there and neither an empty folder nor one of results; name another "
        "one with --out",
        path);
    return NULL;
  }
  return make_parents(path, error) ? g_strdup(path) : NULL;
}

/* held until the process ends, however it ends */
static bool
lock(Comparison *comparison, GError **error)
{
  g_autofree char *path = g_build_filename(comparison->directory, lock_name, NULL);

  comparison->lock = file_open(path, 0, error);
  if (comparison->lock < 0) {
    g_prefix_error(error, "cannot write to the folder %s: ", comparison->directory);
    return false;
  }
  if (flock(comparison->lock, LOCK_EX | LOCK_NB) == 0) {
    return true;
  }
  const int reason = errno;
  if (reason == EWOULDBLOCK) {
    g_set_error(error, STATUS_ERROR, STATUS_FAILED,
                "another comparison is writing to %s; wait for it, or name another "
                "folder with --out",
                comparison->directory);
  } else {
    g_set_error(
        error, STATUS_ERROR, STATUS_FAILED,
        "cannot lock %s: %s; name a folder with --out where files can be locked", path,
        g_strerror(reason));
  }
  return false;
}

static bool
make_run_folders(const Comparison *comparison, GError **error)
{
  for (size_t task = 0; task < comparison_n_tasks(comparison); task++) {
    for (size_t arm = 0; arm < comparison_n_arms(comparison); arm++) {
      g_autofree char *path =
          g_build_filename(comparison->directory, "runs",
                           experiment_task(comparison->experiment, task)->name,
                           arm_name(experiment_arm(comparison->experiment, arm)), NULL);
      if (!make_parents(path, error)) {
        return false;
      }
    }
  }
  g_autofree char *configs = g_build_filename(comparison->directory, "configs", NULL);
  return make_parents(configs, error);
}

bool
comparison_open_directory(Comparison *comparison, const char *path, GError **error)
{
  comparison->directory = path != NULL ? use_given(path, error)
                                       : find_numbered(comparison, error);
  return comparison->directory != NULL && lock(comparison, error)
         && make_run_folders(comparison, error)
         && comparison_write_configs(comparison, error);
}

char *
comparison_run_path(const Comparison *comparison, const Run *run, const char *suffix)
{
  g_autofree char *trial = run->purpose == RUN_TUNING
                               ? g_strdup_printf("trial-%u-", run->trial)
                               : g_strdup("");
  g_autofree char *file =
      g_strdup_printf("%s%u-%.12s%s", trial, run->seed, run->key, suffix);

  return g_build_filename(comparison->directory, "runs",
                          experiment_task(comparison->experiment, run->task)->name,
                          arm_name(experiment_arm(comparison->experiment, run->arm)),
                          file, NULL);
}

char *
comparison_config_path(const Comparison *comparison, size_t arm, uint32_t trial)
{
  const char *name = arm_name(experiment_arm(comparison->experiment, arm));
  g_autofree char *file = trial == 0 ? g_strdup_printf("%s.yaml", name)
                                     : g_strdup_printf("%s.trial-%u.yaml", name, trial);

  return g_build_filename(comparison->directory, "configs", file, NULL);
}

bool
comparison_write_configs(const Comparison *comparison, GError **error)
{
  const Experiment *experiment = comparison->experiment;

  for (size_t i = 0; i < comparison_n_arms(comparison); i++) {
    const Arm *arm = experiment_arm(experiment, i);
    const uint32_t n = arm_is_tuned(arm) ? experiment->n_trials : 1;
    for (uint32_t trial = 0; trial < n; trial++) {
      g_autofree char *path = comparison_config_path(comparison, i, trial);
      g_autofree char *text = arm_text(arm, trial);
      if (!file_write_lightly(path, text, -1, error)) {
        return false;
      }
    }
  }
  return true;
}
