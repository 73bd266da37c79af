/* SPDX-License-Identifier: MIT */
/* Data sets that are fetched, not embedded: tools/data/sets.txt says which files they
 * have and what is in them; tools/fetch-data puts them where they are looked for. */
#ifndef OPTREG_PROBLEMS_SETS_H
#define OPTREG_PROBLEMS_SETS_H

#include <glib.h>

/* The folder SET in the folder that OPTREG_DATA names, or else in optreg/ of the user's
 * cache directory. Free with g_free. */
char *sets_directory(const char *set);

/* A whole file of a set, which must be as sets.txt has it. Errors name the file and the
 * command that fetches it. */
GBytes *sets_read(const char *set, const char *file, GError **error);

/* The SHA-256 of the set's first file in hexadecimal, for the identity of runs. Static.
 */
const char *sets_identity(const char *set);

#endif
