/* SPDX-License-Identifier: MIT */
/* Constructors: arguments that Keras refuses, and the defaults of the others. */
#include "departures.h"
#include "replay.h"
#include "translate.h"

#include <math.h>
#include <string.h>

/* ---- where the two judge differently ---- */

static const char *const clips[] = { "clipnorm", "clipvalue", "global_clipnorm" };

static bool
has(JsonObject *arguments, const char *name)
{
  return json_object_has_member(arguments, name);
}

static bool
is_any_number(JsonObject *arguments)
{
  const double rate = case_number(arguments, "learning_rate", 0.0);
  const double momentum = case_number(arguments, "momentum", 0.0);
  const double window = case_number(arguments, "gradient_accumulation_steps", 1.0);
  JsonNode *rate_node = json_object_get_member(arguments, "learning_rate");
  const bool is_flag = rate_node != NULL
                       && json_node_get_value_type(rate_node) == G_TYPE_BOOLEAN;
  return rate >= 0.0 && !is_flag
         && (rate_node == NULL || !JSON_NODE_HOLDS_NULL(rate_node)) && momentum >= 0.0
         && momentum <= 1.0 && window == 1.0
         && (has(arguments, "learning_rate") || has(arguments, "momentum")
             || has(arguments, "gradient_accumulation_steps"));
}

static bool
do_clips_combine(JsonObject *arguments)
{
  size_t n = 0;
  for (size_t i = 0; i < G_N_ELEMENTS(clips); i++) {
    const double clip = case_number(arguments, clips[i], NAN);
    if (clip <= 0.0) {
      return false;
    }
    n += clip > 0.0;
  }
  return n > 1;
}

static bool
is_out_of_range(JsonObject *arguments)
{
  static const struct {
    const char *name;
    double minimum, maximum;
    bool is_open, is_whole;
  } ranges[] = {
    { "learning_rate", 0.0, INFINITY, false, false },
    { "rho", 0.0, 1.0, false, false },
    { "momentum", 0.0, 1.0, false, false },
    { "epsilon", 0.0, INFINITY, false, false },
    { "initial_accumulator_value", 0.0, INFINITY, false, false },
    { "weight_decay", 0.0, INFINITY, false, false },
    { "clipnorm", 0.0, INFINITY, true, false },
    { "clipvalue", 0.0, INFINITY, true, false },
    { "global_clipnorm", 0.0, INFINITY, true, false },
    { "ema_momentum", 0.0, 1.0, false, false },
    { "ema_overwrite_frequency", 0.0, INFINITY, false, true },
    { "loss_scale_factor", 0.0, INFINITY, true, false },
    { "gradient_accumulation_steps", 1.0, INFINITY, false, true },
  };
  for (size_t i = 0; i < G_N_ELEMENTS(ranges); i++) {
    const double value = case_number(arguments, ranges[i].name, NAN);
    if (value < ranges[i].minimum || value > ranges[i].maximum
        || (ranges[i].is_open && value == ranges[i].minimum)
        || (ranges[i].is_whole && value != trunc(value) && !isnan(value))) {
      return true;
    }
  }
  return false;
}

static bool
is_without_effect(JsonObject *arguments)
{
  return (has(arguments, "ema_momentum") || has(arguments, "ema_overwrite_frequency"))
         && !case_flag(arguments, "use_ema");
}

static bool
is_unknown(JsonObject *arguments)
{
  return has(arguments, "decay");
}

static bool
is_without_decay(JsonObject *arguments)
{
  return has(arguments, "weight_decay")
         && JSON_NODE_HOLDS_NULL(json_object_get_member(arguments, "weight_decay"));
}

static const struct {
  DepartureRow row;
  bool is_error_in_keras;
  bool (*applies)(JsonObject *arguments);
} judgements[] = {
  { DEPARTURE_CLIPS_COMBINE, true, do_clips_combine },
  { DEPARTURE_ANY_NUMBER, true, is_any_number },
  { DEPARTURE_RANGE, false, is_out_of_range },
  { DEPARTURE_NO_EFFECT, false, is_without_effect },
  { DEPARTURE_UNKNOWN, false, is_unknown },
  { DEPARTURE_NO_DECAY, true, is_without_decay },
};

/* ---- refusals ---- */

/* the message has to name an argument, so that the user finds it */
static bool
does_name_an_argument(const char *message, JsonObject *arguments)
{
  g_autoptr(GList) names = json_object_get_members(arguments);
  for (GList *name = names; name != NULL; name = name->next) {
    if (g_strrstr(message, name->data) != NULL) {
      return true;
    }
  }
  return false;
}

