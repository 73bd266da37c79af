/* SPDX-License-Identifier: MIT */
/* One run of a comparison, in a process of its own; or what it would be. */
#include "harness/cost/child.h"
#include "harness/identity.h"
#include "harness/trainer.h"
#include "plugins.h"
#include "problem_files.h"
#include "run_log.h"
#include "support/json_text.h"
#include "support/member.h"
#include "support/optimizers.h"
#include "usage.h"
#include "verbs.h"

#include <signal.h>
#include <stdio.h>
#include <sys/prctl.h>

typedef struct Settings {
  char *label, *arm, *problem, *record, *state, *key, *recording;
  char **options, **directories, **problem_files;
  char **shadow_names, **shadows; /* configurations, one for each name */
  int seed, trial, batch_size;
  gint64 trained;
  double epochs, steps, seconds, checkpoint_s;
  gboolean describes, probes, measures, diagnoses;
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
  g_free(settings->label);
  g_free(settings->arm);
  g_free(settings->problem);
  g_free(settings->record);
  g_free(settings->state);
  g_free(settings->key);
  g_free(settings->recording);
  g_strfreev(settings->options);
  g_strfreev(settings->directories);
  g_strfreev(settings->problem_files);
  g_strfreev(settings->shadow_names);
  g_strfreev(settings->shadows);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Settings, settings_clear)

/* ---- opening ---- */

static bool
read_options(const Settings *settings, const ProblemClass *class, double *values,
             GError **error)
{
  for (size_t i = 0; settings->options != NULL && settings->options[i] != NULL; i++) {
    g_auto(GStrv) parts = g_strsplit(settings->options[i], "=", 2);
    if (!problem_set_option(class, parts[0], parts[1] != NULL ? parts[1] : "", values,
                            error)) {
      return false;
    }
  }
  return true;
}

static Problem *
open_problem(const Settings *settings, GError **error)
{
  g_autoptr(ProblemSet) set = problem_set_new(settings->problem_files, error);
  const ProblemClass *class =
      set != NULL ? problem_set_find(set, settings->problem, error) : NULL;

  if (class == NULL) {
    return NULL;
  }
  g_autofree double *values = problem_default_options(class);
  return read_options(settings, class, values, error)
             ? problem_open(class, values, (uint32_t)settings->batch_size, error)
             : NULL;
}

static TrainerPlan
make_plan(const Settings *settings, const Problem *problem)
{
  const uint64_t epoch = problem_steps_per_epoch(problem);
  const uint64_t n_batches = settings->epochs > 0.0 ? (uint64_t)settings->epochs * epoch
                                                    : (uint64_t)settings->steps;

  return (TrainerPlan){
    .n_batches = n_batches,
    .seconds = settings->seconds,
    .interval = n_batches > 0 ? trainer_interval(problem, n_batches) : epoch,
    .diagnoses = settings->diagnoses,
  };
}

static optreg_optimizer *
open_optimizer(optreg_registry *registry, const char *config, GError **error)
{
  optreg_error *failure = NULL;
  optreg_optimizer *optimizer = optreg_optimizer_from_file(registry, config, &failure);

  if (optimizer == NULL) {
    status_take(failure, error);
  }
  return optimizer;
}

static size_t
count(char *const *texts)
{
  return texts != NULL ? g_strv_length((char **)texts) : 0;
}

static bool
add_shadows(Trainer *trainer, const Settings *settings, optreg_registry *registry,
            GError **error)
{
  const size_t n = count(settings->shadows);

  if (count(settings->shadow_names) != n) {
    g_set_error(error, STATUS_ERROR, STATUS_USAGE,
                "each --shadow needs a --shadow-name");
    return false;
  }
  for (size_t i = 0; i < n; i++) {
    optreg_optimizer *candidate = open_optimizer(registry, settings->shadows[i], error);
    if (candidate == NULL
        || !trainer_shadow(trainer, settings->shadow_names[i], candidate, error)) {
      return false;
    }
  }
  return true;
}

static Trainer *
open_trainer(Problem *problem, const Settings *settings, optreg_registry *registry,
             const char *config, GError **error)
{
  const TrainerPlan plan = make_plan(settings, problem);
  optreg_optimizer *optimizer = open_optimizer(registry, config, error);
  g_autoptr(Trainer) trainer =
      optimizer != NULL
          ? trainer_new(problem, optimizer, (uint32_t)settings->seed, &plan, error)
          : NULL;

  return trainer != NULL && add_shadows(trainer, settings, registry, error)
             ? g_steal_pointer(&trainer)
             : NULL;
}

