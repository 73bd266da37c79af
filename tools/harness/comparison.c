/* SPDX-License-Identifier: MIT */
/* Arms times seeds, and their folder. */
#include "comparison.h"

#include "support/status.h"

#include <errno.h>
#include <glib/gstdio.h>

static const char default_directory[] = "optreg-compare";

Comparison *
comparison_new(const ProblemClass *problem, GPtrArray *arms, uint32_t n_seeds,
               uint32_t epochs, uint32_t batch_size)
{
  Comparison *comparison = g_new0(Comparison, 1);

  comparison->problem = problem;
  comparison->arms = arms;
  comparison->n_seeds = n_seeds;
  comparison->epochs = epochs;
  comparison->batch_size = batch_size;
  comparison->runs = g_new0(Run, comparison_n_runs(comparison));
  for (size_t i = 0; i < comparison_n_runs(comparison); i++) {
    comparison->runs[i].arm = g_ptr_array_index(arms, i / n_seeds);
    comparison->runs[i].seed = (uint32_t)(i % n_seeds) + 1;
  }
  return comparison;
}

void
comparison_free(Comparison *comparison)
{
  if (comparison != NULL) {
    for (size_t i = 0; i < comparison_n_runs(comparison); i++) {
      g_free(comparison->runs[i].reason);
    }
    g_free(comparison->runs);
    g_free(comparison->directory);
    g_ptr_array_unref(comparison->arms);
    g_free(comparison);
  }
}

size_t
comparison_n_runs(const Comparison *comparison)
{
  return (size_t)comparison->arms->len * comparison->n_seeds;
}

Run *
comparison_run(const Comparison *comparison, size_t arm, size_t seed_index)
{
  return &comparison->runs[arm * comparison->n_seeds + seed_index];
}

bool
run_is_complete(const Run *run)
{
  return run->state == RUN_FINISHED || run->state == RUN_DIVERGED;
}

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
make_numbered(GError **error)
{
  for (unsigned i = 1;; i++) {
    g_autofree char *path = i == 1 ? g_strdup(default_directory)
                                   : g_strdup_printf("%s-%u", default_directory, i);
    if (g_mkdir(path, 0777) == 0) {
      return g_steal_pointer(&path);
    }
    if (errno != EEXIST) {
      fail_to_make(path, errno, error);
      return NULL;
    }
  }
}

static char *
make_given(const char *path, GError **error)
{
  if (g_file_test(path, G_FILE_TEST_EXISTS) && !is_empty(path)) {
    g_set_error(error, STATUS_ERROR, STATUS_USAGE,
                "%s is there and not an empty folder; name another one with --out",
                path);
    return NULL;
  }
  return make_parents(path, error) ? g_strdup(path) : NULL;
}

static bool
copy_config(const Comparison *comparison, const Arm *arm, GError **error)
{
  g_autofree char *copy = comparison_config_path(comparison, arm);
  g_autofree char *text = NULL;
  gsize length = 0;

  return g_file_get_contents(arm->config, &text, &length, error)
         && g_file_set_contents(copy, text, (gssize)length, error);
}

static bool
fill_directory(const Comparison *comparison, GError **error)
{
  g_autofree char *configs = g_build_filename(comparison->directory, "configs", NULL);

  if (!make_parents(configs, error)) {
    return false;
  }
  for (guint i = 0; i < comparison->arms->len; i++) {
    const Arm *arm = g_ptr_array_index(comparison->arms, i);
    g_autofree char *runs =
        g_build_filename(comparison->directory, "runs", arm->name, NULL);
    if (!make_parents(runs, error) || !copy_config(comparison, arm, error)) {
      return false;
    }
  }
  return true;
}

bool
comparison_make_directory(Comparison *comparison, const char *path, GError **error)
{
  comparison->directory = path != NULL ? make_given(path, error) : make_numbered(error);
  return comparison->directory != NULL && fill_directory(comparison, error);
}

char *
comparison_run_path(const Comparison *comparison, const Run *run, const char *suffix)
{
  g_autofree char *file = g_strdup_printf("%u%s", run->seed, suffix);
  return g_build_filename(comparison->directory, "runs", run->arm->name, file, NULL);
}

char *
comparison_config_path(const Comparison *comparison, const Arm *arm)
{
  g_autofree char *file = g_strconcat(arm->name, ".yaml", NULL);
  return g_build_filename(comparison->directory, "configs", file, NULL);
}
