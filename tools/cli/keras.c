/* SPDX-License-Identifier: MIT */
/* A configuration as Keras would serialise it. */
#include "keras.h"

#include "flow.h"
#include "keras_json.h"
#include "keras_source.h"
#include "plugins.h"

#include <stdio.h>
#include <string.h>

/* what Python keeps as integers */
static const char *const integers[] = {
  "ema_overwrite_frequency",
  "gradient_accumulation_steps",
  "dynamic_growth_steps",
  "decay_steps",
  "first_decay_steps",
  "warmup_steps",
  "boundaries",
  NULL,
};

/* the largest integer, which stands for a scale that never grows */
#define NEVER "9007199254740992"

static void
write_value(KerasJson *json, const char *key, const char *yaml)
{
  const bool is_real = !g_strv_contains(integers, key);
  g_autofree char *value = keras_json_number(yaml, is_real);

  keras_json_add(json, key, value);
}

static void
write_schedule_key(KerasJson *json, const OptregKerasClass *class, GHashTable *schedule,
                   const char *key)
{
  const char *value = g_hash_table_lookup(schedule, key);

  if (strcmp(key, "name") == 0) {
    keras_json_add_text(json, key, class->default_name);
  } else if (value == NULL) { /* a warm-up that is off */
    keras_json_add(json, key, strcmp(key, "warmup_steps") == 0 ? "0" : "null");
  } else {
    write_value(json, key, value);
  }
}

static void
write_schedule(KerasJson *json, const char *text)
{
  g_autoptr(GHashTable) schedule = flow_read(text);
  const OptregKerasClass *class = keras_find_schedule(schedule);
  g_auto(GStrv) keys = g_strsplit(class->keys, " ", -1);

  keras_json_open(json, "learning_rate", "keras.optimizers.schedules",
                  class->class_name);
  for (size_t i = 0; keys[i] != NULL; i++) {
    write_schedule_key(json, class, schedule, keys[i]);
  }
  keras_json_close(json);
}

/* AdamW refuses null */
static bool
needs_weight_decay(const KerasSource *source)
{
  return keras_is_off(source, "weight_decay")
         && strcmp(source->info->name, "adamw") == 0;
}

static void
write_base_option(const KerasSource *source, KerasJson *json, const char *key)
{
  const char *value = keras_value(source, key);
  g_autofree char *text = keras_text(source, key);

  if (strcmp(key, "name") == 0) {
    keras_json_add_text(json, key, text);
  } else if (strcmp(key, "loss_scale_factor") == 0 && flow_is_mapping(value)) {
    keras_json_add(json, key, "null");
  } else if (flow_is_mapping(value)) {
    write_schedule(json, value);
  } else if (strcmp(key, "weight_decay") == 0 && needs_weight_decay(source)) {
    keras_json_add(json, key, "0.0");
  } else {
    write_value(json, key, value);
  }
}

static void
write_own_option(const KerasSource *source, KerasJson *json,
                 const optreg_hyperparameter_info *row)
{
  const char *value = keras_value(source, row->name);
  g_autofree char *number = keras_json_number(value, strcmp(row->type, "real") == 0);
  g_autofree char *text = keras_text(source, row->name);

  if (strcmp(row->type, "choice") == 0) {
    keras_json_add_text(json, row->name, text);
  } else {
    keras_json_add(json, row->name, number);
  }
}

static void
write_optimizer(const KerasSource *source, KerasJson *json, const char *key)
{
  g_auto(GStrv) base_keys = g_strsplit(optreg_keras_base_keys, " ", -1);

  keras_json_open(json, key, "keras.optimizers", keras_class_name(source));
  for (size_t i = 0; base_keys[i] != NULL; i++) {
    write_base_option(source, json, base_keys[i]);
  }
  for (size_t i = 0; i < source->info->n_hyperparameters; i++) {
    const optreg_hyperparameter_info *row = &source->info->hyperparameters[i];
    if (!optreg_keras_has_word(optreg_keras_base_keys, row->name)) {
      write_own_option(source, json, row);
    }
  }
  keras_json_close(json);
}

static void
write_scaled(const KerasSource *source, KerasJson *json, const char *text)
{
  g_autoptr(GHashTable) scale = flow_read(text);
  const char *growth = g_hash_table_lookup(scale, "dynamic_growth_steps");

  keras_json_open(json, NULL, "keras.optimizers", "LossScaleOptimizer");
  keras_json_add_text(json, "name", "loss_scale_optimizer");
  write_optimizer(source, json, "inner_optimizer");
  write_value(json, "initial_scale", g_hash_table_lookup(scale, "initial_scale"));
  write_value(json, "dynamic_growth_steps", strcmp(growth, NEVER) == 0 ? "0" : growth);
  keras_json_close(json);
}

static char *
write_all(const KerasSource *source)
{
  const char *scale = keras_value(source, "loss_scale_factor");
  KerasJson json = { .text = g_string_new(NULL), .is_first = true };

  if (flow_is_mapping(scale)) {
    write_scaled(source, &json, scale);
  } else {
    write_optimizer(source, &json, NULL);
  }
  g_string_append_c(json.text, '\n');
  return g_string_free(json.text, false);
}

static char *
serialise(optreg_registry *registry, const optreg_optimizer *optimizer,
          const char *file, GError **error)
{
  KerasSource source = { .optimizer = optimizer };
  optreg_error *failure = NULL;

  source.n_options = optreg_optimizer_options(optimizer, &source.options);
  source.info =
      optreg_registry_info(registry, optreg_optimizer_name(optimizer), &failure);
  if (source.info == NULL) {
    status_take(failure, error);
    return NULL;
  }
  g_autofree char *problems = keras_list_problems(&source);
  if (problems[0] != '\0') {
    g_set_error(error, STATUS_ERROR, STATUS_USAGE, "Keras cannot express %s:%s", file,
                problems);
    return NULL;
  }
  return write_all(&source);
}

bool
keras_print(const char *file, char *const *directories, GError **error)
{
  g_autoptr(optreg_registry) registry = plugins_open(directories, error);
  optreg_error *failure = NULL;

  if (registry == NULL) {
    return false;
  }
  g_autoptr(optreg_optimizer)
      optimizer = optreg_optimizer_from_file(registry, file, &failure);
  if (optimizer == NULL) {
    return status_take(failure, error);
  }
  g_autofree char *json = serialise(registry, optimizer, file, error);
  if (json != NULL) {
    fputs(json, stdout);
  }
  return json != NULL;
}
