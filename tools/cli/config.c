/* SPDX-License-Identifier: MIT */
/* optreg config: what a configuration means. */
#include "harness/problem.h"
#include "harness/trainer.h"
#include "keras.h"
#include "plot_schedules.h"
#include "plugins.h"
#include "problem_files.h"
#include "support/columns.h"
#include "support/format.h"
#include "support/optimizers.h"
#include "support/parameter_list.h"
#include "support/text.h"
#include "usage.h"
#include "verbs.h"

#include <sys/mman.h>

enum { MOST_STEPS = 10000000 };

static const Usage usage = {
  .verb = "config",
  .arguments = "FILE",
  .least = 1,
  .most = 1,
  .summary =
      "Builds the optimizer of the configuration FILE on the parameters of a problem, "
      "or\n"
      "with --parameters on those of your own model,\n"
      "and shows every option with its value and where that comes from, the groups\n"
      "with their parameters, and the plan of a step with its memory traffic.",
};

static uint64_t
count_elements(const GArray *parameters)
{
  uint64_t n = 0;

  for (guint i = 0; i < parameters->len; i++) {
    n += parameter_size(&g_array_index(parameters, Parameter, i));
  }
  return n;
}

static GArray *
list_tensors(const Problem *problem)
{
  GArray *list = parameter_list_new();

  for (size_t i = 0; i < problem_n_tensors(problem); i++) {
    const ProblemTensor *tensor = problem_tensor(problem, i);
    parameter_list_add(list, tensor->name, OPTREG_F32, tensor->dims, tensor->ndim);
  }
  return list;
}

static void
print_options(const optreg_optimizer *optimizer)
{
  g_autoptr(Columns) columns = columns_new("lll");
  const optreg_option_info *options = NULL;
  const size_t n = optreg_optimizer_options(optimizer, &options);

  columns_add_heading(columns, "option", "value", "from");
  for (size_t i = 0; i < n; i++) {
    const char *group = options[i].group;
    g_autofree char *name = group == NULL
                                ? g_strdup(options[i].name)
                                : g_strdup_printf("%s %s", group, options[i].name);
    columns_add(columns, name, options[i].value, options[i].origin);
  }
  columns_print(columns, 0, stdout);
}

static char *
list_members(const optreg_optimizer *optimizer, const GArray *parameters, size_t group)
{
  GString *text = g_string_new(NULL);

  for (guint i = 0; i < parameters->len; i++) {
    if (optreg_optimizer_parameter_group(optimizer, i) == group) {
      const Parameter *parameter = &g_array_index(parameters, Parameter, i);
      g_autofree char *shape = format_shape(parameter->dims, parameter->ndim);
      g_string_append_printf(text, "%s%s %s", text->len > 0 ? ", " : "",
                             parameter->name, shape);
    }
  }
  if (text->len == 0) {
    g_string_append(text, "none");
  }
  return g_string_free(text, FALSE);
}

/* the optimizer's name stands behind the label where there are several */
static char *
name_group(const optreg_group_info *group, bool is_alone)
{
  return is_alone ? g_strdup(group->label)
                  : g_strdup_printf("%s: %s", group->label, group->optimizer);
}

static void
print_groups(const optreg_optimizer *optimizer, const GArray *parameters)
{
  g_autoptr(GPtrArray) optimizers = optimizers_of(optimizer);
  g_autoptr(Columns) columns = columns_new("llrrl");
  const optreg_group_info *groups = NULL;
  const size_t n = optreg_optimizer_groups(optimizer, &groups);

  columns_add_heading(columns, "group", "match", "learning rate", "weight decay",
                      "parameters");
  for (size_t i = 0; i < n; i++) {
    g_autofree char *name = name_group(&groups[i], optimizers->len == 1);
    g_autofree char *rate = g_strdup_printf("%g", groups[i].learning_rate);
    g_autofree char *decay = g_strdup_printf("%g", groups[i].weight_decay);
    g_autofree char *members = list_members(optimizer, parameters, i);
    columns_add(columns, name, groups[i].match != NULL ? groups[i].match : "", rate,
                decay, members);
  }
  columns_print(columns, 0, stdout);
}

