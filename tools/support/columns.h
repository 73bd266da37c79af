/* SPDX-License-Identifier: MIT */
/* Text in aligned columns. */
#ifndef OPTREG_TOOLS_COLUMNS_H
#define OPTREG_TOOLS_COLUMNS_H

#include "screen.h"

typedef struct Columns Columns;

/* One letter for each column: 'l' or 'r' for its alignment. When the last one is 'l',
 * it is wrapped at the width of the page. Capitals, from the right, are left out of
 * what is too wide for a tight screen. */
Columns *columns_new(const char *alignment);
void columns_free(Columns *columns);

/* Add a row; one string for each column, copied, with escapes for what would do
 * something to a terminal. */
void columns_add(Columns *columns, ...);

/* The same as a heading: bold on a terminal. */
void columns_add_heading(Columns *columns, ...);

/* Print with `indent` spaces before each line. */
void columns_print(const Columns *columns, size_t indent, FILE *stream);
void columns_print_on(const Columns *columns, size_t indent, const Screen *screen,
                      FILE *stream);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(Columns, columns_free)

#endif
