/* SPDX-License-Identifier: MIT */
/* From Keras' arguments to optreg's configuration. */
#include "translate.h"

#include <math.h>
#include <string.h>

/* ---- names ---- */

/* "ScheduleFreeAdamW" is schedule_free_adam_w to Keras; plugins may spell it otherwise
 */
static bool
is_same_name(const char *class_name, const char *name)
{
  while (*name != '\0') {
    if (*name == '_') {
      name++;
    } else if (g_ascii_tolower(*class_name++) != *name++) {
      return false;
    }
  }
  return *class_name == '\0';
}

char *
translate_optimizer(optreg_registry *registry, const char *class_name)
{
  char **names = optreg_registry_names(registry);
  char *found = NULL;
  for (size_t i = 0; names[i] != NULL && found == NULL; i++) {
    found = is_same_name(class_name, names[i]) ? g_strdup(names[i]) : NULL;
  }
  optreg_names_free(names);
  return found;
}

static char *
to_snake_case(const char *class_name)
{
  GString *snake = g_string_new(NULL);
  for (const char *c = class_name; *c != '\0'; c++) {
    if (g_ascii_isupper(*c) && c > class_name) {
      g_string_append_c(snake, '_');
    }
    g_string_append_c(snake, g_ascii_tolower(*c));
  }
  return g_string_free(snake, FALSE);
}

const char *
translate_rate_class(JsonObject *recorded)
{
  JsonObject *rate = case_object(case_object(recorded, "config"), "learning_rate");
  return rate != NULL ? case_string(rate, "class_name") : NULL;
}

bool
translate_is_elementwise(JsonObject *recorded)
{
  JsonObject *config = case_object(recorded, "config");
  const char *rate = translate_rate_class(recorded);
  return case_number(config, "clipnorm", 0.0) <= 0.0
         && case_number(config, "global_clipnorm", 0.0) <= 0.0
         && case_number(config, "loss_scale_factor", 1.0) == 1.0
         && case_object(recorded, "wrapper") == NULL
         && (rate == NULL || g_str_equal(rate, "callable"));
}

/* ---- values ---- */

/* JSON is YAML, but for numbers that JSON does not have */
static char *
show_value(JsonNode *value)
{
  if (JSON_NODE_HOLDS_VALUE(value)
      && json_node_get_value_type(value) == G_TYPE_DOUBLE) {
    char text[G_ASCII_DTOSTR_BUF_SIZE];
    return g_strdup(g_ascii_dtostr(text, sizeof text, json_node_get_double(value)));
  }
  return json_to_string(value, FALSE);
}

static void
write_option(GString *yaml, const char *option, JsonNode *value)
{
  g_autofree char *text = show_value(value);
  g_string_append_printf(yaml, "%s: %s\n", option, text);
}

/* ---- schedules ---- */

/* Keras cuts the fractions of boundaries off */
static char *
show_boundaries(JsonArray *boundaries)
{
  GString *list = g_string_new("[");
  for (guint i = 0; i < json_array_get_length(boundaries); i++) {
    g_string_append_printf(list, "%s%.0f", i > 0 ? ", " : "",
                           trunc(case_value(boundaries, i, true)));
  }
  g_string_append_c(list, ']');
  return g_string_free(list, FALSE);
}

/* Keras passes over a warm-up without a target */
static bool
has_effect_on_schedule(JsonObject *config, const char *name)
{
  return !g_str_equal(name, "name")
         && (!g_str_has_prefix(name, "warmup_")
             || !isnan(case_number(config, "warmup_target", NAN)));
}

static char *
show_schedule(JsonObject *schedule)
{
  JsonObject *config = case_object(schedule, "config");
  g_autofree char *kind = to_snake_case(case_string(schedule, "class_name"));
  g_autoptr(GList) names = json_object_get_members(config);
  GString *mapping = g_string_new(NULL);

  g_string_append_printf(mapping, "{schedule: %s, counter: micro_step", kind);
  for (GList *name = names; name != NULL; name = name->next) {
    JsonNode *value = json_object_get_member(config, name->data);
    if (JSON_NODE_HOLDS_NULL(value) || !has_effect_on_schedule(config, name->data)) {
      continue;
    }
    g_autofree char *text = g_str_equal(name->data, "boundaries")
                                ? show_boundaries(json_node_get_array(value))
                                : show_value(value);
    g_string_append_printf(mapping, ", %s: %s", (char *)name->data, text);
  }
  g_string_append_c(mapping, '}');
  return g_string_free(mapping, FALSE);
}

