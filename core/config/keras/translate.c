/* SPDX-License-Identifier: MIT */
/* Configurations as Keras serialises them: a tree of JSON to a native tree. */
#include "config/keras/keras.h"

#include "config/keras/parts.h"
#include "config/place.h"

#include <string.h>

/* more than any training counts */
#define NEVER "9007199254740992"

/* ---- LossScaleOptimizer ---- */

/* arguments that it takes at these values only; NULL: null */
static const struct {
  const char *key, *value;
} fixed[] = {
  { "weight_decay", NULL },
  { "clipnorm", NULL },
  { "global_clipnorm", NULL },
  { "clipvalue", NULL },
  { "use_ema", "false" },
  { "ema_momentum", "0.99" },
  { "ema_overwrite_frequency", NULL },
  { "loss_scale_factor", NULL },
  { "gradient_accumulation_steps", NULL },
};

static bool
is_fixed(const OptregNode *entry, const char *value)
{
  return value == NULL ? optreg_node_is_null(entry)
                       : g_strcmp0(entry->text, value) == 0;
}

static bool
remove_fixed(OptregNode *config, const char *source, GError **error)
{
  for (size_t i = 0; i < G_N_ELEMENTS(fixed); i++) {
    const OptregNode *entry = optreg_node_get(config, fixed[i].key);
    if (entry != NULL && !is_fixed(entry, fixed[i].value)) {
      return optreg_fail_at(source, entry->key_line, entry->key_column, error,
                            "%s: LossScaleOptimizer does not take it; move it into the "
                            "config of inner_optimizer",
                            fixed[i].key);
    }
    optreg_keras_drop(config, fixed[i].key);
  }
  return true;
}

static bool
remove_dynamic(OptregNode *config, const char *source, GError **error)
{
  const OptregNode *entry = optreg_node_get(config, "dynamic");

  if (entry != NULL && !is_fixed(entry, "true")) {
    return optreg_fail_at(source, entry->key_line, entry->key_column, error,
                          "dynamic: LossScaleOptimizer is always dynamic; for a fixed "
                          "scale set loss_scale_factor of the inner optimizer");
  }
  optreg_keras_drop(config, "dynamic");
  return true;
}

/* Keras takes 0 and less for a scale that never grows */
static OptregNode *
take_growth(OptregNode *config)
{
  const bool never_grows = optreg_keras_is_at_most(config, "dynamic_growth_steps", 0.0);
  OptregNode *growth = optreg_node_take(config, "dynamic_growth_steps");

  optreg_keras_write_whole(growth);
  if (never_grows) {
    g_free(growth->text);
    growth->text = g_strdup(NEVER);
  }
  return growth;
}

static void
move_loss_scale(const OptregKerasObject *object, OptregNode *native)
{
  OptregNode *config = object->config;
  OptregNode *scale =
      optreg_node_new(OPTREG_NODE_MAPPING, "loss_scale_factor", object->class_node);
  OptregNode *dynamic =
      optreg_node_new(OPTREG_NODE_SCALAR, "dynamic", object->class_node);

  dynamic->text = g_strdup("true");
  optreg_node_append(scale, dynamic);
  optreg_node_append(scale, optreg_node_take(config, "initial_scale"));
  optreg_node_append(scale, take_growth(config));
  optreg_node_append(native, scale);
}

static bool
check_loss_scale(const OptregKerasObject *object, const char *source, GError **error)
{
  OptregNode *config = object->config;

  if (!remove_dynamic(config, source, error) || !remove_fixed(config, source, error)
      || !optreg_keras_check_keys(object, "", source, error)) {
    return false;
  }
  optreg_keras_drop(config, "name");
  for (const OptregNode *entry = config->children; entry != NULL; entry = entry->next) {
    if (!optreg_keras_check_quotes(entry, source, error)) {
      return false;
    }
  }
  return true;
}

/* ---- the whole ---- */

static bool
move_optimizer(OptregNode *node, bool is_scaled, OptregNode *native, const char *source,
               GError **error)
{
  OptregKerasObject object = { 0 };

  if (!optreg_keras_open(node, optreg_keras_optimizers, "optimizer", source, &object,
                         error)) {
    return false;
  }
  OptregNode *optimizer =
      optreg_node_new(OPTREG_NODE_SCALAR, "optimizer", object.class_node);
  optimizer->text = g_strdup(object.class->name);
  optreg_node_append(native, optimizer);
  return optreg_keras_move_options(&object, is_scaled, native, source, error);
}

static bool
move_scaled(OptregNode *node, OptregNode *native, const char *source, GError **error)
{
  OptregKerasObject object = { 0 };

  if (!optreg_keras_open(node, optreg_keras_loss_scales, "optimizer", source, &object,
                         error)
      || !check_loss_scale(&object, source, error)) {
    return false;
  }
  OptregNode *inner = optreg_node_edit(object.config, "inner_optimizer");
  if (inner == NULL || inner->kind != OPTREG_NODE_MAPPING) {
    return optreg_fail_at(source, object.config->line, object.config->column, error,
                          "LossScaleOptimizer needs inner_optimizer, a serialised "
                          "optimizer");
  }
  if (!move_optimizer(inner, true, native, source, error)) {
    return false;
  }
  move_loss_scale(&object, native);
  return true;
}

static bool
has_loss_scale(const OptregNode *tree)
{
  const OptregNode *class_node = optreg_node_get(tree, "class_name");

  return class_node->kind == OPTREG_NODE_SCALAR
         && optreg_keras_find(optreg_keras_loss_scales, class_node->text) != NULL;
}

/* what optimizer.get_config() gives does not say whose it is */
static bool
is_bare_config(const OptregNode *tree)
{
  g_auto(GStrv) keys = g_strsplit(optreg_keras_base_keys, " ", -1);

  if (optreg_node_get(tree, "inner_optimizer") != NULL) {
    return true;
  }
  for (size_t i = 0; keys[i] != NULL; i++) {
    if (optreg_node_get(tree, keys[i]) == NULL) {
      return false;
    }
  }
  return true;
}

static bool
refuse_bare_config(const OptregNode *tree, const char *source, GError **error)
{
  return optreg_fail_at(source, tree->line, tree->column, error,
                        "this looks like optimizer.get_config() of Keras, which does "
                        "not name the optimizer; write what "
                        "keras.optimizers.serialize(optimizer) gives, or add "
                        "optimizer: NAME");
}

OptregNode *
optreg_keras_translate(OptregNode *tree, const char *source, GError **error)
{
  g_autoptr(OptregNode) keras = tree;

  if (tree == NULL || optreg_node_get(tree, "optimizer") != NULL) {
    return g_steal_pointer(&keras);
  }
  if (optreg_node_get(tree, "class_name") == NULL) {
    return is_bare_config(tree) && !refuse_bare_config(tree, source, error)
               ? NULL
               : g_steal_pointer(&keras);
  }
  g_autoptr(OptregNode) native = optreg_node_new(OPTREG_NODE_MAPPING, NULL, tree);
  const bool is_moved = has_loss_scale(tree)
                            ? move_scaled(tree, native, source, error)
                            : move_optimizer(tree, false, native, source, error);
  return is_moved ? g_steal_pointer(&native) : NULL;
}
