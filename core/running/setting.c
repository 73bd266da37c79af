/* SPDX-License-Identifier: MIT */
/* Hyperparameters that the application sets. */
#include "setting.h"

#include "config/value.h"
#include "error.h"
#include "names.h"
#include "running/limits.h"
#include "running/values.h"

#include <math.h>
#include <string.h>

/* what is to be set */
typedef struct Setting {
  const OptregConfig *config;
  const OptregRunOptions *options;
  const OptregEngine *engine;
  const char *name;
  double value;
  size_t group; /* or OPTREG_WHOLE_MODEL */
  bool is_rate;
} Setting;

/* always returns false */
G_GNUC_PRINTF(3, 4)
static bool
refuse(GError **error, optreg_error_code code, const char *format, ...)
{
  va_list arguments;

  va_start(arguments, format);
  g_autofree char *message = g_strdup_vprintf(format, arguments);
  va_end(arguments);
  g_set_error_literal(error, OPTREG_ERROR, (int)code, message);
  return false;
}

static gssize
find_row(const OptregGroup *group, const char *name)
{
  return optreg_descriptor_find(group->descriptor, name);
}

static const optreg_hyperparameter *
row_of(const OptregGroup *group, const char *name)
{
  return &group->descriptor->hyperparameters[find_row(group, name)];
}

/* ---- which groups ---- */

static bool
is_meant(const Setting *setting, size_t i)
{
  return (setting->group == OPTREG_WHOLE_MODEL || setting->group == i)
         && find_row(&setting->config->groups[i], setting->name) >= 0;
}

static bool
refuse_name(const Setting *setting, GError **error)
{
  const OptregConfig *config = setting->config;
  const size_t i = MIN(setting->group, config->n_groups - 1);
  const OptregDescriptor *descriptor = config->groups[i].descriptor;
  g_autofree const char **names =
      g_new0(const char *, descriptor->n_hyperparameters + 1);

  for (size_t row = 0; row < descriptor->n_hyperparameters; row++) {
    names[row] = descriptor->hyperparameters[row].name;
  }
  const char *near = optreg_name_nearest(setting->name, names);
  g_autofree char *hint = near != NULL ? g_strdup_printf("did you mean '%s'?", near)
                                       : g_strdup("see optreg info");
  return refuse(error, OPTREG_ERROR_ARGUMENT,
                "optimizer '%s' has no hyperparameter of that name: %s",
                descriptor->class.name, hint);
}

static bool
check_target(const Setting *setting, GError **error)
{
  const OptregConfig *config = setting->config;
  bool is_found = false;

  if (setting->group != OPTREG_WHOLE_MODEL && setting->group >= config->n_groups) {
    return refuse(error, OPTREG_ERROR_ARGUMENT,
                  "there is no group %zu: the optimizer has %zu", setting->group,
                  config->n_groups);
  }
  for (size_t i = 0; i < config->n_groups; i++) {
    is_found |= is_meant(setting, i);
  }
  return is_found || refuse_name(setting, error);
}

/* ---- one group ---- */

/* whether the row may change here, whatever the value */
static bool
check_row(const Setting *setting, const OptregGroup *group, GError **error)
{
  const optreg_hyperparameter *row = row_of(group, setting->name);

  if ((row->flags & OPTREG_SCHEDULABLE) == 0 && !setting->is_rate) {
    return refuse(error, OPTREG_ERROR_ARGUMENT,
                  "%s cannot change between steps: write it into the configuration",
                  row->name);
  }
  if ((row->flags & OPTREG_PER_GROUP) == 0 && setting->group != OPTREG_WHOLE_MODEL
      && setting->config->n_groups > 1) {
    return refuse(error, OPTREG_ERROR_ARGUMENT,
                  "%s is the same in all groups: set it for OPTREG_WHOLE_MODEL",
                  row->name);
  }
  return true;
}

/* a value has one source */
static bool
check_source(const Setting *setting, const OptregGroup *group, GError **error)
{
  if (optreg_values_is_scheduled(group, (size_t)find_row(group, setting->name))) {
    return refuse(error, OPTREG_ERROR_ARGUMENT,
                  "%s follows a schedule in %s: write a number into the configuration "
                  "to set it",
                  setting->name, group->label);
  }
  if (setting->is_rate && setting->options->learning_rate_function != NULL
      && !group->has_own_learning_rate) {
    return refuse(error, OPTREG_ERROR_STATE,
                  "the learning rate comes from the application's function: set that "
                  "to NULL first");
  }
  return true;
}

