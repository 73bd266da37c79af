/* SPDX-License-Identifier: MIT */
/* Cases recorded from Keras: reading them, and their numbers. */
#include "cases.h"

#include <string.h>

static JsonObject *
parse(const char *text, GError **error)
{
  g_autoptr(JsonParser) parser = json_parser_new();
  if (!json_parser_load_from_data(parser, text, -1, error)) {
    return NULL;
  }
  return json_object_ref(json_node_get_object(json_parser_get_root(parser)));
}

/* ---- packed ---- */

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

static bool
read_packed(GPtrArray *cases, const char *path, GError **error)
{
  g_autoptr(GDataInputStream) lines = open_lines(path, error);
  GError *problem = NULL;
  if (lines == NULL) {
    return false;
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
    g_propagate_prefixed_error(error, problem, "%s: ", path);
    return false;
  }
  return true;
}

/* ---- a directory ---- */

static int
by_name(gconstpointer a, gconstpointer b)
{
  return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static GPtrArray *
list_names(const char *path, GError **error)
{
  g_autoptr(GDir) directory = g_dir_open(path, 0, error);
  const char *name;
  if (directory == NULL) {
    return NULL;
  }
  GPtrArray *names = g_ptr_array_new_with_free_func(g_free);
  while ((name = g_dir_read_name(directory)) != NULL) {
    if (g_str_has_suffix(name, ".json")) {
      g_ptr_array_add(names, g_strdup(name));
    }
  }
  g_ptr_array_sort(names, by_name);
  return names;
}

static bool
read_directory(GPtrArray *cases, const char *path, GError **error)
{
  g_autoptr(GPtrArray) names = list_names(path, error);
  for (guint i = 0; names != NULL && i < names->len; i++) {
    g_autofree char *file = g_build_filename(path, names->pdata[i], NULL);
    g_autofree char *text = NULL;
    JsonObject *object =
        g_file_get_contents(file, &text, NULL, error) ? parse(text, error) : NULL;
    if (object == NULL) {
      g_prefix_error(error, "%s: ", file);
      return false;
    }
    g_ptr_array_add(cases, object);
  }
  return names != NULL;
}

GPtrArray *
cases_read(const char *path, GError **error)
{
  g_autoptr(GPtrArray)
      cases = g_ptr_array_new_with_free_func((GDestroyNotify)json_object_unref);
  const bool is_read = g_file_test(path, G_FILE_TEST_IS_DIR)
                           ? read_directory(cases, path, error)
                           : read_packed(cases, path, error);
  return is_read ? g_steal_pointer(&cases) : NULL;
}

/* ---- members ---- */

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
  if (node == NULL || !JSON_NODE_HOLDS_VALUE(node)) {
    return fallback;
  }
  return json_node_get_value_type(node) == G_TYPE_STRING
             ? g_ascii_strtod(json_node_get_string(node), NULL)
             : json_node_get_double(node);
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

bool
case_is_double(JsonObject *recorded)
{
  return g_strcmp0(case_string(recorded, "dtype"), "float64") == 0;
}

double
case_value(JsonArray *array, guint index, bool is_double)
{
  JsonNode *node = json_array_get_element(array, index);
  const double value = json_node_get_value_type(node) == G_TYPE_STRING
                           ? g_ascii_strtod(json_node_get_string(node), NULL)
                           : json_node_get_double(node);
  return is_double ? value : (double)(float)value;
}

double *
case_values(JsonArray *array, bool is_double)
{
  const guint n = json_array_get_length(array);
  double *values = g_new(double, MAX(n, 1));
  for (guint i = 0; i < n; i++) {
    values[i] = case_value(array, i, is_double);
  }
  return values;
}
