/* SPDX-License-Identifier: MIT */
/* optreg bench: steps against the speed of memory. */
#include "bench/configs.h"
#include "bench/measure.h"
#include "bench/report.h"
#include "bench/shapes.h"
#include "bench/stages.h"
#include "plugins.h"
#include "support/format.h"
#include "support/text.h"
#include "usage.h"
#include "verbs.h"

static const Usage usage = {
  .verb = "bench",
  .arguments = "[CONFIG|NAME...]",
  .most = 64,
  .summary =
      "Times steps of configurations, or of optimizers by name with their defaults, "
      "on\n"
      "a synthetic model, against a limit: the fastest of many plain loops that move\n"
      "the same bytes with the same threads, taking turns with the step. Without\n"
      "arguments, four compositions of Adadelta.",
  .notes =
      "Shapes: one-big (50,000,000 in one tensor, the default), resnet50 (161 tensors "
      "of\n"
      "160,000), gpt2-124m, lora, tiny (10,000 tensors of 10), or a file with a line\n"
      "'NAME EXTENT...' for each tensor. The limit's bytes follow from the options "
      "and\n"
      "not from the plan, which stands beside them: an extra pass lowers the ratio. A\n"
      "median ratio above 1.05 is an error of the benchmark. With --stages the "
      "options\n"
      "of groups are left aside.",
};

enum { MOST_THREADS = 1024, MOST_RUNS = 100000, MOST_PERIOD = 1000 };
#define MOST_PARAMS ((gint64)1 << 40)

typedef struct Options {
  char *shapes;
  gint64 n_params, n_tensors;
  int n_threads, n_runs, diagnose_every; /* USAGE_UNSET and _64: not given */
  gboolean is_json, has_stages, has_small_pages;
} Options;

/* ---- progress ---- */

/* a line that is redrawn on a terminal, a line for each configuration elsewhere */
typedef struct Progress {
  const char *name;
  size_t index, n;
  bool is_live;
  size_t announced; /* how many */
} Progress;

static void
report_progress(void *context, const char *what, size_t done, size_t all)
{
  Progress *progress = context;

  if (progress->is_live) {
    fprintf(stderr, "\r[%zu/%zu] %s: %s %zu/%zu\033[K", progress->index + 1,
            progress->n, progress->name, what, done + 1, all);
    fflush(stderr);
  } else if (progress->announced != progress->index + 1) {
    fprintf(stderr, "[%zu/%zu] %s\n", progress->index + 1, progress->n, progress->name);
    progress->announced = progress->index + 1;
  }
}

static void
end_progress(const Progress *progress)
{
  if (progress->is_live) {
    fputs("\r\033[K", stderr);
    fflush(stderr);
  }
}

/* ---- options ---- */

static bool
has_size(const Options *options)
{
  return options->n_params != USAGE_UNSET_64 || options->n_tensors != USAGE_UNSET_64;
}

static bool
check_numbers(const Options *options, GError **error)
{
  const struct {
    const char *option;
    gint64 value, unset, most;
  } rows[] = {
    { "--params", options->n_params, USAGE_UNSET_64, MOST_PARAMS },
    { "--tensors", options->n_tensors, USAGE_UNSET_64, MOST_PARAMS },
    { "--threads", options->n_threads, USAGE_UNSET, MOST_THREADS },
    { "--repeat", options->n_runs, USAGE_UNSET, MOST_RUNS },
    { "--diagnose", options->diagnose_every, USAGE_UNSET, MOST_PERIOD },
  };

  for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
    if (rows[i].value != rows[i].unset
        && !usage_check_count(rows[i].option, rows[i].value, rows[i].most, error)) {
      return false;
    }
  }
  return true;
}

static bool
check_options(const Options *options, GError **error)
{
  if (options->shapes != NULL && has_size(options)) {
    g_set_error(error, STATUS_ERROR, STATUS_USAGE,
                "--shapes excludes --params and --tensors");
    return false;
  }
  return check_numbers(options, error);
}

static Shapes *
choose_shapes(const Options *options, GError **error)
{
  const gint64 n_tensors = MAX(options->n_tensors, 1);
  const gint64 n = options->n_params > 0 ? options->n_params : 50000000;

  if (options->shapes != NULL || !has_size(options)) {
    return shapes_new(options->shapes != NULL ? options->shapes : "one-big", error);
  }
  if (n_tensors > n) {
    g_set_error(error, STATUS_ERROR, STATUS_USAGE,
                "--tensors %" G_GINT64_FORMAT
                " is more than --params %" G_GINT64_FORMAT,
                n_tensors, n);
    return NULL;
  }
  return shapes_new_even((uint64_t)n, (uint64_t)n_tensors);
}

/* ---- measuring ---- */

static bool
measure_parts(const Setting *setting, const char *name, const Options *options,
              GArray **stages, GError **error)
{
  if (!options->has_stages && options->diagnose_every == USAGE_UNSET) {
    return true;
  }
  *stages = options->has_stages ? stages_measure(setting, name, error) : stages_new();
  return *stages != NULL
         && (options->diagnose_every == USAGE_UNSET
             || stages_measure_diagnostics(
                 setting, name, (uint32_t)options->diagnose_every, *stages, error));
}

