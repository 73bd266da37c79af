/* SPDX-License-Identifier: MIT */
/* A serialised Keras schedule as a native one. */
#include "config/keras/parts.h"

#include "config/place.h"

#include <string.h>

static bool
is_function(const OptregNode *rate)
{
  const OptregNode *class_node = optreg_node_get(rate, "class_name");

  return class_node != NULL && class_node->kind == OPTREG_NODE_SCALAR
         && optreg_keras_has_word("function __lambda__ callable", class_node->text);
}

static bool
check_kind(const OptregNode *rate, const char *source, GError **error)
{
  if (rate->kind != OPTREG_NODE_MAPPING
      || optreg_node_get(rate, "class_name") == NULL) {
    return optreg_fail_at(source, rate->line, rate->column, error,
                          "learning_rate: expected a number or a serialised schedule");
  }
  if (is_function(rate)) {
    return optreg_fail_at(source, rate->line, rate->column, error,
                          "learning_rate: a function is not in the file; write a "
                          "number and call "
                          "optreg_optimizer_set_learning_rate_function");
  }
  return true;
}

static bool
check_quotes(const OptregNode *config, const char *source, GError **error)
{
  for (const OptregNode *entry = config->children; entry != NULL; entry = entry->next) {
    if (!optreg_keras_check_quotes(entry, source, error)) {
      return false;
    }
  }
  return true;
}

/* Keras warms up only towards a target */
static void
drop_idle_warmup(OptregNode *config)
{
  const OptregNode *target = optreg_node_get(config, "warmup_target");

  if (target == NULL || optreg_node_is_null(target)) {
    optreg_keras_drop(config, "warmup_target");
    optreg_keras_drop(config, "warmup_steps");
  }
}

static void
truncate_boundaries(OptregNode *config)
{
  OptregNode *boundaries = optreg_node_edit(config, "boundaries");

  for (OptregNode *node = boundaries == NULL ? NULL : boundaries->children;
       node != NULL; node = node->next) {
    optreg_keras_truncate(node);
  }
}

static OptregNode *
new_text(const char *key, const char *text, const OptregNode *place)
{
  OptregNode *node = optreg_node_new(OPTREG_NODE_SCALAR, key, place);

  node->text = g_strdup(text);
  return node;
}

static void
replace_entries(OptregNode *rate, const OptregKerasObject *object)
{
  OptregNode *schedule = new_text("schedule", object->class->name, object->class_node);
  OptregNode *counter = new_text("counter", "micro_step", object->class_node);

  schedule->next = g_steal_pointer(&object->config->children);
  optreg_node_free(rate->children);
  rate->children = schedule;
  optreg_node_append(rate, counter);
}

bool
optreg_keras_translate_schedule(OptregNode *rate, const char *source, GError **error)
{
  OptregKerasObject object = { 0 };

  if (!check_kind(rate, source, error)
      || !optreg_keras_open(rate, optreg_keras_schedules, "schedule", source, &object,
                            error)
      || !optreg_keras_check_keys(&object, "", source, error)) {
    return false;
  }
  optreg_keras_drop(object.config, "name");
  if (!check_quotes(object.config, source, error)) {
    return false;
  }
  drop_idle_warmup(object.config);
  truncate_boundaries(object.config);
  replace_entries(rate, &object);
  return true;
}