static bool
has_slot(const OptregEngine *engine, size_t group, const optreg_slot *slot)
{
  const GArray *states = engine->chain->builder.states;

  for (guint i = 0; i < states->len; i++) {
    const OptregStateTensor *state = &g_array_index(states, OptregStateTensor, i);
    if (engine->tensors[state->tensor].group == group && state->row == slot) {
      return true;
    }
  }
  return false;
}

static bool
has_members(const OptregEngine *engine, size_t group)
{
  for (size_t i = 0; i < engine->n_tensors; i++) {
    if (engine->tensors[i].group == group && !engine->tensors[i].is_overwritten) {
      return true;
    }
  }
  return false;
}

/* a slot that needs the hyperparameter and that no parameter of the group has */
static const char *
find_absent_slot(const Setting *setting, size_t group)
{
  const OptregEngine *engine = setting->engine;
  const OptregDescriptor *descriptor = setting->config->groups[group].descriptor;

  for (size_t i = 0; has_members(engine, group) && i < descriptor->n_slots; i++) {
    const optreg_slot *slot = &descriptor->slots[i];
    if (g_strcmp0(slot->needs, setting->name) == 0 && !has_slot(engine, group, slot)) {
      return slot->name;
    }
  }
  return NULL;
}

/* what was off at build has no slots; what is on may go off and on again */
static bool
check_slots(const Setting *setting, size_t group, GError **error)
{
  const char *slot = setting->engine != NULL && setting->value != 0.0
                         ? find_absent_slot(setting, group)
                         : NULL;

  return slot == NULL
         || refuse(error, OPTREG_ERROR_ARGUMENT,
                   "%s was 0 in %s when the optimizer was built, so that there is no "
                   "slot '%s': set it before build",
                   setting->name, setting->config->groups[group].label, slot);
}

static bool
check_value(const Setting *setting, size_t i, GError **error)
{
  const OptregGroup *group = &setting->config->groups[i];
  g_autofree char *problem =
      optreg_value_check(row_of(group, setting->name), setting->value);

  if (problem != NULL) {
    return refuse(error, OPTREG_ERROR_ARGUMENT, "%s: %s", setting->name, problem);
  }
  return setting->engine == NULL
         || optreg_limits_check_value(setting->engine, i,
                                      (size_t)find_row(group, setting->name),
                                      setting->value, error);
}

static bool
check_group(const Setting *setting, size_t i, GError **error)
{
  const OptregGroup *group = &setting->config->groups[i];

  return check_row(setting, group, error) && check_source(setting, group, error)
         && check_value(setting, i, error) && check_slots(setting, i, error);
}

static void
set_group(const Setting *setting, OptregConfig *config, size_t i)
{
  OptregGroup *group = &config->groups[i];

  group->hyperparameters[find_row(group, setting->name)] = setting->value;
  group->has_own_learning_rate |= setting->is_rate && setting->group == i
                                  && i + 1 < config->n_groups;
}

bool
optreg_setting_apply(OptregConfig *config, const OptregRunOptions *options,
                     const OptregEngine *engine, size_t group, const char *name,
                     double value, GError **error)
{
  const Setting setting = {
    .config = config,
    .options = options,
    .engine = engine,
    .name = name,
    .value = value == 0.0 ? 0.0 : value, /* no -0, as in YAML */
    .group = group,
    .is_rate = strcmp(name, "learning_rate") == 0,
  };

  if (!check_target(&setting, error)) {
    return false;
  }
  for (size_t i = 0; i < config->n_groups; i++) {
    if (is_meant(&setting, i) && !check_group(&setting, i, error)) {
      return false;
    }
  }
  for (size_t i = 0; i < config->n_groups; i++) {
    if (is_meant(&setting, i)) {
      set_group(&setting, config, i);
    }
  }
  return true;
}

double
optreg_setting_read(const OptregConfig *config, const OptregRunOptions *options,
                    const optreg_step_report *report, size_t group, const char *name)
{
  const size_t i = group == OPTREG_WHOLE_MODEL ? config->n_groups - 1 : group;
  const gssize row = i < config->n_groups ? find_row(&config->groups[i], name) : -1;

  if (row < 0) {
    return NAN;
  }
  return strcmp(name, "learning_rate") == 0
             ? optreg_values_learning_rate(&config->groups[i], (size_t)row, options,
                                           optreg_values_ask(options), report)
             : optreg_values_of(&config->groups[i], (size_t)row, report);
}
