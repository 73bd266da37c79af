/* SPDX-License-Identifier: MIT */
/* Text as a scalar of YAML. */
#include "config/scalar.h"

#include "config/number.h"
#include "printable.h"

#include <stdbool.h>
#include <string.h>

/* of YAML 1.1 and 1.2, in any case */
static const char *const words[] = { "~",  "null", "true", "false", "yes", "no",
                                     "on", "off",  "y",    "n",     ".nan" };

static bool
is_word(const char *text)
{
  for (size_t i = 0; i < G_N_ELEMENTS(words); i++) {
    if (g_ascii_strcasecmp(words[i], text) == 0) {
      return true;
    }
  }
  return false;
}

/* in every place: a value of a block, an entry in brackets, a key */
static bool
is_plain_character(gunichar c)
{
  if (c < 0x80) {
    return g_ascii_isalnum((char)c) || strchr("_./-+ ()", (char)c) != NULL;
  }
  return g_unichar_isgraph(c) && !optreg_is_control(c);
}

static bool
is_plain(const char *text)
{
  double number;

  /* what begins with a digit may be a number, a date or a time of some reader */
  if (!g_ascii_isalpha(text[0]) && text[0] != '_' && (guchar)text[0] < 0x80) {
    return false;
  }
  for (const char *p = text; *p != '\0'; p = g_utf8_next_char(p)) {
    if (!is_plain_character(g_utf8_get_char(p))) {
      return false;
    }
  }
  return !g_str_has_suffix(text, " ") && !is_word(text) && optreg_is_printable(text)
         && optreg_number_read(text, &number) == OPTREG_NUMBER_NONE;
}

/* the letter behind the backslash, or NUL */
static char
escape_of(gunichar c)
{
  static const struct {
    char c, letter;
  } escapes[] = {
    { '"', '"' }, { '\\', '\\' }, { '\n', 'n' }, { '\t', 't' }, { '\r', 'r' },
  };

  for (size_t i = 0; i < G_N_ELEMENTS(escapes); i++) {
    if ((gunichar)escapes[i].c == c) {
      return escapes[i].letter;
    }
  }
  return '\0';
}

static void
append_quoted(GString *quoted, gunichar c)
{
  const char letter = escape_of(c);

  if (letter != '\0') {
    g_string_append_printf(quoted, "\\%c", letter);
  } else if (c == ' ' || (g_unichar_isgraph(c) && !optreg_is_control(c))) {
    g_string_append_unichar(quoted, c);
  } else {
    g_string_append_printf(quoted,
                           c < 0x100     ? "\\x%02x"
                           : c < 0x10000 ? "\\u%04x"
                                         : "\\U%08x",
                           c);
  }
}

char *
optreg_scalar_quote(const char *text)
{
  g_autoptr(GString) quoted = g_string_new("\"");

  for (const char *p = text; *p != '\0'; p = g_utf8_next_char(p)) {
    append_quoted(quoted, g_utf8_get_char(p));
  }
  g_string_append_c(quoted, '"');
  return g_strdup(quoted->str);
}

char *
optreg_scalar_show(const char *text)
{
  return is_plain(text) ? g_strdup(text) : optreg_scalar_quote(text);
}
