/* SPDX-License-Identifier: MIT */
/* A problem from its name. */
#include "problem_files.h"

Problem *
problems_open(char *const *files, const char *name, GError **error)
{
  g_autoptr(ProblemSet) set = problem_set_new(files, error);
  const ProblemClass *class = set != NULL ? problem_set_find(set, name, error) : NULL;

  return class != NULL ? problem_open(class, NULL, class->batch_size, error) : NULL;
}
