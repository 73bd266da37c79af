/* SPDX-License-Identifier: MIT */
/* Members by name and kind. */
#include "json_get.h"

static JsonNode *
get(JsonObject *object, const char *name)
{
  return object != NULL ? json_object_get_member(object, name) : NULL;
}

JsonNode *
json_get_value(JsonObject *object, const char *name)
{
  JsonNode *node = get(object, name);

  return node != NULL && JSON_NODE_HOLDS_VALUE(node) ? node : NULL;
}

JsonObject *
json_get_object(JsonObject *object, const char *name)
{
  JsonNode *node = get(object, name);

  return node != NULL && JSON_NODE_HOLDS_OBJECT(node) ? json_node_get_object(node)
                                                      : NULL;
}

JsonArray *
json_get_array(JsonObject *object, const char *name)
{
  JsonNode *node = get(object, name);

  return node != NULL && JSON_NODE_HOLDS_ARRAY(node) ? json_node_get_array(node) : NULL;
}

guint
json_get_length(JsonArray *array)
{
  return array != NULL ? json_array_get_length(array) : 0;
}

JsonObject *
json_get_element(JsonArray *array, guint i)
{
  JsonNode *node = json_array_get_element(array, i);

  return JSON_NODE_HOLDS_OBJECT(node) ? json_node_get_object(node) : NULL;
}

const char *
json_get_text(JsonObject *object, const char *name)
{
  JsonNode *node = json_get_value(object, name);

  return node != NULL && json_node_get_value_type(node) == G_TYPE_STRING
             ? json_node_get_string(node)
             : "";
}

double
json_get_number(JsonObject *object, const char *name, double otherwise)
{
  JsonNode *node = json_get_value(object, name);

  return node != NULL ? json_node_get_double(node) : otherwise;
}

uint64_t
json_get_count(JsonObject *object, const char *name)
{
  JsonNode *node = json_get_value(object, name);

  return node != NULL ? (uint64_t)json_node_get_int(node) : 0;
}
