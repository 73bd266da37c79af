/* SPDX-License-Identifier: MIT */
/* Sentences as a single column. */
#include "prose.h"

#include "columns.h"
#include "text.h"

void
prose_print(const char *text, const Screen *screen, FILE *stream)
{
  g_autoptr(Columns) columns = columns_new("l");

  columns_add(columns, text);
  columns_print_on(columns, 0, screen, stream);
}

void
prose_print_line(const char *text, const Screen *screen, FILE *stream)
{
  if (screen->is_tight) {
    prose_print(text, screen, stream);
  } else {
    text_line(stream, "%s", text);
  }
}