/* ---- describing ---- */

enum { N_PROBE_STEPS = 20 };

/* a step that fails is told by the run that it will end */
static void
take_steps(Trainer *trainer)
{
  g_autoptr(GError) ignored = NULL;

  for (int i = 0; i < N_PROBE_STEPS && !trainer_is_done(trainer); i++) {
    if (!trainer_step(trainer, &ignored)) {
      return;
    }
  }
}

static bool
probe(Trainer *trainer, bool measures, JsonBuilder *builder, GError **error)
{
  Record record;
  const gint64 start = g_get_monotonic_time();

  if (measures && !trainer_measure(trainer, &record, error)) {
    return false;
  }
  const gint64 measured = g_get_monotonic_time();
  take_steps(trainer);
  const double steps = (double)MAX(trainer_batches(trainer), 1);
  const gint64 stepped = g_get_monotonic_time();
  member_add_number(builder, "measure_s", 1e-6 * (double)(measured - start));
  member_add_number(builder, "step_s", 1e-6 * (double)(stepped - measured) / steps);
  return true;
}

/* of each optimizer one text behind the other */
typedef struct Names {
  GString *names, *paths, *hashes;
} Names;

static void
add_text(GString *all, const char *separator, const char *text)
{
  g_string_append_printf(all, "%s%s", all->len > 0 ? separator : "", text);
}

static void
add_optimizer(Names *names, optreg_registry *registry, const char *name)
{
  const optreg_optimizer_info *info = optreg_registry_info(registry, name, NULL);
  const char *path = info != NULL && info->path != NULL ? info->path : "";
  g_autofree char *hash = identity_of_file(path);

  add_text(names->names, " and ", name);
  add_text(names->paths, " and ", path);
  add_text(names->hashes, "+", hash);
}

static void
describe_optimizers(JsonBuilder *builder, const optreg_optimizer *optimizer,
                    optreg_registry *registry)
{
  g_autoptr(GPtrArray) all = optimizers_of(optimizer);
  Names names = { g_string_new(NULL), g_string_new(NULL), g_string_new(NULL) };

  for (guint i = 0; i < all->len; i++) {
    add_optimizer(&names, registry, g_ptr_array_index(all, i));
  }
  member_add_text(builder, "optimizer", names.names->str);
  member_add_text(builder, "plugin", names.paths->str);
  member_add_text(builder, "plugin_sha256", names.hashes->str);
  g_string_free(names.names, TRUE);
  g_string_free(names.paths, TRUE);
  g_string_free(names.hashes, TRUE);
}

static Status
describe(Trainer *trainer, const Settings *settings, optreg_registry *registry,
         const Problem *problem, GError **error)
{
  g_autoptr(JsonBuilder) builder = json_builder_new_immutable();

  json_builder_begin_object(builder);
  describe_optimizers(builder, trainer_optimizer(trainer), registry);
  member_add_text(builder, "data", problem_data(problem));
  member_add_count(builder, "steps_per_epoch", problem_steps_per_epoch(problem));
  if (settings->probes && !probe(trainer, settings->measures, builder, error)) {
    return STATUS_FAILED;
  }
  json_builder_end_object(builder);
  g_autoptr(JsonNode) root = json_builder_get_root(builder);
  g_autofree char *json = json_text_write(root, false);
  printf("%s\n", json);
  return STATUS_DONE;
}

/* ---- training ---- */

static bool
take_record(Trainer *trainer, RunLog *log, const RecordHead *head,
            const ProblemClass *class, GError **error)
{
  Record record;

  if (!trainer_measure(trainer, &record, error)) {
    return false;
  }
  g_autofree char *line = record_to_json(&record, head, class);
  return run_log_write(log, line, error);
}

static bool
train(Trainer *trainer, RunLog *log, const RecordHead *head, const ProblemClass *class,
      GError **error)
{
  for (;;) {
    if (trainer_is_due(trainer) && !take_record(trainer, log, head, class, error)) {
      return false;
    }
    if (trainer_is_done(trainer) && !trainer_is_due(trainer)) {
      return true;
    }
    if (!trainer_step(trainer, error) || !run_log_checkpoint(log, trainer, error)) {
      return false;
    }
  }
}

