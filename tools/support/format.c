/* SPDX-License-Identifier: MIT */
/* Numbers as people read them. */
#include "format.h"

#include <math.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

char *
format_count(uint64_t n)
{
  GString *text = g_string_new(NULL);

  g_string_printf(text, "%" G_GUINT64_FORMAT, n);
  for (gssize at = (gssize)text->len - 3; at > 0; at -= 3) {
    g_string_insert_c(text, at, ',');
  }
  return g_string_free(text, FALSE);
}

char *
format_bytes(uint64_t n)
{
  static const char *const units[] = { "B", "kB", "MB", "GB", "TB" };
  double value = (double)n;
  size_t unit = 0;

  while (value >= 999.5 && unit + 1 < G_N_ELEMENTS(units)) {
    value /= 1000.0;
    unit++;
  }
  return g_strdup_printf("%.*f %s", unit > 0 && value < 99.95 ? 1 : 0, value,
                         units[unit]);
}

char *
format_duration(double seconds)
{
  const uint64_t s = (uint64_t)(seconds + 0.5);

  if (seconds < 9.95) {
    return g_strdup_printf("%.1f s", seconds);
  }
  if (s < 60) {
    return g_strdup_printf("%u s", (unsigned)s);
  }
  if (s < 3600) {
    return g_strdup_printf("%u min %02u s", (unsigned)(s / 60), (unsigned)(s % 60));
  }
  return g_strdup_printf("%u h %02u min", (unsigned)(s / 3600),
                         (unsigned)(s % 3600 / 60));
}

char *
format_plural(uint64_t n, const char *noun)
{
  g_autofree char *count = format_count(n);
  return g_strdup_printf("%s %s%s", count, noun, n == 1 ? "" : "s");
}

char *
format_shape(const uint64_t *shape, uint32_t ndim)
{
  GString *text = g_string_new("[");

  for (uint32_t i = 0; i < ndim; i++) {
    g_string_append_printf(text, "%s%" G_GUINT64_FORMAT, i > 0 ? ", " : "", shape[i]);
  }
  g_string_append_c(text, ']');
  return g_string_free(text, FALSE);
}

char *
format_shorten(const char *text, size_t longest)
{
  if ((size_t)g_utf8_strlen(text, -1) <= longest) {
    return g_strdup(text);
  }
  g_autofree char *head = g_utf8_substring(text, 0, (glong)longest - 3);
  return g_strconcat(head, "...", NULL);
}

/* names of arms in a grid have commas */
char *
format_number(const char *format, double value)
{
  char text[G_ASCII_DTOSTR_BUF_SIZE];

  return isfinite(value) ? g_strdup(g_ascii_formatd(text, sizeof text, format, value))
                         : g_strdup("-");
}

char *
format_csv(const char *text)
{
  const bool is_formula = text[0] != '\0' && strchr("=+-@\t\r", text[0]) != NULL;
  g_autofree char *cell = g_strconcat(is_formula ? "'" : "", text, NULL);
  g_auto(GStrv) parts = g_strsplit(cell, "\"", -1);
  g_autofree char *doubled = g_strjoinv("\"\"", parts);

  return strpbrk(cell, ",\"\t\r\n") != NULL ? g_strdup_printf("\"%s\"", doubled)
                                            : g_steal_pointer(&cell);
}

const char *
format_plus_minus(void)
{
  return g_get_charset(NULL) ? "±" : "+-";
}

bool
format_is_terminal(FILE *stream)
{
  return isatty(fileno(stream)) && g_strcmp0(g_getenv("TERM"), "dumb") != 0;
}

bool
format_wants_colour(FILE *stream)
{
  const char *no_colour = g_getenv("NO_COLOR");
  return format_is_terminal(stream) && (no_colour == NULL || no_colour[0] == '\0');
}

size_t
format_width(FILE *stream)
{
  const char *columns = g_getenv("COLUMNS");
  struct winsize size = { 0 };
  guint64 width;

  if (ioctl(fileno(stream), TIOCGWINSZ, &size) == 0 && size.ws_col > 0) {
    return size.ws_col;
  }
  return columns != NULL
                 && g_ascii_string_to_unsigned(columns, 10, 1, G_MAXUINT16, &width,
                                               NULL)
             ? (size_t)width
             : 80;
}
