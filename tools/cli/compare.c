/* SPDX-License-Identifier: MIT */
/* optreg compare: train configurations side by side. */
#include "describe.h"
#include "dry_run.h"
#include "harness/calibration.h"
#include "harness/cost/phase.h"
#include "harness/kept.h"
#include "plugins.h"
#include "problem_files.h"
#include "session.h"
#include "usage.h"
#include "verbs.h"

enum { MOST_JOBS = 1024 };

typedef struct Settings {
  char *problem, *suite, *out;
  char **directories, **problem_files, **set;
  int seeds, epochs, batch_size, trials, jobs, cost_blocks;
  double checkpoint_s;
  gboolean is_dry, calibrates, writes_boards, diagnoses;
  gboolean has_shadows, costs;
} Settings;

static const Usage usage = {
  .verb = "compare",
  .arguments = "EXPERIMENT|CONFIG...",
  .least = 1,
  .most = G_MAXUINT,
  .summary = "Trains every CONFIG, or the arms of the EXPERIMENT file, on a real "
             "problem and says\n"
             "which are better, worse or equivalent (docs/comparing.md). For each seed "
             "all arms\n"
             "get the same initial weights and the same order of batches, so their "
             "results are\n"
             "paired. A CONFIG's arm is called as its file without suffix, or as in "
             "NAME=FILE.",
  .notes =
      "Every run is a process of its own; one that crashes is lost alone, and the "
      "exit\n"
      "status is 5. The same command goes on where it was killed or interrupted, and "
      "with\n"
      "more seeds or arms runs only what is new. DIR gets\n"
      "  runs/PROBLEM/ARM/SEED-KEY.jsonl  the log of a run: all else is made from "
      "these\n"
      "  log.jsonl, results.csv           all of them\n"
      "  results.json                     tests and verdicts, run by run\n"
      "  report.html                      the same as a page\n"
      "  cost.json                        what steps cost (--cost)\n"
      "  quality-cost.csv                 results and costs of each arm in a line\n"
      "  tensorboard/                     the same for TensorBoard, with "
      "--tensorboard\n"
      "  curves.svg                       the metric over the training\n"
      "  expectations.md                  what the EXPERIMENT expects and what came\n"
      "  manifest.json                    configurations, plugins, data, machine, "
      "looks\n"
      "  experiment.yaml                  what was compared, for 'optreg report'\n"
      "  configs/ARM.yaml                 the configurations as they ran",
};

static void
settings_clear(Settings *settings)
{
  g_free(settings->problem);
  g_free(settings->suite);
  g_free(settings->out);
  g_strfreev(settings->directories);
  g_strfreev(settings->problem_files);
  g_strfreev(settings->set);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Settings, settings_clear)

/* ---- children ---- */

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

/* 0: cost is not measured */
static size_t
count_blocks(const Settings *settings)
{
  const size_t n = settings->cost_blocks != USAGE_UNSET ? (size_t)settings->cost_blocks
                                                        : COST_BLOCKS;
  return settings->costs ? n : 0;
}

static Status
compare(Comparison *comparison, const Settings *settings, const ProblemSet *set,
        GError **error)
{
  g_auto(GStrv) command = make_command(settings);
  /* problems that differ in length would spoil the ETA */
  const Probe probe = settings->is_dry                     ? PROBE_RECORDS
                      : comparison_n_tasks(comparison) > 1 ? PROBE_STEPS
                                                           : PROBE_NOTHING;
  const Status status = describe_sites(comparison, command, probe, error);

  if (status != STATUS_DONE || *error != NULL) {
    return status;
  }
  if (settings->is_dry) {
    dry_run_print(comparison, settings->calibrates ? CALIBRATION_STREAMS : 0,
                  (uint32_t)settings->jobs, stdout);
    return STATUS_DONE;
  }
  if (!comparison_open_directory(comparison, comparison->experiment->out, error)) {
    return STATUS_FAILED;
  }
  g_autoptr(Manifest) manifest = manifest_open(comparison, error);
  if (manifest == NULL) {
    return STATUS_FAILED;
  }
  kept_warn(comparison, stderr);
  const Session session = { .comparison = comparison,
                            .manifest = manifest,
                            .set = set,
                            .command = command,
                            .jobs = (uint32_t)settings->jobs,
                            .checkpoint_s = settings->checkpoint_s,
                            .calibrates = settings->calibrates,
                            .writes_boards = settings->writes_boards,
                            .n_cost_blocks = count_blocks(settings) };
  return session_run(&session, error);
}

/* ---- options ---- */

static bool
check_cost(const Settings *settings, GError **error)
{
  if (settings->cost_blocks == USAGE_UNSET) {
    return true;
  }
  if (!settings->costs) {
    g_set_error(error, STATUS_ERROR, STATUS_USAGE,
                "--cost-blocks has no effect without --cost");
    return false;
  }
  return usage_check_range("--cost-blocks", settings->cost_blocks, COST_LEAST_BLOCKS,
                           COST_MOST_BLOCKS, error);
}

static bool
check_checkpoint(const Settings *settings, GError **error)
{
  if (settings->checkpoint_s >= 0.0) {
    return true;
  }
  g_set_error(error, STATUS_ERROR, STATUS_USAGE,
              "--checkpoint must be 0 seconds or more, not %g", settings->checkpoint_s);
  return false;
}