char *
translate_schedule_to_yaml(JsonObject *schedule)
{
  g_autofree char *mapping = show_schedule(schedule);
  return g_strdup_printf("optimizer: sgd\nlearning_rate: %s\n", mapping);
}

/* ---- options ---- */

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
  if (g_str_equal(option, "gradient_accumulation_steps")) {
    return case_number(config, option, 0.0) > 1.0;
  }
  if (g_str_equal(option, "nesterov")) {
    return case_number(config, "momentum", 0.0) != 0.0;
  }
  /* LossScaleOptimizer switches the inner factor off */
  return !g_str_equal(option, "loss_scale_factor")
         || case_object(recorded, "wrapper") == NULL;
}

static void
write_learning_rate(GString *yaml, JsonNode *value)
{
  if (!JSON_NODE_HOLDS_OBJECT(value)) {
    write_option(yaml, "learning_rate", value);
  } else if (!g_str_equal(case_string(json_node_get_object(value), "class_name"),
                          "callable")) {
    g_autofree char *mapping = show_schedule(json_node_get_object(value));
    g_string_append_printf(yaml, "learning_rate: %s\n", mapping);
  }
}

static void
write_options(GString *yaml, JsonObject *recorded)
{
  JsonObject *config = case_object(recorded, "config");
  g_autoptr(GList) names = json_object_get_members(config);
  for (GList *name = names; name != NULL; name = name->next) {
    JsonNode *value = json_object_get_member(config, name->data);
    if (JSON_NODE_HOLDS_NULL(value) || !has_effect(recorded, name->data)) {
      continue;
    }
    if (g_str_equal(name->data, "learning_rate")) {
      write_learning_rate(yaml, value);
    } else {
      write_option(yaml, name->data, value);
    }
  }
}