static void
print_plan(const optreg_optimizer *optimizer)
{
  g_autoptr(Columns) columns = columns_new("llrrl");
  const optreg_sweep_info *sweeps = NULL;
  const size_t n = optreg_optimizer_sweeps(optimizer, &sweeps);

  columns_add_heading(columns, "call", "sweep", "bytes read", "written", "stages");
  for (size_t i = 0; i < n; i++) {
    g_autofree char *read = format_count(sweeps[i].bytes_read);
    g_autofree char *written = format_count(sweeps[i].bytes_written);
    columns_add(columns, sweeps[i].call, sweeps[i].name, read, written,
                sweeps[i].stages);
  }
  columns_print(columns, 0, stdout);
}

static void
print_state(const optreg_optimizer *optimizer, uint64_t n_elements)
{
  const uint64_t bytes = optreg_optimizer_state_bytes(optimizer);
  g_autofree char *size = format_bytes(bytes);
  g_autofree char *parameters = format_count(n_elements);

  printf("\nThe bytes are per f32 parameter. State: %s, %.1f bytes for each of the "
         "%s parameters.\n",
         size, (double)bytes / (double)MAX(n_elements, 1), parameters);
}

static optreg_optimizer *
open_optimizer(char *const *directories, const char *file, GError **error)
{
  g_autoptr(optreg_registry) registry = plugins_open(directories, error);
  optreg_error *failure = NULL;

  if (registry == NULL) {
    return NULL;
  }
  optreg_optimizer *optimizer = optreg_optimizer_from_file(registry, file, &failure);
  if (optimizer == NULL) {
    status_take(failure, error);
  }
  return optimizer;
}

static void
print_all(const char *file, const optreg_optimizer *optimizer, const char *where,
          const GArray *parameters)
{
  const uint64_t n_elements = count_elements(parameters);

  text_line(stdout, "%s on %s", file, where);
  fputc('\n', stdout);
  print_options(optimizer);
  fputc('\n', stdout);
  print_groups(optimizer, parameters);
  fputc('\n', stdout);
  print_plan(optimizer);
  print_state(optimizer, n_elements);
}

/* of the problem's default run */
static uint64_t
count_batches(const Problem *problem)
{
  return problem_class(problem)->epochs * problem_steps_per_epoch(problem);
}

static bool
build(const char *file, char *const *directories, const Problem *problem,
      bool is_printed, GError **error)
{
  float **weights = problem_new_buffers(problem),
        **gradients = problem_new_buffers(problem);
  optreg_optimizer *optimizer = open_optimizer(directories, file, error);
  const bool is_built = optimizer != NULL
                        && trainer_build(problem, optimizer, count_batches(problem),
                                         weights, gradients, error);

  if (is_built && is_printed) {
    g_autoptr(GArray) parameters = list_tensors(problem);
    print_all(file, optimizer, problem_class(problem)->name, parameters);
  }
  optreg_optimizer_free(optimizer);
  problem_free_buffers(problem, weights);
  problem_free_buffers(problem, gradients);
  return is_built;
}

/* ---- on parameters of one's own ---- */

