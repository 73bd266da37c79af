/* SPDX-License-Identifier: MIT */
/* Arms: the configurations that are compared, each under a name. */
#ifndef OPTREG_HARNESS_ARM_H
#define OPTREG_HARNESS_ARM_H

#include <glib.h>

typedef struct Arm {
  char *name;   /* letters, digits, '.', '_', '-': it becomes a file name */
  char *config; /* path as it was given */
} Arm;

/* Arms from the command line: FILE, named by its stem, or NAME=FILE. Frees its
 * elements. Names that are no file names and names given twice are errors. */
GPtrArray *arm_parse_all(char *const *arguments, GError **error);

#endif
