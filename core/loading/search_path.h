/* SPDX-License-Identifier: MIT */
/* Where plugins are looked for: the caller's directories, OPTREG_PLUGIN_PATH, the
 * directory beside the library. */
#ifndef OPTREG_CORE_SEARCH_PATH_H
#define OPTREG_CORE_SEARCH_PATH_H

#include <glib.h>
#include <stdbool.h>

typedef struct OptregSearchPath OptregSearchPath;

/* `directories` are absolute, exist, and may be NULL. Returns NULL with
 * OPTREG_ERROR_ARGUMENT or OPTREG_ERROR_NOT_FOUND. */
OptregSearchPath *optreg_search_path_new(const char *const *directories,
                                         GError **error);

void optreg_search_path_free(OptregSearchPath *path);

/* The directories in order, NULL-terminated. */
const char *const *optreg_search_path_directories(const OptregSearchPath *path);

/* Look for NAME.so: *file receives its safe real path in the first directory that has
 * it, or NULL when there is none; `reasons` then tells why, "/a (has no NAME.so), /b
 * (does not exist)". Returns false with OPTREG_ERROR_PERMISSION. */
bool optreg_search_path_find(const OptregSearchPath *path, const char *name,
                             char **file, GString *reasons, GError **error);

/* The files NAME.so, in order, that are not the file `used` (NULL: all of them): real
 * paths, each once, NULL-terminated. */
char **optreg_search_path_hidden(const OptregSearchPath *path, const char *name,
                                 const char *used);

/* Add the names of the plugin files that are there now to a set of owned names. */
void optreg_search_path_add_names(const OptregSearchPath *path, GHashTable *names);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(OptregSearchPath, optreg_search_path_free)

#endif
