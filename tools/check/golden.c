/* SPDX-License-Identifier: MIT */
/* A recorded run of another implementation: same options, same gradients, same weights?
 */
#include "check.h"
#include "golden_case.h"
#include "support/json_text.h"
#include "support/text.h"

#include <math.h>
#include <string.h>

#define MOST_TEXT ((gsize)64 << 20)

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

/* ---- numbers ---- */

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
          golden_case_number(json_object_get_member(variable, "initial"), j));
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
  g_autofree char *yaml =
      golden_case_yaml(replay->root, plugin->name, replay->is_f64, finding);
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
      store(replay, replay->grad[i], j, golden_case_number(node, j));
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
                   wanted = golden_case_number(node, j);
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
          golden_case_number(json_object_get_member(step, "set_learning_rate"), 0),
          error);
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
  g_autoptr(GError) failure = NULL;
  optreg_error *error = NULL;

  if (plugin->golden == NULL) {
    finding_skip(finding, "there is no --golden file");
    return;
  }
  gsize length;
  g_autofree char *text =
      text_read(plugin->golden, MOST_TEXT, "a golden file", &length, &failure);
  g_autoptr(JsonNode) root =
      text != NULL ? json_text_read(text, (gssize)length, &failure) : NULL;
  if (root == NULL || !JSON_NODE_HOLDS_OBJECT(root)) {
    finding_fail(finding, "%s",
                 failure != NULL ? failure->message
                                 : "the golden file is no JSON object");
    return;
  }
  Replay replay = { .root = json_node_get_object(root) };
  if (!golden_case_check(replay.root, finding)) {
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
