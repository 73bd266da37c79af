/* SPDX-License-Identifier: MIT */
/* Characters that look like others or cannot be seen, named so that they can be found.
 */
#ifndef OPTREG_CORE_ODDITY_H
#define OPTREG_CORE_ODDITY_H

#include <glib.h>

/* A word of the user for an error, in quotes, shortened and printable as by
 * optreg_excerpt(). The first character beyond ASCII, which no key and no word of a
 * configuration has, is named behind it:
 * "'lеarning_rate' (character 2 is U+0435, a Cyrillic letter)". */
char *optreg_quote(const char *text);

#endif
