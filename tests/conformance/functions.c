/* SPDX-License-Identifier: MIT */
/* Keras' clip_gradients and scale_loss. */
#include "replay.h"
#include "translate.h"

/* ---- clip_gradients, as one step of gradient descent with momentum from zero ---- */

static JsonArray *
map_rows(JsonArray *rows, double (*map)(double value))
{
  JsonArray *mapped = json_array_new();
  for (guint i = 0; i < json_array_get_length(rows); i++) {
    JsonArray *row = case_row(rows, i), *result = json_array_new();
    for (guint j = 0; j < json_array_get_length(row); j++) {
      char text[G_ASCII_DTOSTR_BUF_SIZE];
      g_ascii_dtostr(text, sizeof text, map(case_value(row, j, true)));
      json_array_add_string_element(result, text);
    }
    json_array_add_array_element(mapped, result);
  }
  return mapped;
}

static double
to_zero(double value)
{
  (void)value;
  return 0.0;
}

/* the momentum becomes 0 - g, and so do the weights */
static double
off_zero(double value)
{
  return 0.0 - value;
}

static JsonArray *
make_variables(JsonObject *recorded)
{
  JsonArray *shapes = case_array(recorded, "shapes"), *variables = json_array_new();
  g_autoptr(JsonArray) initial = map_rows(case_array(recorded, "outputs"), to_zero);
  for (guint i = 0; i < json_array_get_length(shapes); i++) {
    JsonObject *variable = json_object_new();
    g_autofree char *name = g_strdup_printf("tensor_%u", i);
    json_object_set_string_member(variable, "name", name);
    json_object_set_array_member(variable, "shape",
                                 json_array_ref(case_row(shapes, i)));
    json_object_set_array_member(variable, "initial",
                                 json_array_ref(case_row(initial, i)));
    json_array_add_object_element(variables, variable);
  }
  return variables;
}

static JsonArray *
make_steps(JsonObject *recorded)
{
  JsonArray *steps = json_array_new();
  JsonObject *step = json_object_new();
  json_object_set_array_member(step, "gradients",
                               json_array_ref(case_array(recorded, "inputs")));
  json_object_set_double_member(step, "learning_rate", 1.0);
  json_object_set_boolean_member(step, "updated", TRUE);
  json_object_set_int_member(step, "iterations", 1);
  json_object_set_int_member(step, "iterations_raw", 1);
  json_object_set_array_member(step, "variables",
                               map_rows(case_array(recorded, "outputs"), off_zero));
  json_array_add_object_element(steps, step);
  return steps;
}

static JsonObject *
make_config(JsonObject *recorded)
{
  static const char *const options[] = { "clipvalue", "clipnorm", "global_clipnorm" };
  JsonObject *given = case_object(recorded, "config"), *config = json_object_new();
  json_object_set_double_member(config, "learning_rate", 1.0);
  json_object_set_double_member(config, "momentum", 0.5);
  for (size_t i = 0; i < G_N_ELEMENTS(options); i++) {
    json_object_set_member(config, options[i],
                           json_object_dup_member(given, options[i]));
  }
  return config;
}

static JsonObject *
make_final(JsonObject *recorded)
{
  JsonObject *slots = json_object_new(), *final = json_object_new();
  json_object_set_array_member(slots, "momentum",
                               map_rows(case_array(recorded, "outputs"), off_zero));
  json_object_set_object_member(final, "slots", slots);
  return final;
}

static void
replay_clipping(Outcome *outcome, JsonObject *recorded, optreg_registry *registry)
{
  g_autoptr(JsonObject) training = json_object_new();
  json_object_set_string_member(training, "dtype", case_string(recorded, "dtype"));
  json_object_set_string_member(training, "optimizer", "SGD");
  json_object_set_object_member(training, "config", make_config(recorded));
  json_object_set_array_member(training, "variables", make_variables(recorded));
  json_object_set_array_member(training, "steps", make_steps(recorded));
  json_object_set_object_member(training, "final", make_final(recorded));
  replay_training(outcome, training, registry);
}

/* ---- scale_loss ---- */

static bool
build_scalar(optreg_optimizer *optimizer, float *memory, optreg_error **error)
{
  return optreg_optimizer_add_parameter(optimizer, "scalar", OPTREG_F32, NULL, 0,
                                        memory, memory + 1, error)
         && optreg_optimizer_build(optimizer, error);
}

static void
replay_scaling(Outcome *outcome, JsonObject *recorded, optreg_registry *registry)
{
  float memory[2] = { 0.0f };
  const char *class_name = case_string(recorded, "optimizer");
  g_autofree char *name = translate_optimizer(registry, class_name);
  if (name == NULL) {
    outcome_skip(outcome, "no plugin for %s", class_name);
    return;
  }
  g_autoptr(optreg_error) error = NULL;
  g_autofree char *yaml = translate_to_yaml(recorded, name);
  g_autoptr(optreg_optimizer)
      optimizer = optreg_optimizer_from_string(registry, yaml, outcome->id, &error);
  if (optimizer == NULL || !build_scalar(optimizer, memory, &error)) {
    outcome_fail(outcome, "%s", error->message);
    return;
  }
  const double loss = case_value(case_row(case_array(recorded, "inputs"), 0), 0, true);
  const double keras =
      case_value(case_row(case_array(recorded, "outputs"), 0), 0, true);
  const double scaled = optreg_optimizer_scale_loss(optimizer, loss);
  outcome->is_elementwise = true;
  outcome->n_compared++;
  if ((float)scaled != (float)keras) {
    outcome_fail(outcome, "scale_loss of %.9g is %.9g, should be %.9g", loss, scaled,
                 keras);
  }
}

void
replay_function(Outcome *outcome, JsonObject *recorded, optreg_registry *registry)
{
  static const struct {
    const char *function;
    void (*replay)(Outcome *outcome, JsonObject *recorded, optreg_registry *registry);
  } functions[] = {
    { "clip_gradients", replay_clipping },
    { "scale_loss", replay_scaling },
  };
  const char *function = case_string(recorded, "function");
  const char *class_name = case_string(recorded, "optimizer");
  g_autofree char *name = translate_optimizer(registry, class_name);

  for (size_t i = 0; i < G_N_ELEMENTS(functions); i++) {
    if (g_str_equal(function, functions[i].function)) {
      functions[i].replay(outcome, recorded, registry);
      return;
    }
  }
  if (name == NULL) {
    outcome_skip(outcome, "no plugin for %s", class_name);
  } else {
    outcome_fail(outcome, "the runner does not know the function %s", function);
  }
}
