/* SPDX-License-Identifier: MIT */
/* Problems by name. */
#include "problem.h"

#include "problem_file.h"
#include "problems/problems.h"
#include "support/nearest.h"
#include "support/status.h"

#include <string.h>

struct ProblemSet {
  GPtrArray *classes; /* of const ProblemClass, NULL-terminated */
};

static const ProblemClass *
find(const ProblemSet *set, const char *name)
{
  for (guint i = 0; i < set->classes->len; i++) {
    const ProblemClass *class = g_ptr_array_index(set->classes, i);
    if (strcmp(class->name, name) == 0) {
      return class;
    }
  }
  return NULL;
}

static bool
add_file(ProblemSet *set, const char *path, GError **error)
{
  g_autoptr(GPtrArray) classes = problem_file_load(path, error);

  for (guint i = 0; classes != NULL && i < classes->len; i++) {
    const ProblemClass *class = g_ptr_array_index(classes, i);
    if (find(set, class->name) != NULL) {
      g_set_error(error, STATUS_ERROR, STATUS_USAGE,
                  "%s: there is a problem called '%s' already: give it another name",
                  path, class->name);
      return false;
    }
    g_ptr_array_add(set->classes, (gpointer) class);
  }
  return classes != NULL;
}

ProblemSet *
problem_set_new(char *const *files, GError **error)
{
  g_autoptr(ProblemSet) set = g_new0(ProblemSet, 1);

  set->classes = g_ptr_array_new();
  for (size_t i = 0; problems_built_in[i] != NULL; i++) {
    g_ptr_array_add(set->classes, (gpointer)problems_built_in[i]);
  }
  for (size_t i = 0; files != NULL && files[i] != NULL; i++) {
    if (!add_file(set, files[i], error)) {
      return NULL;
    }
  }
  g_ptr_array_add(set->classes, NULL);
  g_ptr_array_set_size(set->classes, (gint)set->classes->len - 1);
  return g_steal_pointer(&set);
}

void
problem_set_free(ProblemSet *set)
{
  if (set != NULL) {
    g_ptr_array_unref(set->classes);
    g_free(set);
  }
}

const ProblemClass *const *
problem_set_classes(const ProblemSet *set)
{
  return (const ProblemClass *const *)set->classes->pdata;
}

const ProblemClass *
problem_set_find(const ProblemSet *set, const char *name, GError **error)
{
  const ProblemClass *class = find(set, name != NULL ? name : problem_default);
  g_autofree const char **names = g_new0(const char *, set->classes->len + 1);

  if (class != NULL) {
    return class;
  }
  for (guint i = 0; i < set->classes->len; i++) {
    names[i] = ((const ProblemClass *)g_ptr_array_index(set->classes, i))->name;
  }
  g_autofree char *reason = nearest_explain("problem", name, names);
  g_set_error_literal(error, STATUS_ERROR, STATUS_USAGE, reason);
  return NULL;
}