static bool
measure_one(const Setting *setting, const char *name, const Options *options,
            Report *report, GError **error)
{
  g_autoptr(optreg_optimizer) optimizer = configs_open(setting->registry, name, error);
  g_autoptr(Measurement) measurement =
      optimizer != NULL ? measure_run(setting, name, optimizer, error) : NULL;
  g_autoptr(GArray) stages = NULL;

  if (measurement == NULL) {
    return false;
  }
  g_clear_pointer(&optimizer, optreg_optimizer_free);
  if (!measure_parts(setting, name, options, &stages, error)) {
    return false;
  }
  report_add(report, g_steal_pointer(&measurement), g_steal_pointer(&stages));
  return true;
}

static bool
measure_all(Setting *setting, const char *const *names, const Options *options,
            Report *report, GError **error)
{
  Progress progress = { .n = g_strv_length((char **)names),
                        .is_live = format_is_terminal(stderr) };

  setting->report = report_progress;
  setting->context = &progress;
  for (; progress.index < progress.n; progress.index++) {
    const char *name = names[progress.index];
    g_autofree char *shown = text_printable(name);
    progress.name = shown;
    if (!measure_one(setting, name, options, report, error)) {
      end_progress(&progress);
      g_prefix_error(error, "%s: ", name);
      return false;
    }
  }
  end_progress(&progress);
  return true;
}

static Status
print(const Report *report, bool is_json, GError **error)
{
  const Measurement *wrong = report_find_wrong(report);

  if (is_json) {
    report_print_json(report, stdout);
  } else {
    report_print(report, stdout);
  }
  if (wrong != NULL) {
    g_set_error(error, STATUS_ERROR, STATUS_FAILED,
                "%s: a ratio above %.2f: the step was faster than its limit, so the "
                "benchmark is wrong or was disturbed; repeat it on a quiet machine",
                wrong->name, MEASURE_MOST_RATIO);
    return STATUS_FAILED;
  }
  return STATUS_DONE;
}

static Team *
open_team(const Options *options, GError **error)
{
  g_autofree char *note = NULL;
  const uint32_t asked =
      options->n_threads != USAGE_UNSET ? (uint32_t)options->n_threads : 0;
  const size_t n = team_choose_size(asked, &note, error);

  if (note != NULL) {
    fprintf(stderr, "optreg: note: %s\n", note);
  }
  return n > 0 ? team_new(n, error) : NULL;
}

static Status
run(const Options *options, char *const *directories, const char *const *names,
    GError **error)
{
  g_autoptr(Shapes) shapes = choose_shapes(options, error);
  g_autoptr(optreg_registry)
      registry = shapes != NULL ? plugins_open(directories, error) : NULL;
  g_autoptr(Model) model =
      registry != NULL ? model_new(shapes, !options->has_small_pages, error) : NULL;

  if (model == NULL) {
    return STATUS_FAILED;
  }
  g_autoptr(Team) team = open_team(options, error);
  if (team == NULL) {
    return STATUS_FAILED;
  }
  g_autoptr(Report)
      report = report_new(shapes, team_size(team), (size_t)options->n_runs);
  Setting setting = { registry, model, team, (size_t)options->n_runs, NULL, NULL };
  return measure_all(&setting, names, options, report, error)
             ? print(report, options->is_json, error)
             : STATUS_FAILED;
}

Status
bench_run(int argc, char **argv, GError **error)
{
  g_auto(GStrv) directories = NULL, rest = NULL;
  g_autofree char *shapes = NULL;
  Options options = { .n_params = USAGE_UNSET_64,
                      .n_tensors = USAGE_UNSET_64,
                      .n_threads = USAGE_UNSET,
                      .n_runs = 15,
                      .diagnose_every = USAGE_UNSET };
  const GOptionEntry entries[] = {
    { "params", 'n', 0, G_OPTION_ARG_INT64, &options.n_params,
      "parameters of the model (default 50000000)", "N" },
    { "tensors", 't', 0, G_OPTION_ARG_INT64, &options.n_tensors,
      "tensors of equal size that it has (default 1)", "K" },
    { "shapes", 's', 0, G_OPTION_ARG_FILENAME, &shapes, "its shapes, see below",
      "FILE" },
    { "threads", 'j', 0, G_OPTION_ARG_INT, &options.n_threads,
      "threads of step and limit (default: as a step chooses)", "N" },
    { "repeat", 'r', 0, G_OPTION_ARG_INT, &options.n_runs,
      "runs of each, taking turns (default 15)", "N" },
    { "small-pages", 0, 0, G_OPTION_ARG_NONE, &options.has_small_pages,
      "parameters and gradients in small pages, as malloc gives them", NULL },
    { "json", 0, 0, G_OPTION_ARG_NONE, &options.is_json, "print JSON", NULL },
    { "stages", 0, 0, G_OPTION_ARG_NONE, &options.has_stages,
      "also time each configuration without each of its wrappers", NULL },
    { "diagnose", 0, 0, G_OPTION_ARG_INT, &options.diagnose_every,
      "also time each configuration with diagnostics of each N-th update, and without",
      "N" },
    PLUGINS_OPTION(&directories),
    G_OPTION_ENTRY_NULL,
  };

  if (!usage_parse(&usage, entries, argc, argv, &rest, error)) {
    return STATUS_DONE;
  }
  options.shapes = shapes;
  if (!check_options(&options, error)) {
    return STATUS_USAGE;
  }
  return run(&options, directories,
             rest[0] != NULL ? (const char *const *)rest : configs_default(), error);
}
