/* SPDX-License-Identifier: MIT */
/* Text of others: read with a limit, shown so that it does nothing to a terminal. */
#ifndef OPTREG_TOOLS_TEXT_H
#define OPTREG_TOOLS_TEXT_H

#include <glib.h>
#include <stdio.h>

/* On one line, with escapes such as \x1b for what cannot be seen; newly allocated. The
 * same as in the messages of the library. */
char *text_printable(const char *text);

/* Print a line that holds text of others; the end of the line is added. */
void text_line(FILE *stream, const char *format, ...) G_GNUC_PRINTF(2, 3);

/* All of a file, a pipe or a device that has at most `most` bytes, and a NUL. Refuses,
 * with STATUS_USAGE and the path, what is larger without reading further; `what` is
 * what has that limit, "a golden file". */
char *text_read(const char *path, gsize most, const char *what, gsize *length,
                GError **error);

#endif