static bool
check_settings(const Settings *settings, GError **error)
{
  const struct {
    const char *option;
    int value, most;
  } rows[] = {
    { "--seeds", settings->seeds, EXPERIMENT_MOST_SEEDS },
    { "--epochs", settings->epochs, EXPERIMENT_MOST_EPOCHS },
    { "--batch-size", settings->batch_size, EXPERIMENT_MOST_BATCH },
    { "--trials", settings->trials, EXPERIMENT_MOST_TRIALS },
    { "--jobs", settings->jobs, MOST_JOBS },
  };

  for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
    if (rows[i].value != USAGE_UNSET
        && !usage_check_count(rows[i].option, rows[i].value, rows[i].most, error)) {
      return false;
    }
  }
  return check_checkpoint(settings, error) && check_cost(settings, error);
}

static bool
check_shadows(const Comparison *comparison, GError **error)
{
  const size_t n = comparison_n_arms(comparison);

  if (n >= 2 && n <= 1 + RECORD_MOST_SHADOWS) {
    return true;
  }
  g_set_error(
      error, STATUS_ERROR, STATUS_USAGE,
      "--shadow compares 2 to %d arms: the first and those beside it; there %s %zu",
      1 + RECORD_MOST_SHADOWS, n == 1 ? "is" : "are", n);
  return false;
}

static Comparison *
make_comparison(const Settings *settings, char *const *files, const ProblemSet *set,
                GError **error)
{
  const ExperimentArguments arguments = {
    .files = files,
    .set = settings->set,
    .problem = settings->problem,
    .suite = settings->suite,
    .out = settings->out,
    .n_seeds = settings->seeds,
    .epochs = settings->epochs,
    .batch_size = settings->batch_size,
    .n_trials = settings->trials,
  };
  Experiment *experiment =
      check_settings(settings, error) ? experiment_new(&arguments, set, error) : NULL;

  if (experiment == NULL) {
    return NULL;
  }
  g_autoptr(Comparison) comparison = comparison_new(experiment);
  comparison->has_shadows = settings->has_shadows;
  return !settings->has_shadows || check_shadows(comparison, error)
             ? g_steal_pointer(&comparison)
             : NULL;
}

Status
compare_run(int argc, char **argv, GError **error)
{
  g_auto(GStrv) rest = NULL;
  g_auto(Settings) settings = { .seeds = USAGE_UNSET,
                                .epochs = USAGE_UNSET,
                                .batch_size = USAGE_UNSET,
                                .trials = USAGE_UNSET,
                                .jobs = (int)g_get_num_processors(),
                                .cost_blocks = USAGE_UNSET,
                                .checkpoint_s = 10.0 };
  const GOptionEntry entries[] = {
    { "problem", 'p', 0, G_OPTION_ARG_STRING, &settings.problem,
      "what to train (default digits-mlp)", "NAME" },
    { "suite", 0, 0, G_OPTION_ARG_STRING, &settings.suite,
      "all problems up to a tier: smoke, standard or full", "TIER" },
    { "seeds", 's', 0, G_OPTION_ARG_INT, &settings.seeds, "seeds 1 to N (default 10)",
      "N" },
    { "epochs", 'e', 0, G_OPTION_ARG_INT, &settings.epochs,
      "passes over the data (default: the problem's)", "N" },
    { "batch-size", 'b', 0, G_OPTION_ARG_INT, &settings.batch_size,
      "examples for each step (default: the problem's)", "N" },
    { "trials", 't', 0, G_OPTION_ARG_INT, &settings.trials,
      "tune each arm with N trials first (configurations: the learning rate, 1e-4 to "
      "10)",
      "N" },
    { "set", 0, 0, G_OPTION_ARG_STRING_ARRAY, &settings.set,
      "as if the file said so: arms.adadelta.rho=0.9; may be repeated", "KEY=VALUE" },
    { "calibrate", 0, 0, G_OPTION_ARG_NONE, &settings.calibrates,
      "also run the first arm against itself, 60 times, for the rate of false verdicts",
      NULL },
    { "shadow", 0, 0, G_OPTION_ARG_NONE, &settings.has_shadows,
      "let the other arms run on the gradients of the first one, too, and compare "
      "updates",
      NULL },
    { "diagnose", 0, 0, G_OPTION_ARG_NONE, &settings.diagnoses,
      "also record norms, clip rates and effective learning rates, and say what looks "
      "wrong (docs/diagnostics.md)",
      NULL },
    { "cost", 0, 0, G_OPTION_ARG_NONE, &settings.costs,
      "after training, also measure what a step of each arm costs, alone on the "
      "machine",
      NULL },
    { "cost-blocks", 0, 0, G_OPTION_ARG_INT, &settings.cost_blocks,
      "blocks of each arm in each of its 9 sittings, of a millisecond or more (default "
      "24)",
      "N" },
    { "dry-run", 'n', 0, G_OPTION_ARG_NONE, &settings.is_dry,
      "show the runs and how long they would take", NULL },
    { "jobs", 'j', 0, G_OPTION_ARG_INT, &settings.jobs,
      "runs at a time (default: one for each processor)", "N" },
    { "checkpoint", 0, 0, G_OPTION_ARG_DOUBLE, &settings.checkpoint_s,
      "seconds between checkpoints of a run (default 10)", "S" },
    { "tensorboard", 0, 0, G_OPTION_ARG_NONE, &settings.writes_boards,
      "also write event files for TensorBoard, with each arm's mean and interval",
      NULL },
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
  g_autoptr(Comparison)
      comparison = set != NULL ? make_comparison(&settings, rest, set, error) : NULL;
  if (comparison == NULL) {
    return STATUS_FAILED;
  }
  comparison->diagnoses = settings.diagnoses;
  return compare(comparison, &settings, set, error);
}
