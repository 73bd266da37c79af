/* SPDX-License-Identifier: MIT */
/* optreg compare: train configurations side by side. */
#include "harness/results.h"
#include "harness/runner.h"
#include "harness/table.h"
#include "plugins.h"
#include "problem_files.h"
#include "usage.h"
#include "verbs.h"

#include <gio/gio.h>

enum {
  MOST_SEEDS = 10000,
  MOST_EPOCHS = 1000000,
  MOST_BATCH = 1 << 20,
  MOST_JOBS = 1024,
  UNSET = G_MININT,
};

typedef struct Settings {
  char *problem, *out;
  char **directories, **problem_files;
  int seeds, epochs, batch_size, jobs;
} Settings;

static const Usage usage = {
  .verb = "compare",
  .arguments = "CONFIG...",
  .least = 1,
  .most = G_MAXUINT,
  .summary =
      "Trains every CONFIG on a real problem and compares what they reach. For each\n"
      "seed all arms get the same initial weights and the same order of batches, so\n"
      "their results are paired. An arm is called as its file without suffix, or as\n"
      "in NAME=FILE.",
  .notes =
      "Every run is a process of its own; one that crashes is lost alone, and the\n"
      "exit status is 5. The measures are those of the weights that would be deployed,\n"
      "their average when use_ema is on. ms/step is the time of one batch. DIR gets\n"
      "  runs/ARM/SEED.jsonl  a record for each epoch\n"
      "  log.jsonl            all of them, by arm and seed\n"
      "  results.json         what the table is made of, run by run\n"
      "  configs/ARM.yaml     the configurations as they were",
};

static void
settings_clear(Settings *settings)
{
  g_free(settings->problem);
  g_free(settings->out);
  g_strfreev(settings->directories);
  g_strfreev(settings->problem_files);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Settings, settings_clear)

static bool
check_settings(const Settings *settings, GError **error)
{
  return usage_check_count("--seeds", settings->seeds, MOST_SEEDS, error)
         && usage_check_count("--epochs", settings->epochs, MOST_EPOCHS, error)
         && usage_check_count("--batch-size", settings->batch_size, MOST_BATCH, error)
         && usage_check_count("--jobs", settings->jobs, MOST_JOBS, error);
}

/* the executable again, whatever its file is called now */
static GStrv
make_command(const Settings *settings)
{
  char *const *directories = settings->directories;
  char *const *files = settings->problem_files;
  GStrvBuilder *command = g_strv_builder_new();

  g_strv_builder_add_many(command, "/proc/self/exe", "compare-run", NULL);
  for (size_t i = 0; directories != NULL && directories[i] != NULL; i++) {
    g_strv_builder_add_many(command, "--plugin-dir", directories[i], NULL);
  }
  for (size_t i = 0; files != NULL && files[i] != NULL; i++) {
    g_strv_builder_add_many(command, "--problem-file", files[i], NULL);
  }
  GStrv arguments = g_strv_builder_end(command);
  g_strv_builder_unref(command);
  return arguments;
}

/* Build the arm's optimizer in a child that prints what is wrong. A plugin that crashes
 * there will lose its runs, and is left to them. */
static Status
check_arm(char *const *command, const Arm *arm, const Comparison *comparison,
          GError **error)
{
  g_autoptr(GPtrArray) arguments = g_ptr_array_new();
  g_autofree char *problem = g_strconcat("--problem=", comparison->problem->name, NULL);

  for (size_t i = 0; command[i] != NULL; i++) {
    g_ptr_array_add(arguments, command[i]);
  }
  g_ptr_array_add(arguments, problem);
  g_ptr_array_add(arguments, (char *)"--check");
  g_ptr_array_add(arguments, (char *)"--");
  g_ptr_array_add(arguments, arm->config);
  g_ptr_array_add(arguments, NULL);
  g_autoptr(GSubprocess) child = g_subprocess_newv(
      (const char *const *)arguments->pdata, G_SUBPROCESS_FLAGS_NONE, error);
  if (child == NULL || !g_subprocess_wait(child, NULL, error)) {
    return STATUS_FAILED;
  }
  return g_subprocess_get_if_exited(child) ? (Status)g_subprocess_get_exit_status(child)
                                           : STATUS_DONE;
}

