/* SPDX-License-Identifier: MIT */
/* One run of a comparison, in a process of its own. */
#include "harness/trainer.h"
#include "plugins.h"
#include "problem_files.h"
#include "usage.h"
#include "verbs.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <sys/prctl.h>

typedef struct Settings {
  char *arm, *problem, *record;
  char **directories, **problem_files;
  int seed, epochs, batch_size;
  gboolean only_checks;
} Settings;

static const Usage usage = {
  .verb = "compare-run",
  .arguments = "FILE",
  .least = 1,
  .most = 1,
  .summary = "One run of 'optreg compare', which calls this.",
};

static void
settings_clear(Settings *settings)
{
  g_free(settings->arm);
  g_free(settings->problem);
  g_free(settings->record);
  g_strfreev(settings->directories);
  g_strfreev(settings->problem_files);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Settings, settings_clear)

static Problem *
open_problem(const Settings *settings, GError **error)
{
  g_autoptr(ProblemSet) set = problem_set_new(settings->problem_files, error);
  const ProblemClass *class =
      set != NULL ? problem_set_find(set, settings->problem, error) : NULL;

  return class != NULL
             ? problem_open(class, NULL, (uint32_t)settings->batch_size, error)
             : NULL;
}

static Trainer *
open_trainer(Problem *problem, const Settings *settings, const char *config,
             GError **error)
{
  g_autoptr(optreg_registry) registry = plugins_open(settings->directories, error);
  optreg_error *failure = NULL;

  if (registry == NULL) {
    return NULL;
  }
  optreg_optimizer *optimizer = optreg_optimizer_from_file(registry, config, &failure);
  if (optimizer == NULL) {
    status_take(failure, error);
    return NULL;
  }
  return trainer_new(problem, optimizer, (uint32_t)settings->seed,
                     (uint32_t)settings->epochs, error);
}

/* to the log, and to whoever shows the progress */
static bool
write_record(FILE *log, const Record *record, GError **error)
{
  g_autofree char *line = record_to_json(record);

  printf("%s\n", line);
  fflush(stdout);
  if (fprintf(log, "%s\n", line) < 0 || fflush(log) != 0) {
    g_set_error(error, STATUS_ERROR, STATUS_FAILED,
                "cannot write the record of a run: %s", g_strerror(errno));
    return false;
  }
  return true;
}

static bool
train(Trainer *trainer, const Settings *settings, FILE *log, GError **error)
{
  Record record = { 0 };

  while (!record.is_final) {
    if (!trainer_epoch(trainer, error)
        || !trainer_measure(trainer, (uint32_t)settings->epochs, &record, error)) {
      return false;
    }
    record.arm = settings->arm;
    if (!write_record(log, &record, error)) {
      return false;
    }
  }
  return true;
}

static bool
train_to_file(Trainer *trainer, const Settings *settings, GError **error)
{
  FILE *log = fopen(settings->record, "a");

  if (log == NULL) {
    g_set_error(error, STATUS_ERROR, STATUS_FAILED, "cannot open %s: %s",
                settings->record, g_strerror(errno));
    return false;
  }
  const bool is_done = train(trainer, settings, log, error);
  fclose(log);
  return is_done;
}

Status
train_run(int argc, char **argv, GError **error)
{
  g_auto(GStrv) rest = NULL;
  g_auto(Settings) settings = { .seed = 1, .epochs = 1, .batch_size = 1 };
  const GOptionEntry entries[] = {
    { "arm", 0, 0, G_OPTION_ARG_STRING, &settings.arm, "name in the records", "NAME" },
    { "problem", 0, 0, G_OPTION_ARG_STRING, &settings.problem, "what to train",
      "NAME" },
    { "seed", 0, 0, G_OPTION_ARG_INT, &settings.seed, "of weights and order", "N" },
    { "epochs", 0, 0, G_OPTION_ARG_INT, &settings.epochs, "how long", "N" },
    { "batch-size", 0, 0, G_OPTION_ARG_INT, &settings.batch_size, "examples a step",
      "N" },
    { "record", 0, 0, G_OPTION_ARG_FILENAME, &settings.record, "append to FILE",
      "FILE" },
    { "check", 0, 0, G_OPTION_ARG_NONE, &settings.only_checks, "build only", NULL },
    PROBLEM_FILES_OPTION(&settings.problem_files),
    PLUGINS_OPTION(&settings.directories),
    G_OPTION_ENTRY_NULL,
  };

  /* the comparison decides when its runs end; without it they are of no use to anybody
   */
  signal(SIGINT, SIG_IGN);
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (!usage_parse(&usage, entries, argc, argv, &rest, error)) {
    return STATUS_DONE;
  }
  g_autoptr(Problem) problem = open_problem(&settings, error);
  g_autoptr(Trainer) trainer =
      problem != NULL ? open_trainer(problem, &settings, rest[0], error) : NULL;
  if (trainer == NULL || settings.only_checks) {
    return STATUS_DONE;
  }
  return train_to_file(trainer, &settings, error) ? STATUS_DONE : STATUS_FAILED;
}
