/* SPDX-License-Identifier: MIT */
/* From Keras' arguments to optreg's configuration. */
#include "translate.h"

#include <math.h>

/* ---- what cannot be run ---- */

static bool
is_float64(JsonObject *recorded)
{
  return g_str_equal(case_string(recorded, "dtype"), "float64");
}

static const char *
learning_rate_class(JsonObject *recorded)
{
  JsonObject *rate = case_object(case_object(recorded, "config"), "learning_rate");
  return rate != NULL ? case_string(rate, "class_name") : NULL;
}

static bool
has_callable(JsonObject *recorded)
{
  return g_strcmp0(learning_rate_class(recorded), "callable") == 0;
}

static bool
has_schedule(JsonObject *recorded)
{
  return learning_rate_class(recorded) != NULL && !has_callable(recorded);
}

static bool
any_variable_has(JsonObject *recorded, const char *member)
{
  JsonArray *variables = case_array(recorded, "variables");
  for (guint i = 0; variables != NULL && i < json_array_get_length(variables); i++) {
    if (json_object_has_member(json_array_get_object_element(variables, i), member)) {
      return true;
    }
  }
  return false;
}

static bool
has_constraint(JsonObject *recorded)
{
  return any_variable_has(recorded, "constraint");
}

static bool
has_overwriting(JsonObject *recorded)
{
  return any_variable_has(recorded, "overwrite_with_gradient");
}

static bool
has_empty_call(JsonObject *recorded)
{
  JsonArray *steps = case_array(recorded, "steps");
  for (guint i = 0; steps != NULL && i < json_array_get_length(steps); i++) {
    JsonObject *step = json_array_get_object_element(steps, i);
    if (json_array_get_length(case_array(step, "gradients")) == 0) {
      return true;
    }
  }
  return false;
}

static bool
overwrites_between_updates(JsonObject *recorded)
{
  JsonObject *config = case_object(recorded, "config");
  return case_flag(config, "use_ema")
         && case_number(config, "gradient_accumulation_steps", 0.0) > 1.0
         && case_number(config, "ema_overwrite_frequency", 0.0) > 0.0;
}

/* finite in double, but not in float32, where Keras adds */
static bool
square_sum_overflows(JsonArray *rows)
{
  double sum = 0.0;
  for (guint i = 0; i < json_array_get_length(rows); i++) {
    JsonArray *row = case_row(rows, i);
    for (guint j = 0; row != NULL && j < json_array_get_length(row); j++) {
      const double g = (double)case_float(row, j);
      sum += g * g;
    }
  }
  return isfinite(sum) && sum > (double)G_MAXFLOAT;
}

static bool
norm_overflows(JsonObject *recorded)
{
  JsonArray *steps = case_array(recorded, "steps"),
            *inputs = case_array(recorded, "inputs");
  if (!translate_has_norm(recorded)) {
    return false;
  }
  if (inputs != NULL) {
    return square_sum_overflows(inputs);
  }
  for (guint i = 0; i < json_array_get_length(steps); i++) {
    JsonObject *step = json_array_get_object_element(steps, i);
    if (square_sum_overflows(case_array(step, "gradients"))) {
      return true;
    }
  }
  return false;
}

static const struct {
  bool (*applies)(JsonObject *recorded);
  const char *reason;
} skips[] = {
  { is_float64, "float64 parameters are not offered" },
  { has_callable, "a learning rate that is a function cannot be written in YAML" },
  { has_schedule, "learning-rate schedules are not offered" },
  { has_constraint, "constraints are left to the application" },
  { has_overwriting, "overwrite_with_gradient is not offered" },
  { has_empty_call, "a call without parameters cannot be expressed" },
  { norm_overflows, "departure: norms are summed in double and do not overflow" },
  { overwrites_between_updates,
    "departure: the EMA advances and overwrites on real updates only" },
};

const char *
translate_reason_to_skip(JsonObject *recorded)
{
  for (size_t i = 0; i < G_N_ELEMENTS(skips); i++) {
    if (skips[i].applies(recorded)) {
      return skips[i].reason;
    }
  }
  return NULL;
}

/* ---- options ---- */

bool
translate_has_norm(JsonObject *recorded)
{
  JsonObject *config = case_object(recorded, "config");
  return case_number(config, "clipnorm", 0.0) > 0.0
         || case_number(config, "global_clipnorm", 0.0) > 0.0;
}

