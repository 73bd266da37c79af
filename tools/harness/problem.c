/* SPDX-License-Identifier: MIT */
/* The table of problems. */
#include "problem.h"

#include "problems.h"
#include "support/nearest.h"
#include "support/status.h"

static const ProblemClass *const problems[] = { &problem_digits_mlp, NULL };

const ProblemClass *const *
problem_list(void)
{
  return problems;
}

const ProblemClass *
problem_find(const char *name, GError **error)
{
  const char *names[G_N_ELEMENTS(problems)] = { NULL };

  for (size_t i = 0; problems[i] != NULL; i++) {
    if (name == NULL || g_str_equal(problems[i]->name, name)) {
      return problems[i];
    }
    names[i] = problems[i]->name;
  }
  g_autofree char *reason = nearest_explain("problem", name, names);
  g_set_error_literal(error, STATUS_ERROR, STATUS_USAGE, reason);
  return NULL;
}

size_t
problem_tensor_size(const ProblemTensor *tensor)
{
  size_t n = 1;

  for (uint32_t i = 0; i < tensor->ndim; i++) {
    n *= tensor->shape[i];
  }
  return n;
}

float **
problem_new_buffers(const ProblemClass *problem)
{
  float **buffers = g_new0(float *, problem->n_tensors);

  for (size_t i = 0; i < problem->n_tensors; i++) {
    buffers[i] = g_new0(float, problem_tensor_size(&problem->tensors[i]));
  }
  return buffers;
}

void
problem_free_buffers(const ProblemClass *problem, float **buffers)
{
  for (size_t i = 0; buffers != NULL && i < problem->n_tensors; i++) {
    g_free(buffers[i]);
  }
  g_free(buffers);
}
