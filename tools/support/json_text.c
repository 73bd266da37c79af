/* SPDX-License-Identifier: MIT */
/* Trees of json-glib to text and back. Its own generator writes 1e-08.0. */
#include "json_text.h"

#include "config/number.h"
#include "file.h"
#include "json_scan.h"
#include "status.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

/* ---- reading ---- */

/* json-glib's "<data>:2:9: Parse error: ..." in the words of json_scan */
static void
reword(GError *error)
{
  unsigned line, column;
  int n = 0;

  if (sscanf(error->message, "<data>:%u:%u: Parse error: %n", &line, &column, &n) == 2
      && n > 0) {
    char *message =
        g_strdup_printf("line %u, column %u: %s", line, column, error->message + n);
    g_free(error->message);
    error->message = message;
  }
}

JsonNode *
json_text_read(const char *text, gssize size, GError **error)
{
  const gsize length = size < 0 ? strlen(text) : (gsize)size;
  g_autoptr(JsonParser) parser = json_parser_new_immutable();

  g_autoptr(GError) failure = NULL;

  if (!json_scan(text, length, error)) {
    return NULL;
  }
  if (!json_parser_load_from_data(parser, text, (gssize)length, &failure)) {
    reword(failure);
    g_propagate_error(error, g_steal_pointer(&failure));
    return NULL;
  }
  JsonNode *root = json_parser_steal_root(parser);
  if (root == NULL) {
    g_set_error(error, STATUS_ERROR, STATUS_FAILED, "there is nothing in it");
  }
  return root;
}

JsonNode *
json_text_read_file(const char *path, GError **error)
{
  gsize size;
  g_autofree char *text = file_read(path, JSON_MOST_BYTES, &size, error);
  JsonNode *root = text != NULL ? json_text_read(text, (gssize)size, error) : NULL;

  if (text != NULL && root == NULL) {
    g_prefix_error(error, "%s: ", path);
  }
  return root;
}

/* takes the root over */
static JsonObject *
object_of(JsonNode *root)
{
  JsonObject *object =
      root != NULL && JSON_NODE_HOLDS_OBJECT(root) ? json_node_dup_object(root) : NULL;

  g_clear_pointer(&root, json_node_unref);
  return object;
}

JsonObject *
json_text_read_object(const char *text, gssize size)
{
  return object_of(json_text_read(text, size, NULL));
}

JsonObject *
json_text_read_file_object(const char *path)
{
  return object_of(json_text_read_file(path, NULL));
}

/* ---- writing ---- */

typedef struct Writer {
  GString *text;
  bool is_pretty;
  unsigned depth;
} Writer;

static void write_node(Writer *writer, JsonNode *node);

static void
write_string(GString *text, const char *value)
{
  static const char *const short_escapes = "\b\f\n\r\t\"\\";
  g_autofree char *valid = g_utf8_make_valid(value, -1);

  g_string_append_c(text, '"');
  for (const char *p = valid; *p != '\0'; p++) {
    const char *escape = strchr(short_escapes, *p);
    if (escape != NULL) {
      g_string_append_c(text, '\\');
      g_string_append_c(text, "bfnrt\"\\"[escape - short_escapes]);
    } else if ((guchar)*p < 0x20 || *p == 0x7f) {
      g_string_append_printf(text, "\\u%04x", (guint)*p);
    } else {
      g_string_append_c(text, *p);
    }
  }
  g_string_append_c(text, '"');
}

static void
write_double(GString *text, double value)
{
  if (!isfinite(value)) {
    g_string_append(text, "null");
    return;
  }
  g_autofree char *number = optreg_number_show(value);
  g_string_append(text, number);
  if (strpbrk(number, ".e") == NULL) {
    g_string_append(text, ".0");
  }
}

static void
write_value(GString *text, JsonNode *node)
{
  switch (json_node_get_value_type(node)) {
  case G_TYPE_INT64:
    g_string_append_printf(text, "%" G_GINT64_FORMAT, json_node_get_int(node));
    break;
  case G_TYPE_DOUBLE:
    write_double(text, json_node_get_double(node));
    break;
  case G_TYPE_BOOLEAN:
    g_string_append(text, json_node_get_boolean(node) ? "true" : "false");
    break;
  default:
    write_string(text, json_node_get_string(node));
  }
}

static void
break_line(Writer *writer)
{
  if (writer->is_pretty) {
    g_string_append_printf(writer->text, "\n%*s", (int)(2 * writer->depth), "");
  }
}

static void
begin_entry(Writer *writer, bool is_first)
{
  if (!is_first) {
    g_string_append_c(writer->text, ',');
  }
  break_line(writer);
}

static void
write_members(Writer *writer, JsonObject *object)
{
  JsonObjectIter iter;
  const char *name;
  JsonNode *member;
  bool is_first = true;

  json_object_iter_init_ordered(&iter, object);
  while (json_object_iter_next_ordered(&iter, &name, &member)) {
    begin_entry(writer, is_first);
    write_string(writer->text, name);
    g_string_append(writer->text, writer->is_pretty ? " : " : ":");
    write_node(writer, member);
    is_first = false;
  }
}

static void
write_elements(Writer *writer, JsonArray *array)
{
  for (guint i = 0; i < json_array_get_length(array); i++) {
    begin_entry(writer, i == 0);
    write_node(writer, json_array_get_element(array, i));
  }
}

static void
write_container(Writer *writer, JsonNode *node)
{
  const bool is_object = JSON_NODE_HOLDS_OBJECT(node);
  const bool is_empty = is_object
                            ? json_object_get_size(json_node_get_object(node)) == 0
                            : json_array_get_length(json_node_get_array(node)) == 0;

  g_string_append_c(writer->text, is_object ? '{' : '[');
  writer->depth++;
  if (is_object) {
    write_members(writer, json_node_get_object(node));
  } else {
    write_elements(writer, json_node_get_array(node));
  }
  writer->depth--;
  if (!is_empty) {
    break_line(writer);
  }
  g_string_append_c(writer->text, is_object ? '}' : ']');
}

static void
write_node(Writer *writer, JsonNode *node)
{
  if (JSON_NODE_HOLDS_NULL(node)) {
    g_string_append(writer->text, "null");
  } else if (JSON_NODE_HOLDS_VALUE(node)) {
    write_value(writer->text, node);
  } else {
    write_container(writer, node);
  }
}

char *
json_text_write(JsonNode *root, bool is_pretty)
{
  Writer writer = { g_string_new(NULL), is_pretty, 0 };

  write_node(&writer, root);
  return g_string_free(writer.text, FALSE);
}

bool
json_text_write_file(const char *path, JsonNode *root, GError **error)
{
  g_autofree char *json = json_text_write(root, true);
  g_autoptr(JsonNode) again = json_text_read(json, -1, error);

  if (again == NULL) {
    g_prefix_error(error, "%s: not written, as it could not be read: ", path);
    return false;
  }
  g_autofree char *text = json_text_write(again, true);
  if (strcmp(text, json) != 0) {
    g_set_error(error, STATUS_ERROR, STATUS_FAILED,
                "%s: not written, as it would be read as something else", path);
    return false;
  }
  g_autofree char *lines = g_strconcat(json, "\n", NULL);
  return file_write(path, lines, -1, error);
}
