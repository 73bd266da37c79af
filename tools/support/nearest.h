/* SPDX-License-Identifier: MIT */
/* "did you mean" for what is typed on the command line. */
#ifndef OPTREG_TOOLS_NEAREST_H
#define OPTREG_TOOLS_NEAREST_H

#include <glib.h>

/* Why `name` is none of `candidates` (NULL-terminated), with the nearest one, or all of
 * them when none is near. `what` is "verb", "problem". */
char *nearest_explain(const char *what, const char *name,
                      const char *const *candidates);

#endif
