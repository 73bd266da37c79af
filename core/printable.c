/* SPDX-License-Identifier: MIT */
/* Text of others, fit to be shown. */
#include "printable.h"

#include <string.h>

/* U+061C, U+200E to F, U+202A to E, U+2066 to 9 */
static bool
is_direction(gunichar c)
{
  return c == 0x061c || c == 0x200e || c == 0x200f || (c >= 0x202a && c <= 0x202e)
         || (c >= 0x2066 && c <= 0x2069);
}

bool
optreg_is_control(gunichar c)
{
  switch (g_unichar_type(c)) {
  case G_UNICODE_CONTROL:
  case G_UNICODE_LINE_SEPARATOR:
  case G_UNICODE_PARAGRAPH_SEPARATOR:
    return true;
  default:
    return is_direction(c);
  }
}

static bool
is_hidden(gunichar c)
{
  return optreg_is_control(c) || g_unichar_type(c) == G_UNICODE_FORMAT;
}

/* the character at p and where it ends; false for a byte that is not UTF-8 */
static bool
read_character(const char *p, gunichar *c, const char **end)
{
  *c = g_utf8_get_char_validated(p, -1);
  const bool is_valid = *c != (gunichar)-1 && *c != (gunichar)-2;
  *end = is_valid ? g_utf8_next_char(p) : p + 1;
  return is_valid;
}

static void
append_escape(GString *text, gunichar c)
{
  switch (c) {
  case '\n':
    g_string_append(text, "\\n");
    break;
  case '\r':
    g_string_append(text, "\\r");
    break;
  case '\t':
    g_string_append(text, "\\t");
    break;
  default:
    g_string_append_printf(text,
                           c < 0x80      ? "\\x%02x"
                           : c < 0x10000 ? "\\u%04x"
                                         : "\\U%08x",
                           c);
  }
}

bool
optreg_is_printable(const char *text)
{
  gunichar c;

  for (const char *end; *text != '\0'; text = end) {
    if (!read_character(text, &c, &end) || is_hidden(c)) {
      return false;
    }
  }
  return true;
}

char *
optreg_printable(const char *text)
{
  g_autoptr(GString) shown = g_string_new(NULL);
  gunichar c;

  for (const char *end; *text != '\0'; text = end) {
    if (!read_character(text, &c, &end)) {
      g_string_append_printf(shown, "\\x%02x", (unsigned char)*text);
    } else if (is_hidden(c)) {
      append_escape(shown, c);
    } else {
      g_string_append_len(shown, text, end - text);
    }
  }
  return g_strdup(shown->str);
}
