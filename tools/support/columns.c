/* SPDX-License-Identifier: MIT */
/* Text in aligned columns, the last one wrapped. */
#include "columns.h"

#include "text.h"

#include <stdarg.h>
#include <stdbool.h>
#include <string.h>

enum { GAP = 2, NARROWEST = 24, WIDEST_CELL = 40, WIDEST_PAGE = 100 };

typedef struct Row {
  char **cells;
  bool is_heading;
} Row;

struct Columns {
  char *alignment;
  size_t n;
  GArray *rows;
};

static void
row_clear(void *row)
{
  g_strfreev(((Row *)row)->cells);
}

Columns *
columns_new(const char *alignment)
{
  Columns *columns = g_new0(Columns, 1);

  columns->alignment = g_strdup(alignment);
  columns->n = strlen(alignment);
  columns->rows = g_array_new(FALSE, FALSE, sizeof(Row));
  g_array_set_clear_func(columns->rows, row_clear);
  return columns;
}

void
columns_free(Columns *columns)
{
  if (columns != NULL) {
    g_array_unref(columns->rows);
    g_free(columns->alignment);
    g_free(columns);
  }
}

static void
add_row(Columns *columns, bool is_heading, va_list cells)
{
  Row row = { g_new0(char *, columns->n + 1), is_heading };

  for (size_t i = 0; i < columns->n; i++) {
    row.cells[i] = text_printable(va_arg(cells, const char *));
  }
  g_array_append_val(columns->rows, row);
}

void
columns_add(Columns *columns, ...)
{
  va_list cells;
  va_start(cells, columns);
  add_row(columns, false, cells);
  va_end(cells);
}

void
columns_add_heading(Columns *columns, ...)
{
  va_list cells;
  va_start(cells, columns);
  add_row(columns, true, cells);
  va_end(cells);
}

static size_t *
measure(const Columns *columns)
{
  size_t *widths = g_new0(size_t, columns->n);

  for (guint r = 0; r < columns->rows->len; r++) {
    char **cells = g_array_index(columns->rows, Row, r).cells;
    for (size_t i = 0; i < columns->n; i++) {
      const size_t length = (size_t)g_utf8_strlen(cells[i], -1);
      widths[i] = length <= WIDEST_CELL ? MAX(widths[i], length) : widths[i];
    }
  }
  return widths;
}

static void
append_spaces(GString *line, size_t n)
{
  for (size_t i = 0; i < n; i++) {
    g_string_append_c(line, ' ');
  }
}

/* "97.5 %", "0.5 pp" and "[-0.1, 0.2]" stay together */
static bool
sticks(const char *word, const char *next)
{
  return next != NULL
         && (g_str_has_prefix(next, "%") || g_str_has_prefix(next, "pp")
             || (word[0] == '[' && g_str_has_suffix(word, ",")));
}

static size_t
length_together(char *const *words)
{
  size_t length = (size_t)g_utf8_strlen(words[0], -1);

  for (size_t i = 0; sticks(words[i], words[i + 1]); i++) {
    length += 1 + (size_t)g_utf8_strlen(words[i + 1], -1);
  }
  return length;
}

/* words of `text` on lines of `width`, continued at column `start` */
static void
append_wrapped(GString *line, const char *text, size_t start, size_t width)
{
  g_auto(GStrv) words = g_strsplit(text, " ", -1);
  size_t used = 0;

  for (size_t i = 0; words[i] != NULL; i++) {
    const size_t length = (size_t)g_utf8_strlen(words[i], -1);
    if (used > 0 && used + 1 + length_together(words + i) > width) {
      g_string_append_c(line, '\n');
      append_spaces(line, start);
      used = 0;
    } else if (i > 0) {
      g_string_append_c(line, ' ');
      used++;
    }
    g_string_append(line, words[i]);
    used += length;
  }
}

/* a cell that is wider than its column sends the next one to a new line */
static void
append_cell(GString *line, const char *text, char letter, size_t start, size_t width)
{
  const char alignment = g_ascii_tolower(letter);
  const size_t length = (size_t)g_utf8_strlen(text, -1);
  const size_t padding = width > length ? width - length : 0;

  append_spaces(line, alignment == 'r' ? padding : 0);
  g_string_append(line, text);
  if (length > width) {
    g_string_append_c(line, '\n');
    append_spaces(line, start + width + GAP);
  } else {
    append_spaces(line, alignment == 'r' ? GAP : padding + GAP);
  }
}

/* how many columns, from the left, are shown */
static size_t
count_shown(const Columns *columns, const size_t *widths, size_t indent,
            const Screen *screen)
{
  size_t n = columns->n, used = indent;

  for (size_t i = 0; i < n; i++) {
    used += widths[i] + (i > 0 ? GAP : 0);
  }
  while (screen->is_tight && used > screen->width && n > 1
         && g_ascii_isupper(columns->alignment[n - 1])) {
    used -= widths[--n] + GAP;
  }
  return n;
}

static char *
render(const Columns *columns, const Row *row, const size_t *widths, size_t n,
       size_t indent, size_t page)
{
  GString *line = g_string_new(NULL);
  size_t start = indent;

  append_spaces(line, indent);
  for (size_t i = 0; i < n; i++) {
    if (i + 1 == columns->n && columns->alignment[i] == 'l') {
      const size_t rest = page > start + NARROWEST ? page - start : NARROWEST;
      append_wrapped(line, row->cells[i], start, rest);
    } else {
      append_cell(line, row->cells[i], columns->alignment[i], start, widths[i]);
      start += widths[i] + GAP;
    }
  }
  return g_strchomp(g_string_free(line, FALSE));
}

void
columns_print_on(const Columns *columns, size_t indent, const Screen *screen,
                 FILE *stream)
{
  g_autofree size_t *widths = measure(columns);
  const size_t n = count_shown(columns, widths, indent, screen);

  for (guint r = 0; r < columns->rows->len; r++) {
    const Row *row = &g_array_index(columns->rows, Row, r);
    g_autofree char *line = render(columns, row, widths, n, indent, screen->width);
    const bool is_bold = screen->has_colour && row->is_heading;
    fprintf(stream, "%s%s%s\n", is_bold ? "\033[1m" : "", line,
            is_bold ? "\033[0m" : "");
  }
}

void
columns_print(const Columns *columns, size_t indent, FILE *stream)
{
  const Screen screen = screen_of(stream, WIDEST_PAGE);

  columns_print_on(columns, indent, &screen, stream);
}