static void
write_loss_scale(GString *yaml, JsonObject *config)
{
  /* 0 never grows in Keras; here that is a number of steps that no case reaches */
  const double growth = case_number(config, "dynamic_growth_steps", 2000.0);
  g_string_append_printf(yaml,
                         "loss_scale_factor: {dynamic: true, initial_scale: %.17g, "
                         "dynamic_growth_steps: %.0f}\n",
                         case_number(config, "initial_scale", 32768.0),
                         growth > 0.0 ? growth : 1e12);
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

bool
translate_is_excluded(JsonObject *recorded, const char *name)
{
  JsonObject *exclusions = case_object(recorded, "exclude_from_weight_decay");
  return exclusions != NULL
         && (is_listed(case_array(exclusions, "var_list"), name)
             || is_matched(case_array(exclusions, "var_names"), name));
}

static void
write_exclusions(GString *yaml, JsonObject *recorded)
{
  JsonArray *variables = case_array(recorded, "variables");
  g_autoptr(GString) names = g_string_new(NULL);
  for (guint i = 0; variables != NULL && i < json_array_get_length(variables); i++) {
    const char *name = case_string(json_array_get_object_element(variables, i), "name");
    if (translate_is_excluded(recorded, name)) {
      g_string_append_printf(names, "%s\"%s\"", names->len > 0 ? ", " : "", name);
    }
  }
  if (names->len > 0) {
    g_string_append_printf(yaml, "groups:\n  - match: [%s]\n    weight_decay: 0\n",
                           names->str);
  }
}

char *
translate_to_yaml(JsonObject *recorded, const char *name)
{
  JsonObject *wrapper = case_object(recorded, "wrapper");
  GString *yaml = g_string_new(NULL);

  g_string_append_printf(yaml, "optimizer: %s\n", name);
  write_options(yaml, recorded);
  if (wrapper != NULL) {
    write_loss_scale(yaml, case_object(wrapper, "config"));
    g_string_append(yaml, "max_consecutive_skips: 1000000\n");
  } else {
    g_string_append(yaml, "nonfinite: propagate\n");
  }
  write_exclusions(yaml, recorded);
  return g_string_free(yaml, FALSE);
}

/* ---- as Keras serialises ---- */

#define LARGEST_SQUARED 1e18 /* and less than what optreg skips by itself */

static bool
are_moderate(JsonArray *rows)
{
  for (guint i = 0; i < json_array_get_length(rows); i++) {
    JsonArray *row = case_row(rows, i);
    for (guint j = 0; row != NULL && j < json_array_get_length(row); j++) {
      if (!(fabs(case_value(row, j, true)) <= LARGEST_SQUARED)) {
        return false;
      }
    }
  }
  return true;
}

static bool
can_keras_say(JsonObject *recorded)
{
  JsonArray *steps = case_array(recorded, "steps");
  const bool is_guarded = case_object(recorded, "wrapper") != NULL;
  for (guint i = 0; i < json_array_get_length(steps); i++) {
    JsonObject *step = json_array_get_object_element(steps, i);
    if (!is_guarded && !are_moderate(case_array(step, "gradients"))) {
      return false;
    }
  }
  return case_object(recorded, "exclude_from_weight_decay") == NULL
         && g_strcmp0(translate_rate_class(recorded), "callable") != 0;
}

static JsonObject *
serialise(const char *class_name, JsonObject *config)
{
  JsonObject *object = json_object_new();
  json_object_set_string_member(object, "module", "keras.optimizers");
  json_object_set_string_member(object, "class_name", class_name);
  json_object_set_object_member(object, "config", json_object_ref(config));
  json_object_set_null_member(object, "registered_name");
  return object;
}

static JsonObject *
serialise_around(JsonObject *wrapper, JsonObject *inner)
{
  g_autoptr(JsonObject) config = json_object_new();
  JsonObject *given = case_object(wrapper, "config");
  g_autoptr(GList) names = json_object_get_members(given);
  for (GList *name = names; name != NULL; name = name->next) {
    json_object_set_member(config, name->data,
                           json_object_dup_member(given, name->data));
  }
  json_object_set_object_member(config, "inner_optimizer", inner);
  return serialise("LossScaleOptimizer", config);
}

char *
translate_to_keras(JsonObject *recorded)
{
  JsonObject *wrapper = case_object(recorded, "wrapper");
  if (!can_keras_say(recorded)) {
    return NULL;
  }
  g_autoptr(JsonObject) object =
      serialise(case_string(recorded, "optimizer"), case_object(recorded, "config"));
  if (wrapper != NULL) {
    object = serialise_around(wrapper, g_steal_pointer(&object));
  }
  g_autoptr(JsonNode) node = json_node_init_object(json_node_alloc(), object);
  return json_to_string(node, FALSE);
}

/* ---- constructors ---- */

static void
write_arguments(GString *yaml, JsonObject *arguments, const char *between)
{
  g_autoptr(GList) names = json_object_get_members(arguments);
  for (GList *name = names; name != NULL; name = name->next) {
    g_autofree char *text =
        json_to_string(json_object_get_member(arguments, name->data), FALSE);
    g_string_append_printf(yaml, "%s%s: %s", name != names ? between : "",
                           (char *)name->data, text);
  }
}

/* base options of LossScaleOptimizer can only be meant for its mapping */
static void
write_scale_arguments(GString *yaml, JsonObject *arguments)
{
  g_string_append(yaml, "loss_scale_factor: {");
  if (!json_object_has_member(arguments, "dynamic")) {
    g_string_append(yaml, "dynamic: true, ");
  }
  write_arguments(yaml, arguments, ", ");
  g_string_append(yaml, "}\n");
}

char *
translate_arguments_to_yaml(JsonObject *call, const char *name)
{
  const char *class_name = case_string(call, "optimizer");
  JsonObject *arguments = case_object(call, "kwargs");
  GString *yaml = g_string_new(NULL);

  g_string_append_printf(yaml, "optimizer: %s\n", name != NULL ? name : "sgd");
  if (name != NULL) {
    write_arguments(yaml, arguments, "\n");
  } else if (g_str_equal(class_name, "LossScaleOptimizer")) {
    write_scale_arguments(yaml, arguments);
  } else {
    g_autofree char *kind = to_snake_case(class_name);
    g_string_append_printf(yaml, "learning_rate: {schedule: %s, ", kind);
    write_arguments(yaml, arguments, ", ");
    g_string_append_c(yaml, '}');
  }
  g_string_append_c(yaml, '\n');
  return g_string_free(yaml, FALSE);
}
