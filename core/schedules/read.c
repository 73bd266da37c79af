/* SPDX-License-Identifier: MIT */
/* A mapping to the arguments of a schedule. */
#include "schedules/kind.h"

#include "config/oddity.h"
#include "config/place.h"
#include "names.h"

#include <math.h>
#include <string.h>

static const char *const counters[] = { "step", "micro_step", NULL };

/* "cosine" for cosine_decay */
static const char *
find_near(const char *name, const char *const *names)
{
  for (size_t i = 0; strlen(name) > 2 && names[i] != NULL; i++) {
    if (g_str_has_prefix(names[i], name)) {
      return names[i];
    }
  }
  return optreg_name_nearest(name, names);
}

/* "unknown schedule 'linaer', did you mean 'linear'?" */
static char *
explain_unknown(const char *what, const char *name, const char *const *names)
{
  g_autofree char *excerpt = optreg_quote(name);
  const char *near = find_near(name, names);

  if (near != NULL) {
    return g_strdup_printf("unknown %s %s, did you mean '%s'?", what, excerpt, near);
  }
  g_autofree char *known = g_strjoinv(", ", (char **)names);
  return g_strdup_printf("unknown %s %s, known are %s", what, excerpt, known);
}

const OptregScheduleKind *
optreg_schedule_read_kind(const OptregNode *mapping, const char *source,
                          const optreg_hyperparameter *row, GError **error)
{
  const OptregNode *node = optreg_node_get(mapping, "schedule");
  g_autofree const char **names = optreg_schedule_names();

  if (node == NULL || node->kind != OPTREG_NODE_SCALAR || optreg_node_is_null(node)) {
    const OptregNode *at = node == NULL ? mapping : node;
    g_autofree char *known = g_strjoinv(", ", (char **)names);
    optreg_fail_at(source, at->line, at->column, error,
                   "%s: a mapping needs schedule: NAME, one of %s", row->name, known);
    return NULL;
  }
  const OptregScheduleKind *kind = optreg_schedule_kind(node->text);
  if (kind == NULL) {
    g_autofree char *problem = explain_unknown("schedule", node->text, names);
    optreg_fail_at(source, node->line, node->column, error, "%s", problem);
  }
  return kind;
}

static const char **
list_keys(const OptregSchedule *schedule, bool is_nested)
{
  const optreg_schedule_info *info = &schedule->kind->info;
  const char **keys = g_new0(const char *, info->n_parameters + 3);
  size_t n = 0;

  for (; n < info->n_parameters; n++) {
    keys[n] = info->parameters[n].name;
  }
  keys[n++] = "schedule";
  if (!is_nested) {
    keys[n] = "counter";
  }
  return keys;
}

static bool
check_keys(const OptregSchedule *schedule, const OptregNode *mapping, bool is_nested,
           GError **error)
{
  g_autofree const char **keys = list_keys(schedule, is_nested);
  g_autofree char *what = g_strdup_printf("parameter of %s", schedule->kind->info.name);

  for (const OptregNode *node = mapping->children; node != NULL; node = node->next) {
    if (g_strv_contains(keys, node->key)) {
      continue;
    }
    g_autofree char *problem = is_nested && strcmp(node->key, "counter") == 0
                                   ? g_strdup("counter belongs to the outermost "
                                              "schedule; move it there")
                                   : explain_unknown(what, node->key, keys);
    return optreg_fail_at(schedule->source, node->key_line, node->key_column, error,
                          "%s", problem);
  }
  return true;
}

static bool
read_counter(OptregSchedule *schedule, const OptregNode *mapping, GError **error)
{
  const OptregNode *node = optreg_node_get(mapping, "counter");

  if (node == NULL) {
    return true;
  }
  if (node->kind != OPTREG_NODE_SCALAR || !g_strv_contains(counters, node->text)) {
    return optreg_fail_at(schedule->source, node->line, node->column, error,
                          "counter: expected step, which counts updates, or "
                          "micro_step, which counts gradients");
  }
  schedule->counts_micro_steps = strcmp(node->text, "micro_step") == 0;
  return true;
}

static bool
has_percentage(const OptregArgument *argument)
{
  for (size_t i = 0; i < argument->n; i++) {
    if (!isnan(argument->percents[i])) {
      return true;
    }
  }
  return argument->nested != NULL && argument->nested->has_percentages;
}

/* the argument of the parameter that `needs` names */
static const OptregArgument *
find_needed(const OptregSchedule *schedule, const char *needs)
{
  const optreg_schedule_info *info = &schedule->kind->info;

  for (size_t i = 0; i < info->n_parameters; i++) {
    if (g_strcmp0(info->parameters[i].name, needs) == 0) {
      return &schedule->arguments[i];
    }
  }
  return NULL;
}

bool
optreg_schedule_is_effectless(const OptregSchedule *schedule, size_t i)
{
  const optreg_schedule_parameter_info *parameter = &schedule->kind->info.parameters[i];
  const OptregArgument *needed = find_needed(schedule, parameter->needs);

  return needed != NULL && isnan(needed->numbers[0]);
}

static bool
check_needs(const OptregSchedule *schedule, GError **error)
{
  const optreg_schedule_info *info = &schedule->kind->info;

  for (size_t i = 0; i < info->n_parameters; i++) {
    const optreg_schedule_parameter_info *parameter = &info->parameters[i];
    const OptregArgument *argument = &schedule->arguments[i];
    if (argument->is_set && argument->numbers[0] != 0.0
        && optreg_schedule_is_effectless(schedule, i)) {
      return optreg_argument_fail(schedule, argument, error,
                                  "%s: has no effect without %s; add %s or remove %s",
                                  parameter->name, parameter->needs, parameter->needs,
                                  parameter->name);
    }
  }
  return true;
}

static bool
read_arguments(OptregSchedule *schedule, const OptregNode *mapping, GError **error)
{
  const optreg_schedule_info *info = &schedule->kind->info;

  schedule->arguments = g_new0(OptregArgument, info->n_parameters);
  for (size_t i = 0; i < info->n_parameters; i++) {
    const optreg_schedule_parameter_info *parameter = &info->parameters[i];
    OptregArgument *argument = &schedule->arguments[i];
    const OptregNode *node = optreg_node_get(mapping, parameter->name);
    if (!optreg_argument_read(argument, schedule, parameter, node, error)) {
      return false;
    }
    schedule->has_percentages |= has_percentage(argument);
  }
  return check_needs(schedule, error);
}

bool
optreg_schedule_read(OptregSchedule *schedule, const OptregNode *mapping,
                     bool is_nested, GError **error)
{
  return check_keys(schedule, mapping, is_nested, error)
         && read_counter(schedule, mapping, error)
         && read_arguments(schedule, mapping, error);
}
