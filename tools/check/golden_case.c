/* SPDX-License-Identifier: MIT */
/* A case of schema keras-optimizer-oracle/1. */
#include "golden_case.h"

/* some keys change a run in a way that no plugin decides */
bool
golden_case_check(JsonObject *root, Finding *finding)
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

char *
golden_case_yaml(JsonObject *root, const char *optimizer, bool is_f64, Finding *finding)
{
  JsonObject *config = json_object_get_object_member(root, "config");
  g_autoptr(GList) keys = json_object_get_members(config);
  GString *yaml = g_string_new(NULL);

  g_string_printf(yaml, "optimizer: %s\nnonfinite: propagate\n", optimizer);
  for (GList *key = keys; key != NULL; key = key->next) {
    if (!add_option(yaml, key->data, json_object_get_member(config, key->data),
                    is_f64)) {
      finding_skip(finding,
                   "the golden file has a schedule for '%s', which is not replayed",
                   (const char *)key->data);
    }
  }
  return g_string_free(yaml, FALSE);
}

double
golden_case_number(JsonNode *node, size_t i)
{
  JsonNode *element = JSON_NODE_HOLDS_ARRAY(node)
                          ? json_array_get_element(json_node_get_array(node), (guint)i)
                          : node;

  return json_node_get_value_type(element) == G_TYPE_STRING
             ? g_ascii_strtod(json_node_get_string(element), NULL)
             : json_node_get_double(element);
}
