/* SPDX-License-Identifier: MIT */
/* Text in XML. */
#include "markup.h"

#include <glib.h>
#include <stdbool.h>

#define REPLACEMENT 0xfffd

static bool
is_permitted(gunichar c)
{
  return c == '\t' || c == '\n' || c == '\r'
         || (c >= 0x20 && c != 0x7f && !(c >= 0x80 && c < 0xa0) && c != 0xfffe
             && c != 0xffff);
}

char *
markup_escape(const char *text)
{
  g_autofree char *valid = g_utf8_make_valid(text, -1);
  g_autoptr(GString) plain = g_string_new(NULL);

  for (const char *p = valid; *p != '\0'; p = g_utf8_next_char(p)) {
    const gunichar c = g_utf8_get_char(p);
    g_string_append_unichar(plain, is_permitted(c) ? c : REPLACEMENT);
  }
  return g_markup_escape_text(plain->str, -1);
}
