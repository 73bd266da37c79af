/* SPDX-License-Identifier: MIT */
/* Text of others, by the core's own functions. */
#include "text.h"

#include "printable.h"
#include "status.h"
#include "text_file.h"

char *
text_printable(const char *text)
{
  return optreg_printable(text);
}

void
text_line(FILE *stream, const char *format, ...)
{
  va_list arguments;

  va_start(arguments, format);
  g_autofree char *line = g_strdup_vprintf(format, arguments);
  va_end(arguments);
  g_autofree char *shown = optreg_printable(line);
  fprintf(stream, "%s\n", shown);
}

char *
text_read(const char *path, gsize most, const char *what, gsize *length, GError **error)
{
  g_autoptr(GError) failure = NULL;
  g_autofree char *text = optreg_text_file_read(path, most, length, &failure);

  if (text == NULL) {
    g_set_error_literal(error, STATUS_ERROR, STATUS_USAGE, failure->message);
    return NULL;
  }
  if (*length > most) {
    g_set_error(error, STATUS_ERROR, STATUS_USAGE,
                "%s: is larger than %zu MiB; that is not %s", path, most >> 20, what);
    return NULL;
  }
  return g_steal_pointer(&text);
}
