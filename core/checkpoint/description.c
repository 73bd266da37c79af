/* SPDX-License-Identifier: MIT */
/* Metadata: whose state it is, counters, configuration, parameters. */
#include "checkpoint/description.h"

#include "checkpoint/counters.h"
#include "checkpoint/inventory.h"
#include "checkpoint/keys.h"
#include "config/config.h"
#include "config/scalar.h"
#include "config/value.h"
#include "running/values.h"
#include "safetensors/metadata.h"

#include <string.h>

/* of the model's optimizer, and of each that only groups name */
static void
add_identity(GArray *metadata, const OptregEngine *engine, size_t i)
{
  const OptregDescriptor *descriptor =
      optreg_instance_descriptor(engine->instances.items[i]);
  const optreg_optimizer_class *class = &descriptor->class;
  g_autofree char *suffix = i == 0 ? g_strdup("") : g_strconcat(":", class->name, NULL);
  g_autofree char *kinship = optreg_kinship_of(descriptor);
  g_autofree char *version = g_strdup_printf("%u", class->state_version);

  optreg_metadata_add(metadata, OPTREG_KEY_OPTIMIZER, suffix, class->name);
  optreg_metadata_add(metadata, OPTREG_KEY_PLUGIN_VERSION, suffix, class->version);
  optreg_metadata_add(metadata, OPTREG_KEY_STATE_VERSION, suffix, version);
  if (kinship != NULL) {
    optreg_metadata_add(metadata, OPTREG_KEY_KINSHIP, suffix, kinship);
  }
}

static void
add_identities(GArray *metadata, const OptregEngine *engine)
{
  optreg_metadata_add(metadata, OPTREG_KEY_FORMAT, "", OPTREG_FORMAT);
  optreg_metadata_add(metadata, OPTREG_KEY_FORMAT_VERSION, "", OPTREG_FORMAT_VERSION);
  for (size_t i = 0; i < engine->instances.n; i++) {
    add_identity(metadata, engine, i);
  }
}

static void
add_counters(GArray *metadata, const OptregEngine *engine)
{
  g_autoptr(GArray) counters = optreg_counters_get(engine);

  for (guint i = 0; i < counters->len; i++) {
    const OptregCounter *counter = &g_array_index(counters, OptregCounter, i);
    if (counter->is_rare && counter->value == counter->initial) {
      continue;
    }
    g_autofree char *text = optreg_counter_show(counter);
    optreg_metadata_add(metadata, OPTREG_KEY_COUNTER, counter->name, text);
  }
}

static char *
show_hyperparameter(const OptregGroup *group, size_t row)
{
  return optreg_value_show(&group->descriptor->hyperparameters[row],
                           group->hyperparameters[row]);
}

/* the application may have set hyperparameters since the configuration was read */
static char *
show_option(const OptregEngine *engine, const optreg_option_info *option)
{
  const OptregGroup *group = optreg_config_group_of_option(engine->config, option);
  const gssize row = optreg_descriptor_find(group->descriptor, option->name);

  if (row < 0 || optreg_values_is_scheduled(group, (size_t)row)) {
    return g_strdup(option->value);
  }
  if (option->group == NULL && engine->options->learning_rate_function != NULL
      && strcmp(option->name, "learning_rate") == 0) {
    return g_strdup("the application's function");
  }
  return show_hyperparameter(group, (size_t)row);
}

static bool
is_listed(const OptregConfig *config, const OptregGroup *group, const char *name)
{
  for (size_t i = 0; i < config->n_options; i++) {
    const optreg_option_info *option = &config->options[i];
    if (g_strcmp0(option->group, group->label) == 0
        && strcmp(option->name, name) == 0) {
      return true;
    }
  }
  return false;
}