static Status
run(Trainer *trainer, const Settings *settings, const ProblemClass *class,
    GError **error)
{
  const RecordHead head = { settings->label, settings->arm, (uint32_t)settings->seed,
                            (uint32_t)settings->trial,
                            (const char *const *)settings->shadow_names };
  const RunLogPlace place = { settings->record, settings->state, settings->key,
                              settings->checkpoint_s };
  g_autoptr(RunLog) log = run_log_open(&place, trainer, error);

  if (log == NULL || !train(trainer, log, &head, class, error)) {
    return STATUS_FAILED;
  }
  run_log_finish(log);
  return STATUS_DONE;
}

static Status
start(const Settings *settings, const char *config, GError **error)
{
  g_autoptr(Problem) problem = open_problem(settings, error);
  g_autoptr(optreg_registry)
      registry = problem != NULL ? plugins_open(settings->directories, error) : NULL;
  g_autoptr(Trainer) trainer =
      registry != NULL ? open_trainer(problem, settings, registry, config, error)
                       : NULL;

  if (trainer == NULL) {
    return STATUS_FAILED;
  }
  if (settings->describes) {
    return describe(trainer, settings, registry, problem, error);
  }
  return settings->recording != NULL
             ? cost_child_run(problem, trainer, (uint64_t)settings->trained,
                              settings->recording, error)
             : run(trainer, settings, problem_class(problem), error);
}

Status
train_run(int argc, char **argv, GError **error)
{
  g_auto(GStrv) rest = NULL;
  g_auto(Settings) settings = { .seed = 1, .batch_size = 1, .checkpoint_s = 10.0 };
  const GOptionEntry entries[] = {
    { "label", 0, 0, G_OPTION_ARG_STRING, &settings.label, "problem in the records",
      "NAME" },
    { "arm", 0, 0, G_OPTION_ARG_STRING, &settings.arm, "name in the records", "NAME" },
    { "trial", 0, 0, G_OPTION_ARG_INT, &settings.trial, "in the records", "N" },
    { "problem", 0, 0, G_OPTION_ARG_STRING, &settings.problem, "what to train",
      "NAME" },
    { "option", 0, 0, G_OPTION_ARG_STRING_ARRAY, &settings.options, "of the problem",
      "NAME=VALUE" },
    { "seed", 0, 0, G_OPTION_ARG_INT, &settings.seed, "of weights and order", "N" },
    { "epochs", 0, 0, G_OPTION_ARG_DOUBLE, &settings.epochs, "how long", "N" },
    { "steps", 0, 0, G_OPTION_ARG_DOUBLE, &settings.steps, "how long", "N" },
    { "seconds", 0, 0, G_OPTION_ARG_DOUBLE, &settings.seconds, "how long", "N" },
    { "batch-size", 0, 0, G_OPTION_ARG_INT, &settings.batch_size, "examples a step",
      "N" },
    { "record", 0, 0, G_OPTION_ARG_FILENAME, &settings.record, "append to FILE",
      "FILE" },
    { "state", 0, 0, G_OPTION_ARG_FILENAME, &settings.state, "checkpoint", "FILE" },
    { "key", 0, 0, G_OPTION_ARG_STRING, &settings.key, "of the run", "KEY" },
    { "checkpoint", 0, 0, G_OPTION_ARG_DOUBLE, &settings.checkpoint_s,
      "seconds between checkpoints", "S" },
    { "diagnose", 0, 0, G_OPTION_ARG_NONE, &settings.diagnoses, "say what steps do",
      NULL },
    { "shadow-name", 0, 0, G_OPTION_ARG_STRING_ARRAY, &settings.shadow_names,
      "of a candidate, in the records", "NAME" },
    { "shadow", 0, 0, G_OPTION_ARG_FILENAME_ARRAY, &settings.shadows,
      "its configuration", "FILE" },
    { "describe", 0, 0, G_OPTION_ARG_NONE, &settings.describes, "build only", NULL },
    { "probe", 0, 0, G_OPTION_ARG_NONE, &settings.probes, "and time steps", NULL },
    { "measure", 0, 0, G_OPTION_ARG_NONE, &settings.measures, "and a record", NULL },
    { "cost", 0, 0, G_OPTION_ARG_FILENAME, &settings.recording,
      "time steps when told, on the gradients in FILE", "FILE" },
    { "trained", 0, 0, G_OPTION_ARG_INT64, &settings.trained,
      "batches of training before they are recorded", "N" },
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
  return start(&settings, rest[0], error);
}
