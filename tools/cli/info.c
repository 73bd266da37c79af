/* SPDX-License-Identifier: MIT */
/* optreg info: an optimizer's tables. */
#include "plugins.h"
#include "probe.h"
#include "support/columns.h"
#include "support/text.h"
#include "usage.h"
#include "verbs.h"

static const Usage usage = {
  .verb = "info",
  .arguments = "NAME",
  .least = 0,
  .most = 1,
  .summary =
      "Shows what the plugin NAME says about itself: where it is from, its\n"
      "hyperparameters as they are written in YAML, its slots (the state that it\n"
      "keeps), its reductions and variants, and its kernels with the one that this\n"
      "machine would use. Where the sizes of slots depend on the tensor, the "
      "optimizer\n"
      "is built for a vector and for a matrix. With --schedules, and without NAME:\n"
      "what a hyperparameter can follow.",
};

static void
print_facts(const optreg_optimizer_info *info)
{
  g_autoptr(Columns) columns = columns_new("ll");

  text_line(stdout, "%s %s: %s", info->name, info->version, info->doc);
  fputc('\n', stdout);
  if (info->reference != NULL) {
    columns_add(columns, "reference", info->reference);
  }
  columns_add(columns, "license", info->license);
  columns_add(columns, "plugin", info->path != NULL ? info->path : "linked statically");
  for (size_t i = 0; info->hides[i] != NULL; i++) {
    columns_add(columns, "hides", info->hides[i]);
  }
  if (info->weight_decay != 0.0) {
    g_autofree char *decay =
        g_strdup_printf("%g unless configured", info->weight_decay);
    columns_add(columns, "weight_decay", decay);
  }
  columns_print(columns, 2, stdout);
}

static const char *
describe_change(const optreg_hyperparameter_info *row)
{
  static const char *const texts[2][2] = { { "-", "group" },
                                           { "step", "step, group" } };
  return texts[row->is_schedulable][row->is_per_group];
}

static char *
describe_doc(const char *doc, const char *needs)
{
  return needs != NULL ? g_strdup_printf("%s (needs %s)", doc, needs) : g_strdup(doc);
}

static void
print_hyperparameters(const optreg_optimizer_info *info)
{
  g_autoptr(Columns) columns = columns_new("llrlll");

  columns_add_heading(columns, "hyperparameter", "type", "default", "range",
                      "may vary by", "meaning");
  for (size_t i = 0; i < info->n_hyperparameters; i++) {
    const optreg_hyperparameter_info *row = &info->hyperparameters[i];
    g_autofree char *doc = describe_doc(row->doc, row->needs);
    columns_add(columns, row->name, row->type, row->default_value, row->range,
                describe_change(row), doc);
  }
  fputc('\n', stdout);
  columns_print(columns, 0, stdout);
}

static char *
describe_slot(const optreg_slot_info *row)
{
  g_autofree char *doc = describe_doc(row->doc, row->needs);

  return g_strconcat(doc, row->is_transient ? ", not saved" : "", NULL);
}

/* of every tensor the same */
static Columns *
list_slots(const optreg_optimizer_info *info)
{
  Columns *columns = columns_new("llll");

  columns_add_heading(columns, "slot", "for each", "starts as", "meaning");
  for (size_t i = 0; i < info->n_slots; i++) {
    const optreg_slot_info *row = &info->slots[i];
    g_autofree char *doc = describe_slot(row);
    columns_add(columns, row->name, row->scope, row->init, doc);
  }
  return columns;
}

static const char *
describe_size(const Probe *probe, Sample sample, const optreg_slot_info *row)
{
  return row->is_transient ? "scratch" : probe_shape(probe, sample, row->name);
}

static Columns *
list_slots_by_tensor(const optreg_optimizer_info *info, const Probe *probe)
{
  Columns *columns = columns_new("lllll");

  columns_add_heading(columns, "slot", "of a vector", "of a matrix", "starts as",
                      "meaning");
  for (size_t i = 0; i < info->n_slots; i++) {
    const optreg_slot_info *row = &info->slots[i];
    const bool is_own = g_str_equal(row->scope, "element");
    g_autofree char *doc = describe_slot(row);
    g_autofree char *shared = g_strconcat("one for each ", row->scope, NULL);
    columns_add(
        columns, row->name, is_own ? describe_size(probe, SAMPLE_VECTOR, row) : shared,
        is_own ? describe_size(probe, SAMPLE_MATRIX, row) : shared, row->init, doc);
  }
  return columns;
}

static void
print_slots(optreg_registry *registry, const optreg_optimizer_info *info)
{
  if (info->n_slots == 0) {
    return;
  }
  g_autoptr(Probe) probe = probe_new(registry, info);
  g_autoptr(Columns) columns = probe_finds_shapes(probe, info)
                                   ? list_slots_by_tensor(info, probe)
                                   : list_slots(info);
  fputc('\n', stdout);
  columns_print(columns, 0, stdout);
}

