/* SPDX-License-Identifier: MIT */
/* Text of others, fit to be shown: names, keys, what plugins say about themselves. */
#ifndef OPTREG_CORE_PRINTABLE_H
#define OPTREG_CORE_PRINTABLE_H

#include <glib.h>
#include <stdbool.h>

/* The text on one line, newly allocated. What moves the cursor, changes the order of
 * what is read or is not seen stands as an escape: control characters, line separators,
 * marks of direction and other characters without a form (\n, \x1b, \u202e), and bytes
 * that are not UTF-8 (\xff). Backslashes stay as they are, so that showing what was
 * shown changes nothing. */
char *optreg_printable(const char *text);

/* Whether the text stays as it is. Allocates nothing. */
bool optreg_is_printable(const char *text);

/* A control character, a separator of lines, or what reverses the order of reading. */
bool optreg_is_control(gunichar c);

#endif
