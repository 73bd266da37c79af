/* SPDX-License-Identifier: MIT */
/* The config of a serialised Keras optimizer as native options. */
#include "config/keras/parts.h"

#include "config/place.h"

#include <string.h>

/* ---- what is refused ---- */

/* keys of other releases; only decay is still taken by Keras, and ignored */
static const struct {
  const char *key, *problem;
} obsolete[] = {
  { "decay", "Keras 3 ignores it; remove it, or write a schedule as learning_rate" },
  { "jit_compile", "is of Keras 2 and changes no number; remove it" },
  { "is_legacy_optimizer", "is of Keras 2; remove it" },
};

static bool
remove_obsolete(OptregNode *config, const char *source, GError **error)
{
  for (size_t i = 0; i < G_N_ELEMENTS(obsolete); i++) {
    const OptregNode *entry = optreg_node_get(config, obsolete[i].key);
    if (entry != NULL && !optreg_node_is_null(entry)) {
      return optreg_fail_at(source, entry->key_line, entry->key_column, error, "%s: %s",
                            obsolete[i].key, obsolete[i].problem);
    }
    optreg_keras_drop(config, obsolete[i].key);
  }
  return true;
}

/* 0 and less count, too, although they clip nothing */
static bool
check_clips(const OptregNode *config, const char *source, GError **error)
{
  size_t n = 0;

  for (const OptregNode *entry = config->children; entry != NULL; entry = entry->next) {
    if (!optreg_keras_has_word("clipnorm clipvalue global_clipnorm", entry->key)
        || optreg_node_is_null(entry) || ++n < 2) {
      continue;
    }
    return optreg_fail_at(
        source, entry->key_line, entry->key_column, error,
        "%s: Keras takes only one of clipnorm, clipvalue and global_clipnorm; set the "
        "others to null, or write optimizer: NAME and its options, where they combine",
        entry->key);
  }
  return true;
}

static bool
check_accumulation(const OptregNode *config, const char *source, GError **error)
{
  const OptregNode *entry = optreg_node_get(config, "gradient_accumulation_steps");
  double steps = 0.0;

  if (!optreg_keras_is_number(entry, &steps) || steps >= 2.0 || steps == 0.0) {
    return true;
  }
  return optreg_fail_at(source, entry->line, entry->column, error,
                        "gradient_accumulation_steps: Keras takes integers from 2, "
                        "and null or 0 for none; write null");
}

/* of all optimizers only this one insists */
static bool
check_weight_decay(const OptregKerasObject *object, const char *source, GError **error)
{
  const OptregNode *entry = optreg_node_get(object->config, "weight_decay");

  if (entry == NULL || !optreg_node_is_null(entry)
      || strcmp(object->class->class_name, "AdamW") != 0) {
    return true;
  }
  return optreg_fail_at(source, entry->line, entry->column, error,
                        "weight_decay: AdamW of Keras needs a number; write 0.0 for "
                        "none");
}

static bool
check_value(const OptregNode *entry, const char *source, GError **error)
{
  if (optreg_keras_has_word("name exclude_layers learning_rate", entry->key)
      && (entry->kind != OPTREG_NODE_SCALAR || strcmp(entry->key, "name") == 0)) {
    return true;
  }
  if (entry->kind != OPTREG_NODE_SCALAR) {
    return optreg_fail_at(source, entry->line, entry->column, error,
                          "%s: expected one value; of Keras's options only "
                          "learning_rate takes a schedule",
                          entry->key);
  }
  return optreg_keras_check_quotes(entry, source, error);
}

static bool
check_values(const OptregNode *config, const char *source, GError **error)
{
  for (const OptregNode *entry = config->children; entry != NULL; entry = entry->next) {
    if (!check_value(entry, source, error)) {
      return false;
    }
  }
  return true;
}

/* ---- what Keras passes over ---- */

static bool
is_at_most_zero(const OptregNode *config, const char *key)
{
  return optreg_keras_is_at_most(config, key, 0.0);
}

static bool
is_without_ema(const OptregNode *config, const char *key)
{
  const OptregNode *use_ema = optreg_node_get(config, "use_ema");

  (void)key;
  return use_ema == NULL || g_strcmp0(use_ema->text, "true") != 0;
}

static bool
is_without_momentum(const OptregNode *config, const char *key)
{
  const OptregNode *nesterov = optreg_node_get(config, key);

  return nesterov != NULL && g_strcmp0(nesterov->text, "true") == 0
         && (optreg_node_get(config, "momentum") == NULL
             || optreg_keras_is_at_most(config, "momentum", 0.0));
}

static const struct {
  const char *key;
  bool (*has_no_effect)(const OptregNode *config, const char *key);
} passed_over[] = {
  { "clipnorm", is_at_most_zero },
  { "clipvalue", is_at_most_zero },
  { "global_clipnorm", is_at_most_zero },
  { "gradient_accumulation_steps", is_at_most_zero },
  { "ema_momentum", is_without_ema },
  { "ema_overwrite_frequency", is_without_ema },
  { "nesterov", is_without_momentum },
};

static void
drop_passed_over(OptregNode *config)
{
  for (size_t i = 0; i < G_N_ELEMENTS(passed_over); i++) {
    if (passed_over[i].has_no_effect(config, passed_over[i].key)) {
      optreg_keras_drop(config, passed_over[i].key);
    }
  }
}

/* ---- both ---- */

static bool
check(const OptregKerasObject *object, const char *source, GError **error)
{
  return remove_obsolete(object->config, source, error)
         && optreg_keras_check_keys(object, optreg_keras_base_keys, source, error)
         && check_clips(object->config, source, error)
         && check_accumulation(object->config, source, error)
         && check_weight_decay(object, source, error)
         && check_values(object->config, source, error);
}

static bool
translate_learning_rate(OptregNode *config, const char *source, GError **error)
{
  OptregNode *rate = optreg_node_edit(config, "learning_rate");

  return rate == NULL || rate->kind == OPTREG_NODE_SCALAR
         || optreg_keras_translate_schedule(rate, source, error);
}

bool
optreg_keras_move_options(const OptregKerasObject *object, bool is_scaled,
                          OptregNode *native, const char *source, GError **error)
{
  OptregNode *config = object->config;

  if (!check(object, source, error)
      || !translate_learning_rate(config, source, error)) {
    return false;
  }
  drop_passed_over(config);
  if (is_scaled) {
    optreg_keras_drop(config, "loss_scale_factor");
  }
  optreg_keras_write_whole(optreg_node_edit(config, "gradient_accumulation_steps"));
  optreg_node_append(native, g_steal_pointer(&config->children));
  return true;
}
