/* SPDX-License-Identifier: MIT */
/* Comparisons found again. */
#include "archive.h"

#include "analysis.h"
#include "manifest.h"
#include "support/file.h"
#include "support/json_get.h"
#include "support/json_text.h"
#include "support/status.h"

static const char file_name[] = "experiment.yaml";

bool
archive_write(const Comparison *comparison, GError **error)
{
  g_autofree char *path = g_build_filename(comparison->directory, file_name, NULL);
  g_autofree char *text = experiment_to_text(comparison->experiment, "configs");

  return file_write(path, text, -1, error);
}

/* ---- runs ---- */

/* why runs were lost is in results.json alone; by key */
static void
collect_reasons(JsonArray *runs, GHashTable *reasons)
{
  for (guint i = 0; i < json_get_length(runs); i++) {
    JsonObject *run = json_get_element(runs, i);
    const char *status = json_get_text(run, "status");
    if (g_str_equal(status, "lost")) {
      g_hash_table_insert(reasons, g_strdup(json_get_text(run, "key")),
                          g_strdup(json_get_text(run, "reason")));
    }
  }
}

static GHashTable *
read_reasons(const Comparison *comparison)
{
  GHashTable *reasons = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
  g_autofree char *path = g_build_filename(comparison->directory, "results.json", NULL);
  g_autoptr(JsonObject) results = json_text_read_file_object(path);
  JsonArray *problems = json_get_array(results, "problems");

  for (guint i = 0; i < json_get_length(problems); i++) {
    JsonArray *arms = json_get_array(json_get_element(problems, i), "arms");
    for (guint k = 0; k < json_get_length(arms); k++) {
      JsonObject *arm = json_get_element(arms, k);
      collect_reasons(json_get_array(arm, "tuning"), reasons);
      collect_reasons(json_get_array(arm, "runs"), reasons);
    }
  }
  return reasons;
}

static size_t
reuse(const Comparison *comparison, const GPtrArray *runs, GHashTable *reasons)
{
  size_t n_missing = 0;

  for (guint i = 0; i < runs->len; i++) {
    Run *run = g_ptr_array_index(runs, i);
    const char *reason = g_hash_table_lookup(reasons, run->key);
    comparison_reuse(comparison, run);
    if (!run_is_complete(run) && reason != NULL) {
      run->state = RUN_LOST;
      run->reason = g_strdup(reason);
    }
    n_missing += run->state == RUN_WAITING;
  }
  return n_missing;
}

/* returns how many runs are missing */
static size_t
restore_runs(Comparison *comparison)
{
  g_autoptr(GHashTable) reasons = read_reasons(comparison);
  g_autoptr(GPtrArray) tuning = comparison_plan_tuning(comparison);
  size_t n_missing = reuse(comparison, tuning, reasons);

  analysis_choose_trials(comparison, tuning);
  g_autoptr(GPtrArray) evaluation = comparison_plan_evaluation(comparison);
  return n_missing + reuse(comparison, evaluation, reasons);
}

/* ---- the folder ---- */

static bool
check_folder(const char *directory, GError **error)
{
  g_autofree char *path = g_build_filename(directory, file_name, NULL);

  if (!manifest_is_there(directory)) {
    g_set_error(error, STATUS_ERROR, STATUS_USAGE,
                "%s is no folder of results of 'optreg compare'", directory);
    return false;
  }
  if (!g_file_test(path, G_FILE_TEST_IS_REGULAR)) {
    g_set_error(error, STATUS_ERROR, STATUS_USAGE,
                "%s has no %s; an older optreg has written it, so run its 'optreg "
                "compare' again",
                directory, file_name);
    return false;
  }
  return true;
}

static Experiment *
read_experiment(const char *directory, const ProblemSet *set, GError **error)
{
  g_autofree char *path = g_build_filename(directory, file_name, NULL);
  char *const files[] = { path, NULL };
  const ExperimentArguments arguments = { .files = files,
                                          .out = directory,
                                          .n_seeds = G_MININT,
                                          .epochs = G_MININT,
                                          .batch_size = G_MININT,
                                          .n_trials = G_MININT };

  return experiment_new(&arguments, set, error);
}

bool
archive_check(const Comparison *comparison, const ProblemSet *set, GError **error)
{
  Experiment *experiment = read_experiment(comparison->directory, set, error);

  if (experiment == NULL) {
    g_prefix_error(error, "this experiment could not be read again: ");
    return false;
  }
  experiment_free(experiment);
  return true;
}

Comparison *
archive_open(const char *directory, const ProblemSet *set, GError **error)
{
  Experiment *experiment =
      check_folder(directory, error) ? read_experiment(directory, set, error) : NULL;

  if (experiment == NULL) {
    return NULL;
  }
  g_autoptr(Comparison) comparison = comparison_new(experiment);
  if (!comparison_open_directory(comparison, directory, error)) {
    return NULL;
  }
  g_autoptr(GError) damage = NULL;
  const size_t n_missing = manifest_restore_sites(comparison, &damage)
                               ? restore_runs(comparison)
                               : G_MAXSIZE;
  if (damage != NULL) {
    g_propagate_error(error, g_steal_pointer(&damage));
    return NULL;
  }
  if (n_missing > 0) {
    g_set_error(error, STATUS_ERROR, STATUS_INCOMPLETE,
                "%s: the comparison is not complete; the command that began it goes on "
                "with it",
                directory);
    return NULL;
  }
  return g_steal_pointer(&comparison);
}
