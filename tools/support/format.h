/* SPDX-License-Identifier: MIT */
/* Numbers as people read them; newly allocated, independent of the locale. */
#ifndef OPTREG_TOOLS_FORMAT_H
#define OPTREG_TOOLS_FORMAT_H

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

char *format_count(uint64_t n);                           /* 2410 -> "2,410" */
char *format_bytes(uint64_t n);                           /* 19280 -> "19.3 kB" */
char *format_duration(double seconds);                    /* 80 -> "1 min 20 s" */
char *format_plural(uint64_t n, const char *noun);        /* 1, "seed" -> "1 seed" */
char *format_shape(const uint64_t *shape, uint32_t ndim); /* "[64, 32]" */
char *format_number(const char *format, double value); /* "%.2f"; "-" if not finite */

/* A cell of text: quoted where it needs to be, with a ' in front where a spreadsheet
 * would take it for a formula. */
char *format_csv(const char *text);

/* At most `longest` > 3 characters, the last three of which are "..." when it was
 * longer. */
char *format_shorten(const char *text, size_t longest);

/* "±" where the locale can show it, else "+-". */
const char *format_plus_minus(void);

/* Whether colours and lines that are redrawn are welcome on the stream. */
bool format_is_terminal(FILE *stream);
bool format_wants_colour(FILE *stream);

/* Columns of the terminal; where it does not tell (no terminal, or one of width 0),
 * those of the variable COLUMNS, else 80. */
size_t format_width(FILE *stream);

#endif
