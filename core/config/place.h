/* SPDX-License-Identifier: MIT */
/* Errors that name a place in a configuration. */
#ifndef OPTREG_CORE_PLACE_H
#define OPTREG_CORE_PLACE_H

#include <glib.h>
#include <stdbool.h>

/* Set OPTREG_ERROR_CONFIG with "source:line:column: message". Always returns false. */
bool optreg_fail_at(const char *source, unsigned line, unsigned column, GError **error,
                    const char *format, ...) G_GNUC_PRINTF(5, 6);

/* The same for the byte at `offset` of `text`, whose bytes before it are valid UTF-8.
 */
bool optreg_fail_at_byte(const char *source, const char *text, gsize offset,
                         GError **error, const char *message);

/* Text of the user, fit to stand in an error: one line, at most 60 of its characters,
 * with escapes for what cannot be seen. */
char *optreg_excerpt(const char *text);

#endif