static void
check_refusal(Outcome *outcome, JsonObject *call, const optreg_error *error)
{
  JsonObject *arguments = case_object(call, "kwargs");
  bool is_error = g_str_equal(case_string(call, "result"), "error");
  g_autoptr(JsonNode) node = json_node_init_object(json_node_alloc(), call);
  g_autofree char *text = json_to_string(node, FALSE);

  for (size_t i = 0; i < G_N_ELEMENTS(judgements); i++) {
    if (judgements[i].is_error_in_keras == is_error
        && judgements[i].applies(arguments)) {
      outcome->by_own_rule[judgements[i].row]++;
      is_error = !is_error;
      break;
    }
  }
  outcome->n_compared++;
  if (is_error != (error != NULL)) {
    outcome_fail(outcome, "%s: %s", text, error != NULL ? error->message : "accepted");
  } else if (is_error && !does_name_an_argument(error->message, arguments)) {
    outcome_fail(outcome, "%s: '%s' names no argument", text, error->message);
  }
}

static bool
is_around_an_optimizer(const char *class_name)
{
  return g_str_equal(class_name, "LossScaleOptimizer")
         || g_strrstr(class_name, "Decay") != NULL;
}

void
replay_errors(Outcome *outcome, JsonObject *recorded, optreg_registry *registry)
{
  JsonArray *calls = case_array(recorded, "errors");
  for (guint i = 0; i < json_array_get_length(calls); i++) {
    JsonObject *call = json_array_get_object_element(calls, i);
    const char *class_name = case_string(call, "optimizer");
    g_autofree char *name = translate_optimizer(registry, class_name);
    if (name == NULL && !is_around_an_optimizer(class_name)) {
      continue;
    }
    g_autofree char *yaml = translate_arguments_to_yaml(call, name);
    g_autoptr(optreg_error) error = NULL;
    optreg_optimizer_free(
        optreg_optimizer_from_string(registry, yaml, outcome->id, &error));
    check_refusal(outcome, call, error);
  }
}

/* ---- defaults ---- */

static const char *
find_option(const optreg_optimizer *optimizer, const char *name)
{
  const optreg_option_info *options;
  const size_t n = optreg_optimizer_options(optimizer, &options);
  for (size_t i = 0; i < n; i++) {
    if (options[i].group == NULL && g_str_equal(options[i].name, name)) {
      return options[i].value;
    }
  }
  return NULL;
}

static bool
is_same_value(const char *name, const char *ours, JsonNode *keras)
{
  if (ours == NULL || JSON_NODE_HOLDS_NULL(keras)) {
    return ours != NULL && g_str_equal(ours, "null");
  }
  if (json_node_get_value_type(keras) == G_TYPE_STRING) {
    return g_str_equal(ours, json_node_get_string(keras));
  }
  if (json_node_get_value_type(keras) == G_TYPE_BOOLEAN) {
    return g_str_equal(ours, json_node_get_boolean(keras) ? "true" : "false");
  }
  /* Keras keeps the learning rate as a float */
  const double number = g_ascii_strtod(ours, NULL);
  return g_str_equal(name, "learning_rate")
             ? (float)number == (float)json_node_get_double(keras)
             : number == json_node_get_double(keras);
}

/* rm_sprop is rmsprop here */
static bool
is_same_word(const char *ours, const char *keras)
{
  g_auto(GStrv) parts = g_strsplit(keras, "_", -1);
  g_autofree char *word = g_strjoinv("", parts);

  return strchr(keras, '_') != NULL && g_str_equal(ours, word);
}

static void
check_options(Outcome *outcome, const optreg_optimizer *optimizer, JsonObject *config)
{
  g_autoptr(GList) names = json_object_get_members(config);
  for (GList *name = names; name != NULL; name = name->next) {
    const char *ours = find_option(optimizer, name->data);
    outcome->n_compared++;
    if (g_str_equal(name->data, "name")
        && is_same_word(ours, case_string(config, "name"))) {
      outcome->by_own_rule[DEPARTURE_NAME]++;
    } else if (!is_same_value(name->data, ours,
                              json_object_get_member(config, name->data))) {
      outcome_fail(outcome, "%s: %s is %s, not as in Keras",
                   case_string(config, "name"), (char *)name->data,
                   ours != NULL ? ours : "not an option");
    }
  }
}

void
replay_defaults(Outcome *outcome, JsonObject *recorded, optreg_registry *registry)
{
  JsonArray *calls = case_array(recorded, "configs");
  for (guint i = 0; i < json_array_get_length(calls); i++) {
    JsonObject *call = json_array_get_object_element(calls, i);
    g_autofree char *name =
        translate_optimizer(registry, case_string(call, "optimizer"));
    if (name == NULL) {
      continue;
    }
    g_autofree char *yaml = translate_arguments_to_yaml(call, name);
    g_autoptr(optreg_error) error = NULL;
    g_autoptr(optreg_optimizer)
        optimizer = optreg_optimizer_from_string(registry, yaml, outcome->id, &error);
    if (optimizer == NULL) {
      outcome_fail(outcome, "%s", error->message);
    } else {
      check_options(outcome, optimizer, case_object(call, "get_config"));
    }
  }
}
