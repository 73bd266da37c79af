/* SPDX-License-Identifier: MIT */
/* Cases recorded from Keras: reading them, and their numbers. */
#include "cases.h"

static GDataInputStream *
open_lines(const char *path, GError **error)
{
  g_autoptr(GFile) file = g_file_new_for_path(path);
  g_autoptr(GFileInputStream) packed = g_file_read(file, NULL, error);
  if (packed == NULL) {
    return NULL;
  }
  g_autoptr(GZlibDecompressor)
      gzip = g_zlib_decompressor_new(G_ZLIB_COMPRESSOR_FORMAT_GZIP);
  g_autoptr(GInputStream)
      text = g_converter_input_stream_new(G_INPUT_STREAM(packed), G_CONVERTER(gzip));
  return g_data_input_stream_new(text);
}

static JsonObject *
parse(const char *line, GError **error)
{
  g_autoptr(JsonParser) parser = json_parser_new();
  if (!json_parser_load_from_data(parser, line, -1, error)) {
    return NULL;
  }
  return json_object_ref(json_node_get_object(json_parser_get_root(parser)));
}

GPtrArray *
cases_read(const char *path, GError **error)
{
  g_autoptr(GDataInputStream) lines = open_lines(path, error);
  g_autoptr(GPtrArray)
      cases = g_ptr_array_new_with_free_func((GDestroyNotify)json_object_unref);
  GError *problem = NULL;
  if (lines == NULL) {
    return NULL;
  }
  for (;;) {
    g_autofree char *line = g_data_input_stream_read_line(lines, NULL, NULL, &problem);
    JsonObject *object = line != NULL ? parse(line, &problem) : NULL;
    if (object == NULL) {
      break;
    }
    g_ptr_array_add(cases, object);
  }
  if (problem != NULL) {
    g_propagate_error(error, problem);
    return NULL;
  }
  return g_steal_pointer(&cases);
}

static JsonNode *
member_of(JsonObject *object, const char *name)
{
  JsonNode *node = json_object_get_member(object, name);
  return node == NULL || JSON_NODE_HOLDS_NULL(node) ? NULL : node;
}

const char *
case_string(JsonObject *object, const char *member)
{
  JsonNode *node = member_of(object, member);
  return node != NULL ? json_node_get_string(node) : NULL;
}

double
case_number(JsonObject *object, const char *member, double fallback)
{
  JsonNode *node = member_of(object, member);
  return node != NULL ? json_node_get_double(node) : fallback;
}

bool
case_flag(JsonObject *object, const char *member)
{
  JsonNode *node = member_of(object, member);
  return node != NULL && json_node_get_boolean(node);
}

JsonArray *
case_array(JsonObject *object, const char *member)
{
  JsonNode *node = member_of(object, member);
  return node != NULL ? json_node_get_array(node) : NULL;
}

JsonObject *
case_object(JsonObject *object, const char *member)
{
  JsonNode *node = member_of(object, member);
  return node != NULL && JSON_NODE_HOLDS_OBJECT(node) ? json_node_get_object(node)
                                                      : NULL;
}

JsonArray *
case_row(JsonArray *rows, guint index)
{
  JsonNode *node = json_array_get_element(rows, index);
  return JSON_NODE_HOLDS_NULL(node) ? NULL : json_node_get_array(node);
}

float
case_float(JsonArray *array, guint index)
{
  JsonNode *node = json_array_get_element(array, index);
  return json_node_get_value_type(node) == G_TYPE_STRING
             ? (float)g_ascii_strtod(json_node_get_string(node), NULL)
             : (float)json_node_get_double(node);
}

float *
case_floats(JsonArray *array)
{
  const guint n = json_array_get_length(array);
  float *values = g_new(float, MAX(n, 1));
  for (guint i = 0; i < n; i++) {
    values[i] = case_float(array, i);
  }
  return values;
}
