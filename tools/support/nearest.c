/* SPDX-License-Identifier: MIT */
/* A name that is not there, and what was meant. */
#include "nearest.h"

#include "config/oddity.h"
#include "names.h"

char *
nearest_explain(const char *what, const char *name, const char *const *candidates)
{
  const char *nearest = optreg_name_nearest(name, candidates);
  g_autofree char *shown = optreg_quote(name);

  if (nearest != NULL) {
    return g_strdup_printf("no %s is called %s; did you mean '%s'?", what, shown,
                           nearest);
  }
  g_autofree char *all = g_strjoinv(", ", (char **)candidates);
  return g_strdup_printf("no %s is called %s; there is: %s", what, shown, all);
}
