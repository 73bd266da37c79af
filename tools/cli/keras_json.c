/* SPDX-License-Identifier: MIT */
/* Nested JSON objects, one member a line, numbers written as they are given.
 * The writer of json-glib would make 0.95 0.94999999999999996. */
#include "keras_json.h"

#include "support/json_text.h"

#include <string.h>

static char *
quote(const char *text)
{
  g_autoptr(JsonNode) node = json_node_new(JSON_NODE_VALUE);

  json_node_set_string(node, text);
  return json_text_write(node, false);
}

static void
begin_member(KerasJson *json, const char *key)
{
  if (!json->is_first) {
    g_string_append(json->text, ",\n");
  }
  json->is_first = false;
  g_string_append_printf(json->text, "%*s\"%s\": ", (int)(2 * json->depth), "", key);
}

static void
open_object(KerasJson *json)
{
  g_string_append(json->text, "{\n");
  json->depth++;
  json->is_first = true;
}

static void
close_object(KerasJson *json)
{
  json->depth--;
  g_string_append_printf(json->text, "\n%*s}", (int)(2 * json->depth), "");
  json->is_first = false;
}

void
keras_json_open(KerasJson *json, const char *key, const char *module,
                const char *class_name)
{
  if (key != NULL) {
    begin_member(json, key);
  }
  open_object(json);
  keras_json_add_text(json, "module", module);
  keras_json_add_text(json, "class_name", class_name);
  begin_member(json, "config");
  open_object(json);
}

void
keras_json_close(KerasJson *json)
{
  close_object(json);
  keras_json_add(json, "registered_name", "null");
  close_object(json);
}

void
keras_json_add(KerasJson *json, const char *key, const char *value)
{
  begin_member(json, key);
  g_string_append(json->text, value);
}

void
keras_json_add_text(KerasJson *json, const char *key, const char *text)
{
  g_autofree char *quoted = quote(text);

  keras_json_add(json, key, quoted);
}

static bool
is_whole(const char *text, size_t length)
{
  const size_t sign = text[0] == '-' ? 1 : 0;

  return length > sign && strspn(text + sign, "0123456789") >= length - sign;
}

char *
keras_json_number(const char *yaml, bool is_real)
{
  GString *json = g_string_new(NULL);

  for (const char *p = yaml; *p != '\0';) {
    const size_t length = strcspn(p, "[], "), between = strspn(p + length, "[], ");
    g_string_append_len(json, p, (gssize)length);
    if (is_real && is_whole(p, length)) {
      g_string_append(json, ".0");
    }
    g_string_append_len(json, p + length, (gssize)between);
    p += length + between;
  }
  return g_string_free(json, false);
}