/* room for all of them, of which the pages that nobody touches cost nothing */
static char *
map_values(const GArray *parameters, size_t *size, GError **error)
{
  *size = 64;
  for (guint i = 0; i < parameters->len; i++) {
    const uint64_t n = parameter_size(&g_array_index(parameters, Parameter, i));
    if (n > SIZE_MAX / 16 || __builtin_add_overflow(*size, n * 8 + 64, size)) {
      *size = SIZE_MAX / 2;
    }
  }
  char *values = mmap(NULL, *size, PROT_READ | PROT_WRITE,
                      MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (values == MAP_FAILED) {
    g_set_error(error, STATUS_ERROR, STATUS_FAILED,
                "these parameters have more elements than memory");
    return NULL;
  }
  return values;
}

static bool
add_listed(optreg_optimizer *optimizer, const GArray *parameters, char *values,
           optreg_error **failure)
{
  for (guint i = 0; i < parameters->len; i++) {
    const Parameter *row = &g_array_index(parameters, Parameter, i);
    if (!optreg_optimizer_add_parameter(optimizer, row->name, row->dtype, row->dims,
                                        row->ndim, values, NULL, failure)) {
      return false;
    }
    values += (parameter_size(row) * 8 + 63) / 64 * 64;
  }
  return true;
}

/* as an application would, with the errors that it would get */
static bool
build_listed(const char *file, char *const *directories, const char *list, int n_steps,
             GError **error)
{
  g_autoptr(GArray) parameters = parameter_list_read(list, error);
  optreg_error *failure = NULL;
  size_t size = 0;
  char *values = parameters != NULL ? map_values(parameters, &size, error) : NULL;
  optreg_optimizer *optimizer =
      values != NULL ? open_optimizer(directories, file, error) : NULL;
  const bool is_built = optimizer != NULL
                        && ((add_listed(optimizer, parameters, values, &failure)
                             && (n_steps == USAGE_UNSET
                                 || optreg_optimizer_set_total_steps(
                                     optimizer, (uint64_t)n_steps, &failure))
                             && optreg_optimizer_build(optimizer, &failure))
                            || status_take(failure, error));

  if (is_built) {
    print_all(file, optimizer, list, parameters);
  }
  optreg_optimizer_free(optimizer);
  if (values != NULL) {
    munmap(values, size);
  }
  return is_built;
}

bool
config_try(const char *file, char *const *directories, GError **error)
{
  g_autoptr(Problem) problem = problems_open(NULL, NULL, error);

  return problem != NULL && build(file, directories, problem, false, error);
}

static uint64_t
plan_steps(const Problem *problem, const optreg_optimizer *optimizer)
{
  return MAX(count_batches(problem) / optreg_optimizer_accumulation_steps(optimizer),
             1);
}

static bool
plot(const char *file, char *const *directories, const Problem *problem, int n_steps,
     const char *path, GError **error)
{
  g_autoptr(optreg_optimizer) optimizer = open_optimizer(directories, file, error);
  g_autofree char *name = g_path_get_basename(file);

  return optimizer != NULL
         && plot_schedules(optimizer, name,
                           n_steps != USAGE_UNSET ? (uint64_t)n_steps
                                                  : plan_steps(problem, optimizer),
                           path, error);
}

static bool
check_steps(int n_steps, const char *path, const char *list, GError **error)
{
  const bool is_given = n_steps != USAGE_UNSET;

  if (is_given && path == NULL && list == NULL) {
    g_set_error(error, STATUS_ERROR, STATUS_USAGE,
                "--steps is for --plot-schedule and --parameters; add one or remove "
                "--steps");
    return false;
  }
  return !is_given || usage_check_count("--steps", n_steps, MOST_STEPS, error);
}

Status
config_run(int argc, char **argv, GError **error)
{
  g_auto(GStrv) directories = NULL, problem_files = NULL, rest = NULL;
  g_autofree char *problem_name = NULL;
  g_autofree char *plot_path = NULL, *list = NULL;
  gint n_steps = USAGE_UNSET;
  gboolean is_for_keras = false;
  const GOptionEntry entries[] = {
    { "problem", 'p', 0, G_OPTION_ARG_STRING, &problem_name,
      "on the parameters of this problem (default digits-mlp)", "NAME" },
    { "parameters", 0, 0, G_OPTION_ARG_FILENAME, &list,
      "on the parameters of your own model: lines 'NAME: [3, 4]', or a checkpoint",
      "FILE" },
    { "keras", 0, 0, G_OPTION_ARG_NONE, &is_for_keras,
      "print what keras.optimizers.serialize would write instead", NULL },
    { "plot-schedule", 0, 0, G_OPTION_ARG_FILENAME, &plot_path,
      "draw every value that follows a schedule instead", "FILE.svg" },
    { "steps", 0, 0, G_OPTION_ARG_INT, &n_steps,
      "of so many planned updates (default: as many as the problem's default run has)",
      "N" },
    PROBLEM_FILES_OPTION(&problem_files),
    PLUGINS_OPTION(&directories),
    G_OPTION_ENTRY_NULL,
  };

  if (!usage_parse(&usage, entries, argc, argv, &rest, error)
      || !check_steps(n_steps, plot_path, list, error)) {
    return STATUS_DONE;
  }
  if (is_for_keras) {
    return keras_print(rest[0], directories, error) ? STATUS_DONE : STATUS_FAILED;
  }
  if (list != NULL && (problem_name != NULL || plot_path != NULL)) {
    g_set_error(error, STATUS_ERROR, STATUS_USAGE,
                "--parameters excludes --problem and --plot-schedule");
    return STATUS_USAGE;
  }
  if (list != NULL) {
    return build_listed(rest[0], directories, list, n_steps, error) ? STATUS_DONE
                                                                    : STATUS_FAILED;
  }
  g_autoptr(Problem) problem = problems_open(problem_files, problem_name, error);
  if (problem == NULL) {
    return STATUS_FAILED;
  }
  const bool is_done =
      plot_path != NULL ? plot(rest[0], directories, problem, n_steps, plot_path, error)
                        : build(rest[0], directories, problem, true, error);
  return is_done ? STATUS_DONE : STATUS_FAILED;
}
