/* SPDX-License-Identifier: MIT */
/* Errors that name a place in a configuration. */
#include "config/place.h"

#include "error.h"
#include "printable.h"

#define EXCERPT_LENGTH 60

bool
optreg_fail_at(const char *source, unsigned line, unsigned column, GError **error,
               const char *format, ...)
{
  va_list arguments;

  va_start(arguments, format);
  g_autofree char *message = g_strdup_vprintf(format, arguments);
  va_end(arguments);
  g_set_error(error, OPTREG_ERROR, OPTREG_ERROR_CONFIG, "%s:%u:%u: %s", source, line,
              column, message);
  return false;
}

bool
optreg_fail_at_byte(const char *source, const char *text, gsize offset, GError **error,
                    const char *message)
{
  const char *start = text, *at = text + offset;
  unsigned line = 1;

  for (const char *p = text; p < at; p++) {
    if (*p == '\n') {
      line++;
      start = p + 1;
    }
  }
  return optreg_fail_at(source, line, (unsigned)g_utf8_strlen(start, at - start) + 1,
                        error, "%s", message);
}

char *
optreg_excerpt(const char *text)
{
  const bool is_long = g_utf8_strlen(text, -1) > EXCERPT_LENGTH;
  g_autofree char *head = is_long ? g_utf8_substring(text, 0, EXCERPT_LENGTH - 3)
                                  : g_strdup(text);

  g_autofree char *shown = optreg_printable(head);
  return g_strconcat(shown, is_long ? "..." : NULL, NULL);
}
