/* SPDX-License-Identifier: MIT */
/* JSON for a script element. */
#include "json.h"

#include <math.h>

struct PageJson {
  GString *text;
  bool needs_comma;
};

PageJson *
page_json_new(void)
{
  PageJson *json = g_new0(PageJson, 1);

  json->text = g_string_new(NULL);
  return json;
}

char *
page_json_free(PageJson *json)
{
  char *text = g_string_free(json->text, FALSE);

  g_free(json);
  return text;
}

static void
begin_value(PageJson *json)
{
  if (json->needs_comma) {
    g_string_append_c(json->text, ',');
  }
  json->needs_comma = true;
}

void
page_json_open(PageJson *json, char bracket)
{
  begin_value(json);
  g_string_append_c(json->text, bracket);
  json->needs_comma = false;
}

void
page_json_close(PageJson *json, char bracket)
{
  g_string_append_c(json->text, bracket);
  json->needs_comma = true;
}

/* '<' begins what could end the element, U+2028 and U+2029 end lines of JavaScript */
static bool
is_escaped(gunichar c)
{
  return c < 0x20 || c == '"' || c == '\\' || c == '<' || c == '>' || c == '&'
         || c == 0x7f || c == 0x2028 || c == 0x2029;
}

static void
append_quoted(GString *out, const char *text)
{
  g_autofree char *valid = g_utf8_make_valid(text, -1);

  g_string_append_c(out, '"');
  for (const char *p = valid; *p != '\0'; p = g_utf8_next_char(p)) {
    const gunichar c = g_utf8_get_char(p);
    if (is_escaped(c)) {
      g_string_append_printf(out, "\\u%04x", c);
    } else {
      g_string_append_unichar(out, c);
    }
  }
  g_string_append_c(out, '"');
}

void
page_json_text(PageJson *json, const char *text)
{
  begin_value(json);
  append_quoted(json->text, text);
}

void
page_json_key(PageJson *json, const char *key)
{
  page_json_text(json, key);
  g_string_append_c(json->text, ':');
  json->needs_comma = false;
}

void
page_json_number(PageJson *json, double value)
{
  char text[G_ASCII_DTOSTR_BUF_SIZE];

  begin_value(json);
  g_string_append(json->text, isfinite(value)
                                  ? g_ascii_formatd(text, sizeof text, "%.6g", value)
                                  : "null");
}

void
page_json_flag(PageJson *json, bool value)
{
  begin_value(json);
  g_string_append(json->text, value ? "true" : "false");
}

void
page_json_raw(PageJson *json, const char *value)
{
  begin_value(json);
  g_string_append(json->text, value);
}

void
page_json_numbers(PageJson *json, const double *values, size_t n)
{
  page_json_open(json, '[');
  for (size_t i = 0; i < n; i++) {
    page_json_number(json, values[i]);
  }
  page_json_close(json, ']');
}