/* optreg refuses options without an effect where Keras passes over them */
static bool
has_effect(JsonObject *recorded, const char *option)
{
  JsonObject *config = case_object(recorded, "config");
  if (g_str_equal(option, "name")) {
    return false;
  }
  if (g_str_has_prefix(option, "clip") || g_str_equal(option, "global_clipnorm")) {
    return case_number(config, option, 0.0) > 0.0;
  }
  if (g_str_equal(option, "ema_momentum")) {
    return case_flag(config, "use_ema");
  }
  if (g_str_equal(option, "ema_overwrite_frequency")) {
    return case_flag(config, "use_ema") && case_number(config, option, 0.0) > 0.0;
  }
  if (g_str_equal(option, "nesterov")) {
    return case_number(config, "momentum", 0.0) != 0.0;
  }
  /* LossScaleOptimizer switches the inner factor off */
  return !g_str_equal(option, "loss_scale_factor")
         || case_object(recorded, "wrapper") == NULL;
}

static void
write_option(GString *yaml, const char *option, JsonNode *value)
{
  char text[G_ASCII_DTOSTR_BUF_SIZE];
  if (json_node_get_value_type(value) == G_TYPE_BOOLEAN) {
    g_string_append_printf(yaml, "%s: %s\n", option,
                           json_node_get_boolean(value) ? "true" : "false");
  } else {
    g_string_append_printf(
        yaml, "%s: %s\n", option,
        g_ascii_dtostr(text, sizeof text, json_node_get_double(value)));
  }
}

static void
write_options(GString *yaml, JsonObject *recorded)
{
  JsonObject *config = case_object(recorded, "config");
  g_autoptr(GList) names = json_object_get_members(config);
  for (GList *name = names; name != NULL; name = name->next) {
    JsonNode *value = json_object_get_member(config, name->data);
    if (!JSON_NODE_HOLDS_NULL(value) && has_effect(recorded, name->data)) {
      write_option(yaml, name->data, value);
    }
  }
}

static void
write_loss_scale(GString *yaml, JsonObject *config)
{
  /* 0 never grows in Keras; here that is a number of steps that no case reaches */
  const double growth = case_number(config, "dynamic_growth_steps", 0.0);
  g_string_append_printf(yaml,
                         "loss_scale_factor: {dynamic: true, initial_scale: %.17g, "
                         "dynamic_growth_steps: %d}\n",
                         case_number(config, "initial_scale", 0.0),
                         growth > 0.0 ? (int)growth : 1000000);
}

/* ---- exclusions from weight decay ---- */

static bool
is_listed(JsonArray *names, const char *name)
{
  for (guint i = 0; names != NULL && i < json_array_get_length(names); i++) {
    if (g_str_equal(json_array_get_string_element(names, i), name)) {
      return true;
    }
  }
  return false;
}

static bool
is_matched(JsonArray *patterns, const char *name)
{
  for (guint i = 0; patterns != NULL && i < json_array_get_length(patterns); i++) {
    if (g_regex_match_simple(json_array_get_string_element(patterns, i), name, 0, 0)) {
      return true;
    }
  }
  return false;
}

static void
write_exclusions(GString *yaml, JsonObject *recorded, JsonObject *exclusions)
{
  JsonArray *variables = case_array(recorded, "variables");
  g_autoptr(GString) names = g_string_new(NULL);
  for (guint i = 0; i < json_array_get_length(variables); i++) {
    const char *name = case_string(json_array_get_object_element(variables, i), "name");
    if (is_listed(case_array(exclusions, "var_list"), name)
        || is_matched(case_array(exclusions, "var_names"), name)) {
      g_string_append_printf(names, "%s%s", names->len > 0 ? ", " : "", name);
    }
  }
  if (names->len > 0) {
    g_string_append_printf(yaml, "groups:\n  - match: [%s]\n    weight_decay: 0\n",
                           names->str);
  }
}

char *
translate_to_yaml(JsonObject *recorded)
{
  JsonObject *wrapper = case_object(recorded, "wrapper");
  JsonObject *exclusions = case_object(recorded, "exclude_from_weight_decay");
  g_autofree char *optimizer = g_ascii_strdown(case_string(recorded, "optimizer"), -1);
  GString *yaml = g_string_new(NULL);

  g_string_append_printf(yaml, "optimizer: %s\n", optimizer);
  write_options(yaml, recorded);
  if (wrapper != NULL) {
    write_loss_scale(yaml, case_object(wrapper, "config"));
  } else {
    g_string_append(yaml, "nonfinite: propagate\n");
  }
  if (exclusions != NULL) {
    write_exclusions(yaml, recorded, exclusions);
  }
  return g_string_free(yaml, FALSE);
}

char *
translate_clip_to_yaml(JsonObject *recorded)
{
  static const char *const options[] = { "clipvalue", "clipnorm", "global_clipnorm" };
  JsonObject *config = case_object(recorded, "config");
  GString *yaml =
      g_string_new("optimizer: sgd\nlearning_rate: 1\nnonfinite: propagate\n");
  for (size_t i = 0; i < G_N_ELEMENTS(options); i++) {
    if (case_number(config, options[i], 0.0) > 0.0) {
      write_option(yaml, options[i], json_object_get_member(config, options[i]));
    }
  }
  return g_string_free(yaml, FALSE);
}