/* what the application has set in a group that says nothing about it itself */
static void
add_own_values(GArray *metadata, const OptregConfig *config, const OptregGroup *group)
{
  const OptregGroup *outside = &config->groups[config->n_groups - 1];
  const OptregDescriptor *descriptor = group->descriptor;

  for (size_t row = 0; row < descriptor->n_hyperparameters; row++) {
    const char *option = descriptor->hyperparameters[row].name;
    if (descriptor != outside->descriptor || optreg_values_is_scheduled(group, row)
        || group->hyperparameters[row] == outside->hyperparameters[row]
        || is_listed(config, group, option)) {
      continue;
    }
    g_autofree char *name = g_strconcat(group->label, ".", option, NULL);
    g_autofree char *value = show_hyperparameter(group, row);
    optreg_metadata_add(metadata, OPTREG_KEY_OPTION, name, value);
  }
}

/* [a, b], or a alone */
static void
add_list(GArray *metadata, const OptregGroup *group, const char *key, char **entries)
{
  g_autofree char *name = g_strconcat(group->label, key, NULL);
  g_autofree char *list = g_strjoinv(", ", entries);
  g_autofree char *value = entries[1] == NULL ? g_strdup(list)
                                              : g_strdup_printf("[%s]", list);

  optreg_metadata_add(metadata, OPTREG_KEY_OPTION, name, value);
}

static void
add_selectors(GArray *metadata, const OptregGroup *group)
{
  g_auto(GStrv) patterns = g_strdupv(group->match);
  g_autoptr(GStrvBuilder) ndims = g_strv_builder_new();

  for (char **pattern = patterns; *pattern != NULL; pattern++) {
    char *shown = optreg_scalar_show(*pattern);
    g_free(*pattern);
    *pattern = shown;
  }
  for (unsigned n = 0; group->ndims >> n != 0; n++) {
    g_autofree char *text = g_strdup_printf("%u", n);
    if (group->ndims >> n & 1) {
      g_strv_builder_add(ndims, text);
    }
  }
  g_auto(GStrv) numbers = g_strv_builder_end(ndims);
  if (patterns[0] != NULL) {
    add_list(metadata, group, ".match", patterns);
  }
  if (numbers[0] != NULL) {
    add_list(metadata, group, ".ndim", numbers);
  }
}

static void
add_options(GArray *metadata, const OptregEngine *engine)
{
  const OptregConfig *config = engine->config;

  for (size_t i = 0; i < config->n_options; i++) {
    const optreg_option_info *option = &config->options[i];
    g_autofree char *name = option->group == NULL
                                ? g_strdup(option->name)
                                : g_strconcat(option->group, ".", option->name, NULL);
    g_autofree char *value = show_option(engine, option);
    optreg_metadata_add(metadata, OPTREG_KEY_OPTION, name, value);
  }
  if (config->total_steps != 0) {
    g_autofree char *value = g_strdup_printf("%" G_GUINT64_FORMAT, config->total_steps);
    optreg_metadata_add(metadata, OPTREG_KEY_OPTION, "total_steps", value);
  }
  for (size_t i = 0; i + 1 < config->n_groups; i++) {
    add_selectors(metadata, &config->groups[i]);
    add_own_values(metadata, config, &config->groups[i]);
  }
}

static void
add_parameters(GArray *metadata, const OptregEngine *engine)
{
  for (size_t i = 0; i < engine->n_tensors; i++) {
    const OptregTensor *tensor = &engine->tensors[i];
    g_autofree char *text = optreg_inventory_show(optreg_inventory_dtype(tensor),
                                                  tensor->dims, tensor->ndim);
    optreg_metadata_add(metadata, OPTREG_KEY_PARAMETER, tensor->name, text);
    if (tensor->optimizer > 0) {
      const OptregInstance *instance = optreg_instances_of(&engine->instances, tensor);
      optreg_metadata_add(metadata, OPTREG_KEY_TRAINER, tensor->name,
                          optreg_instance_descriptor(instance)->class.name);
    }
  }
}

GArray *
optreg_description_new(const OptregEngine *engine)
{
  GArray *metadata = optreg_metadata_new();

  add_identities(metadata, engine);
  add_counters(metadata, engine);
  add_options(metadata, engine);
  add_parameters(metadata, engine);
  return metadata;
}

GArray *
optreg_description_options(const OptregEngine *engine)
{
  GArray *metadata = optreg_metadata_new();

  add_options(metadata, engine);
  optreg_metadata_sort(metadata);
  return metadata;
}