static void
print_reductions(const optreg_optimizer_info *info)
{
  g_autoptr(Columns) columns = columns_new("lllrl");

  if (info->n_reductions == 0) {
    return;
  }
  columns_add_heading(columns, "reduction", "for each", "is a", "phase", "meaning");
  for (size_t i = 0; i < info->n_reductions; i++) {
    const optreg_reduction_info *row = &info->reductions[i];
    g_autofree char *phase = g_strdup_printf("%u", row->phase);
    columns_add(columns, row->name, row->scope, row->op, phase, row->doc);
  }
  fputc('\n', stdout);
  columns_print(columns, 0, stdout);
}

static void
print_variants(const optreg_optimizer_info *info)
{
  g_autoptr(Columns) columns = columns_new("lll");

  if (info->n_variants == 0) {
    return;
  }
  columns_add_heading(columns, "variant", "works on", "meaning");
  for (size_t i = 0; i < info->n_variants; i++) {
    const optreg_variant_info *row = &info->variants[i];
    columns_add(columns, row->name, row->granularity, row->doc);
  }
  fputc('\n', stdout);
  columns_print(columns, 0, stdout);
}

/* kernels of one variant and type compete: the highest level that runs here is used */
static bool
is_used(const optreg_optimizer_info *info, const optreg_kernel_info *kernel)
{
  for (size_t i = 0; i < info->n_kernels; i++) {
    const optreg_kernel_info *other = &info->kernels[i];
    if (other->is_usable && g_str_equal(other->variant, kernel->variant)
        && g_str_equal(other->dtype, kernel->dtype)
        && g_strcmp0(other->level, kernel->level) > 0) {
      return false;
    }
  }
  return kernel->is_usable;
}

static void
print_kernels(const optreg_optimizer_info *info)
{
  g_autoptr(Columns) columns = columns_new("lllll");

  columns_add_heading(columns, "kernel", "works on", "type", "level", "this machine");
  for (size_t i = 0; i < info->n_kernels; i++) {
    const optreg_kernel_info *kernel = &info->kernels[i];
    const bool is_single = kernel->variant[0] == '\0';
    columns_add(columns, is_single ? info->name : kernel->variant, kernel->granularity,
                kernel->dtype, kernel->level,
                is_used(info, kernel) ? "uses it"
                : kernel->is_usable   ? "could use it"
                                      : "cannot");
  }
  fputc('\n', stdout);
  columns_print(columns, 0, stdout);
}

static void
print_schedule(const optreg_schedule_info *schedule)
{
  g_autoptr(Columns) columns = columns_new("llrll");

  printf("%s: %s\n\n", schedule->name, schedule->doc);
  columns_add_heading(columns, "parameter", "type", "default", "range", "meaning");
  for (size_t i = 0; i < schedule->n_parameters; i++) {
    const optreg_schedule_parameter_info *row = &schedule->parameters[i];
    g_autofree char *doc = describe_doc(row->doc, row->needs);
    columns_add(columns, row->name, row->type,
                row->default_value != NULL ? row->default_value : "-", row->range, doc);
  }
  columns_print(columns, 2, stdout);
  fputc('\n', stdout);
}

static void
print_schedules(void)
{
  const optreg_schedule_info *const *schedules = NULL;
  const size_t n = optreg_schedules(&schedules);

  for (size_t i = 0; i < n; i++) {
    print_schedule(schedules[i]);
  }
  fputs(
      "Write learning_rate: {schedule: NAME, parameter: value, ...}, or another\n"
      "hyperparameter that may vary by step. Steps are updates, with `counter:\n"
      "micro_step` gradients; a number of them may be a percentage of those planned.\n",
      stdout);
}

/* a name, or the schedules */
static bool
check_arguments(const char *name, bool wants_schedules, GError **error)
{
  if (name == NULL && !wants_schedules) {
    g_set_error(error, STATUS_ERROR, STATUS_USAGE,
                "info needs NAME; try 'optreg info --help'");
    return false;
  }
  if (name != NULL && wants_schedules) {
    g_set_error(error, STATUS_ERROR, STATUS_USAGE,
                "info: --schedules takes no NAME; remove '%s'", name);
    return false;
  }
  return true;
}

Status
info_run(int argc, char **argv, GError **error)
{
  g_auto(GStrv) directories = NULL, rest = NULL;
  gboolean wants_schedules = false;
  const GOptionEntry entries[] = {
    { "schedules", 0, 0, G_OPTION_ARG_NONE, &wants_schedules,
      "show the schedules and their parameters", NULL },
    PLUGINS_OPTION(&directories),
    G_OPTION_ENTRY_NULL,
  };
  optreg_error *failure = NULL;

  if (!usage_parse(&usage, entries, argc, argv, &rest, error)
      || !check_arguments(rest[0], wants_schedules, error)) {
    return STATUS_DONE;
  }
  if (wants_schedules) {
    print_schedules();
    return STATUS_DONE;
  }
  g_autoptr(optreg_registry) registry = plugins_open(directories, error);
  if (registry == NULL) {
    return STATUS_FAILED;
  }
  const optreg_optimizer_info *info = optreg_registry_info(registry, rest[0], &failure);
  if (info == NULL) {
    status_take(failure, error);
    return STATUS_FAILED;
  }
  print_facts(info);
  print_hyperparameters(info);
  print_slots(registry, info);
  print_reductions(info);
  print_variants(info);
  print_kernels(info);
  return STATUS_DONE;
}
