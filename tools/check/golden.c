/* SPDX-License-Identifier: MIT */
/* A recorded run of another implementation: same options, same gradients, same weights?
 */
#include "check.h"

#include <json-glib/json-glib.h>
#include <math.h>
#include <string.h>

/* one case of the file, at work */
typedef struct Replay {
  JsonObject *root;
  bool is_f64;
  JsonArray *variables; /* the file's */
  size_t n_variables;
  char **data, **grad;
  size_t *sizes;
  optreg_optimizer *optimizer;
} Replay;

/* ---- what the file asks for ---- */

/* keys that change a run in a way that no plugin decides */
static bool
check_kind(JsonObject *root, Finding *finding)
{
  static const char *const needed[] = { "config", "variables", "steps" };
  static const char *const unsupported[] = { "wrapper", "exclude_from_weight_decay" };
  const char *kind = json_object_get_string_member_with_default(root, "kind", "");
  const char *schema = json_object_get_string_member_with_default(root, "schema", "");

  if (!g_str_equal(schema, "keras-optimizer-oracle/1") || !g_str_equal(kind, "train")) {
    finding_fail(finding, "the golden file is of schema '%s' and kind '%s'", schema,
                 kind);
    return false;
  }
  for (size_t i = 0; i < G_N_ELEMENTS(needed); i++) {
    if (!json_object_has_member(root, needed[i])) {
      finding_fail(finding, "the golden file has no '%s'", needed[i]);
      return false;
    }
  }
  for (size_t i = 0; i < G_N_ELEMENTS(unsupported); i++) {
    if (json_object_has_member(root, unsupported[i])
        && !json_object_get_null_member(root, unsupported[i])) {
      finding_skip(finding, "the golden file has '%s', which is not replayed here",
                   unsupported[i]);
      return false;
    }
  }
  return true;
}

/* a line of YAML; false for values that are not simple */
static bool
add_option(GString *yaml, const char *key, JsonNode *node, bool is_f64)
{
  char text[G_ASCII_DTOSTR_BUF_SIZE];

  if (JSON_NODE_HOLDS_NULL(node) || g_str_equal(key, "name")) {
    return true;
  }
  if (!JSON_NODE_HOLDS_VALUE(node)) {
    return false;
  }
  if (json_node_get_value_type(node) == G_TYPE_BOOLEAN) {
    g_string_append_printf(yaml, "%s: %s\n", key,
                           json_node_get_boolean(node) ? "true" : "false");
  } else if (json_node_get_value_type(node) == G_TYPE_STRING) {
    g_string_append_printf(yaml, "%s: %s\n", key, json_node_get_string(node));
  } else {
    /* Keras keeps the learning rate in the type of the variables */
    const double value = json_node_get_double(node);
    const bool is_narrow = !is_f64 && g_str_equal(key, "learning_rate");
    g_ascii_dtostr(text, sizeof text, is_narrow ? (double)(float)value : value);
    g_string_append_printf(yaml, "%s: %s\n", key, text);
  }
  return true;
}

static char *
make_yaml(const Replay *replay, const Plugin *plugin, Finding *finding)
{
  JsonObject *config = json_object_get_object_member(replay->root, "config");
  g_autoptr(GList) keys = json_object_get_members(config);
  GString *yaml = g_string_new(NULL);

  g_string_printf(yaml, "optimizer: %s\nnonfinite: propagate\n", plugin->name);
  for (GList *key = keys; key != NULL; key = key->next) {
    if (!add_option(yaml, key->data, json_object_get_member(config, key->data),
                    replay->is_f64)) {
      finding_skip(finding,
                   "the golden file has a schedule for '%s', which is not replayed",
                   (const char *)key->data);
    }
  }
  return g_string_free(yaml, FALSE);
}

/* ---- numbers ---- */

/* a number, or a text that stands for one JSON does not have; a scalar is its own array
 */
static double
get_number(JsonNode *node, size_t i)
{
  JsonNode *element = JSON_NODE_HOLDS_ARRAY(node)
                          ? json_array_get_element(json_node_get_array(node), (guint)i)
                          : node;

  return json_node_get_value_type(element) == G_TYPE_STRING
             ? g_ascii_strtod(json_node_get_string(element), NULL)
             : json_node_get_double(element);
}

static void
store(const Replay *replay, char *target, size_t i, double value)
{
  const float narrow = (float)value;

  if (replay->is_f64) {
    memcpy(target + i * sizeof value, &value, sizeof value);
  } else {
    memcpy(target + i * sizeof narrow, &narrow, sizeof narrow);
  }
}

static double
fetch(const Replay *replay, const char *source, size_t i)
{
  double value;
  float narrow;

  if (replay->is_f64) {
    memcpy(&value, source + i * sizeof value, sizeof value);
    return value;
  }
  memcpy(&narrow, source + i * sizeof narrow, sizeof narrow);
  return (double)narrow;
}

static bool
is_near(const Replay *replay, double value, double expected)
{
  if (!isfinite(expected) || !isfinite(value)) {
    return isnan(expected) ? isnan(value) : value == expected;
  }
  return fabs(value - expected) <= (replay->is_f64 ? 1e-12 * fabs(expected) + 1e-300
                                                   : 3e-6 + 3e-6 * fabs(expected));
}

/* ---- the run ---- */

