/* SPDX-License-Identifier: MIT */
/* Where the command line finds plugins. */
#ifndef OPTREG_CLI_PLUGINS_H
#define OPTREG_CLI_PLUGINS_H

#include "support/status.h"

/* The option that every verb has that opens plugins; `target` is a char **. */
#define PLUGINS_OPTION(target)                                  \
  {                                                             \
    "plugin-dir", 'P', 0, G_OPTION_ARG_FILENAME_ARRAY, target,  \
        "look for plugins in DIR first; may be repeated", "DIR" \
  }

/* A registry of `directories` (may be NULL) in order, then of the build tree that the
 * executable lies in, if it lies in one, then of the usual places. */
optreg_registry *plugins_open(char *const *directories, GError **error);

/* The build folder of a program that is not installed, else NULL; to be freed with
 * g_free(). */
char *plugins_build_tree(void);

#endif
