/* SPDX-License-Identifier: MIT */
/* JSON writes characters beyond U+FFFF as pairs of escapes, which YAML does not know.
 */
#ifndef OPTREG_CORE_SURROGATES_H
#define OPTREG_CORE_SURROGATES_H

#include <glib.h>

/* A copy of valid UTF-8 text in which every pair in double quotes is one escape of
 * YAML,
 * "\ud83d\ude00" is "\U0001f600". `joins` gets the place of each, in characters of the
 * copy, in rising order. Returns NULL when there is none. */
char *optreg_surrogates_join(const char *text, gsize length, GArray *joins);

/* How many characters of the original are missing in the copy between its characters
 * `begin` and `end`. */
gsize optreg_surrogates_count(const GArray *joins, gsize begin, gsize end);

#endif
