/* SPDX-License-Identifier: MIT */
/* The nearest name by edit distance. */
#include "nearest.h"

#include <string.h>

/* Levenshtein, one row at a time */
static size_t
edit_distance(const char *a, const char *b)
{
  const size_t n = strlen(b);
  g_autofree size_t *row = g_new(size_t, n + 1);

  for (size_t j = 0; j <= n; j++) {
    row[j] = j;
  }
  for (size_t i = 0; a[i] != '\0'; i++) {
    size_t diagonal = row[0];
    row[0] = i + 1;
    for (size_t j = 0; j < n; j++) {
      const size_t replaced = diagonal + (a[i] != b[j]);
      diagonal = row[j + 1];
      row[j + 1] = MIN(replaced, MIN(row[j], diagonal) + 1);
    }
  }
  return row[n];
}

static const char *
find_nearest(const char *name, const char *const *candidates)
{
  const char *nearest = NULL;
  size_t best = MAX(strlen(name) / 3, 1) + 1;

  for (size_t i = 0; candidates[i] != NULL; i++) {
    const size_t distance = edit_distance(name, candidates[i]);
    if (distance < best) {
      best = distance;
      nearest = candidates[i];
    }
  }
  return nearest;
}

char *
nearest_explain(const char *what, const char *name, const char *const *candidates)
{
  const char *nearest = find_nearest(name, candidates);

  if (nearest != NULL) {
    return g_strdup_printf("no %s is called '%s'; did you mean '%s'?", what, name,
                           nearest);
  }
  g_autofree char *all = g_strjoinv(", ", (char **)candidates);
  return g_strdup_printf("no %s is called '%s'; there is: %s", what, name, all);
}
