/* SPDX-License-Identifier: MIT */
/* Problems that the command line names. */
#ifndef OPTREG_CLI_PROBLEM_FILES_H
#define OPTREG_CLI_PROBLEM_FILES_H

#include "harness/problem.h"

/* The option that every verb has that trains; `target` is a char **. */
#define PROBLEM_FILES_OPTION(target)                                       \
  {                                                                        \
    "problem-file", 0, 0, G_OPTION_ARG_FILENAME_ARRAY, target,             \
        "add the problems of this shared library; may be repeated", "FILE" \
  }

/* A problem by name (NULL: the default one) with its defaults, from the built-in ones
 * and those of `files` (may be NULL). */
Problem *problems_open(char *const *files, const char *name, GError **error);

#endif