static Status
check_arms(char *const *command, const Comparison *comparison, GError **error)
{
  for (guint i = 0; i < comparison->arms->len; i++) {
    const Arm *arm = g_ptr_array_index(comparison->arms, i);
    const Status status = check_arm(command, arm, comparison, error);
    if (status != STATUS_DONE) {
      return status;
    }
  }
  return STATUS_DONE;
}

static Status
judge(const Comparison *comparison)
{
  const size_t n = comparison_n_runs(comparison);
  size_t n_lost = 0;

  for (size_t i = 0; i < n; i++) {
    n_lost += comparison->runs[i].state == RUN_LOST;
  }
  if (n_lost > 0) {
    fprintf(stderr, "optreg: incomplete: %zu of %zu runs are lost\n", n_lost, n);
  }
  return n_lost > 0 ? STATUS_INCOMPLETE : STATUS_DONE;
}

static bool
train_all(Comparison *comparison, char *const *command, const Settings *settings)
{
  g_autoptr(Progress) progress = progress_new(comparison, stderr);
  const RunnerOptions options = { (const char *const *)command,
                                  (uint32_t)settings->jobs };
  return runner_run(comparison, &options, progress);
}

static Status
compare(Comparison *comparison, const Settings *settings, GError **error)
{
  g_auto(GStrv) command = make_command(settings);
  const Status status = check_arms(command, comparison, error);

  if (status != STATUS_DONE
      || !comparison_make_directory(comparison, settings->out, error)) {
    return status;
  }
  fprintf(stderr, "optreg: writing to %s\n", comparison->directory);
  const bool is_complete = train_all(comparison, command, settings);
  if (!results_write(comparison, error)) {
    return STATUS_FAILED;
  }
  if (!is_complete) {
    fprintf(stderr, "optreg: interrupted; what was done is in %s\n",
            comparison->directory);
    return STATUS_INTERRUPTED;
  }
  table_print(comparison, stdout);
  fflush(stdout);
  return judge(comparison);
}

static Comparison *
make_comparison(const ProblemClass *problem, char *const *configs, Settings *settings,
                GError **error)
{
  if (settings->epochs == UNSET) {
    settings->epochs = (int)problem->epochs;
  }
  if (settings->batch_size == UNSET) {
    settings->batch_size = (int)problem->batch_size;
  }
  GPtrArray *arms = check_settings(settings, error) ? arm_parse_all(configs, error)
                                                    : NULL;
  return arms == NULL ? NULL
                      : comparison_new(problem, arms, (uint32_t)settings->seeds,
                                       (uint32_t)settings->epochs,
                                       (uint32_t)settings->batch_size);
}

Status
compare_run(int argc, char **argv, GError **error)
{
  g_auto(GStrv) rest = NULL;
  g_auto(Settings) settings = { .seeds = 10,
                                .jobs = (int)g_get_num_processors(),
                                .epochs = UNSET,
                                .batch_size = UNSET };
  const GOptionEntry entries[] = {
    { "problem", 'p', 0, G_OPTION_ARG_STRING, &settings.problem,
      "what to train (default digits-mlp)", "NAME" },
    { "seeds", 's', 0, G_OPTION_ARG_INT, &settings.seeds, "seeds 1 to N (default 10)",
      "N" },
    { "epochs", 'e', 0, G_OPTION_ARG_INT, &settings.epochs,
      "passes over the data (default: the problem's)", "N" },
    { "batch-size", 'b', 0, G_OPTION_ARG_INT, &settings.batch_size,
      "examples for each step (default: the problem's)", "N" },
    { "jobs", 'j', 0, G_OPTION_ARG_INT, &settings.jobs,
      "runs at a time (default: one for each processor)", "N" },
    { "out", 'o', 0, G_OPTION_ARG_FILENAME, &settings.out,
      "write to DIR (default optreg-compare, or optreg-compare-2 and so on)", "DIR" },
    PROBLEM_FILES_OPTION(&settings.problem_files),
    PLUGINS_OPTION(&settings.directories),
    G_OPTION_ENTRY_NULL,
  };

  if (!usage_parse(&usage, entries, argc, argv, &rest, error)) {
    return STATUS_DONE;
  }
  g_autoptr(ProblemSet) set = problem_set_new(settings.problem_files, error);
  const ProblemClass *problem =
      set != NULL ? problem_set_find(set, settings.problem, error) : NULL;
  g_autoptr(Comparison) comparison =
      problem != NULL ? make_comparison(problem, rest, &settings, error) : NULL;
  return comparison != NULL ? compare(comparison, &settings, error) : STATUS_FAILED;
}