static bool
add_variable(Replay *replay, size_t i, optreg_error **error)
{
  JsonObject *variable = json_array_get_object_element(replay->variables, (guint)i);
  JsonArray *shape = json_object_get_array_member(variable, "shape");
  uint64_t dims[8] = { 0 };
  size_t n = 1;

  for (guint j = 0; j < json_array_get_length(shape) && j < G_N_ELEMENTS(dims); j++) {
    dims[j] = (uint64_t)json_array_get_int_element(shape, j);
    n *= dims[j];
  }
  replay->sizes[i] = n;
  replay->data[i] = g_malloc0(n * sizeof(double) + 1);
  replay->grad[i] = g_malloc0(n * sizeof(double) + 1);
  for (size_t j = 0; j < n; j++) {
    store(replay, replay->data[i], j,
          get_number(json_object_get_member(variable, "initial"), j));
  }
  return optreg_optimizer_add_parameter(
      replay->optimizer, json_object_get_string_member(variable, "name"),
      replay->is_f64 ? OPTREG_F64 : OPTREG_F32, dims, json_array_get_length(shape),
      replay->data[i], NULL, error);
}

static bool
prepare(Replay *replay, const Plugin *plugin, Finding *finding, optreg_error **error)
{
  replay->variables = json_object_get_array_member(replay->root, "variables");
  replay->n_variables = json_array_get_length(replay->variables);
  replay->data = g_new0(char *, replay->n_variables + 1);
  replay->grad = g_new0(char *, replay->n_variables + 1);
  replay->sizes = g_new0(size_t, replay->n_variables + 1);
  g_autofree char *yaml = make_yaml(replay, plugin, finding);
  if (finding_is_set(finding)) {
    return false;
  }
  replay->optimizer =
      optreg_optimizer_from_string(plugin->registry, yaml, plugin->golden, error);
  for (size_t i = 0; *error == NULL && i < replay->n_variables; i++) {
    add_variable(replay, i, error);
  }
  return *error == NULL && optreg_optimizer_build(replay->optimizer, error);
}

static void
set_gradients(Replay *replay, JsonArray *gradients, optreg_error **error)
{
  for (size_t i = 0; *error == NULL && i < replay->n_variables; i++) {
    JsonNode *node = json_array_get_element(gradients, (guint)i);
    const bool is_there = !JSON_NODE_HOLDS_NULL(node);
    for (size_t j = 0; is_there && j < replay->sizes[i]; j++) {
      store(replay, replay->grad[i], j, get_number(node, j));
    }
    optreg_optimizer_set_gradient(replay->optimizer, i,
                                  is_there ? replay->grad[i] : NULL, error);
  }
}

static void
compare(const Replay *replay, size_t step, JsonArray *expected, Finding *finding)
{
  for (size_t i = 0; i < replay->n_variables; i++) {
    JsonNode *node = json_array_get_element(expected, (guint)i);
    for (size_t j = 0; j < replay->sizes[i]; j++) {
      const double value = fetch(replay, replay->data[i], j),
                   wanted = get_number(node, j);
      if (!is_near(replay, value, wanted)) {
        finding_fail(
            finding, "step %zu: '%s'[%zu] is %.9g, the golden file has %.9g", step,
            json_object_get_string_member(
                json_array_get_object_element(replay->variables, (guint)i), "name"),
            j, value, wanted);
      }
    }
  }
}

static void
run(Replay *replay, Finding *finding, optreg_error **error)
{
  JsonArray *steps = json_object_get_array_member(replay->root, "steps");

  for (guint i = 0; i < json_array_get_length(steps) && !finding_is_set(finding); i++) {
    JsonObject *step = json_array_get_object_element(steps, i);
    if (json_object_has_member(step, "error")
        && !json_object_get_null_member(step, "error")) {
      finding_skip(finding, "step %u of the golden file is an error", i);
      return;
    }
    if (json_object_has_member(step, "set_learning_rate")) {
      optreg_optimizer_set_learning_rate(
          replay->optimizer,
          get_number(json_object_get_member(step, "set_learning_rate"), 0), error);
    }
    set_gradients(replay, json_object_get_array_member(step, "gradients"), error);
    if (*error == NULL) {
      optreg_optimizer_step(replay->optimizer, error);
    }
    if (*error != NULL) {
      return;
    }
    compare(replay, i, json_object_get_array_member(step, "variables"), finding);
  }
}

static void
replay_clear(Replay *replay)
{
  optreg_optimizer_free(replay->optimizer);
  for (size_t i = 0; i < replay->n_variables; i++) {
    g_free(replay->data[i]);
    g_free(replay->grad[i]);
  }
  g_free(replay->data);
  g_free(replay->grad);
  g_free(replay->sizes);
}

static void
check_golden(const Plugin *plugin, Finding *finding)
{
  g_autoptr(JsonParser) parser = json_parser_new();
  g_autoptr(GError) failure = NULL;
  optreg_error *error = NULL;

  if (plugin->golden == NULL) {
    finding_skip(finding, "there is no --golden file");
    return;
  }
  if (!json_parser_load_from_file(parser, plugin->golden, &failure)
      || !JSON_NODE_HOLDS_OBJECT(json_parser_get_root(parser))) {
    finding_fail(finding, "%s",
                 failure != NULL ? failure->message
                                 : "the golden file is no JSON object");
    return;
  }
  Replay replay = { .root = json_node_get_object(json_parser_get_root(parser)) };
  if (!check_kind(replay.root, finding)) {
    return;
  }
  replay.is_f64 = g_str_equal(
      json_object_get_string_member_with_default(replay.root, "dtype", ""), "float64");
  if (prepare(&replay, plugin, finding, &error)) {
    run(&replay, finding, &error);
  }
  if (error != NULL) {
    finding_fail(finding, "%s", error->message);
    optreg_error_free(error);
  }
  replay_clear(&replay);
}

static const Check checks[] = {
  { "golden.run", SEVERITY_ERROR,
    "a recorded run of another implementation is repeated",
    "follow the formula and its constants in the order of the reference",
    check_golden },
};

const Family golden_family = { .name = "golden", CHECKS(checks), .needs_plugin = true };
