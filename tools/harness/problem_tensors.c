/* SPDX-License-Identifier: MIT */
/* The tensors of a problem: names, dimensions, sizes. */
#include "problem_tensors.h"

#include <stdbool.h>

/* so that all bytes of a buffer can be counted */
static bool
has_size(const ProblemTensor *tensor)
{
  uint64_t bytes = sizeof(float);

  for (uint32_t i = 0; i < tensor->ndim; i++) {
    if (__builtin_mul_overflow(bytes, tensor->dims[i], &bytes)) {
      return false;
    }
  }
  return bytes <= PTRDIFF_MAX;
}

static char *
refuse_tensor(const ProblemTensor *tensor)
{
  if (tensor->ndim > PROBLEM_MOST_DIMENSIONS) {
    return g_strdup_printf("tensor '%s' has %u dimensions, at most %d are permitted",
                           tensor->name, tensor->ndim, PROBLEM_MOST_DIMENSIONS);
  }
  if (tensor->ndim > 0 && tensor->dims == NULL) {
    return g_strdup_printf("tensor '%s' has dimensions, but they are NULL",
                           tensor->name);
  }
  return has_size(tensor) ? NULL
                          : g_strdup_printf("tensor '%s' has more elements than memory",
                                            tensor->name);
}

char *
problem_tensors_refusal(const ProblemTensor *tensors, size_t n)
{
  g_autoptr(GHashTable) names = g_hash_table_new(g_str_hash, g_str_equal);

  if (n == 0 || tensors == NULL) {
    return g_strdup("has no tensors to train");
  }
  for (size_t i = 0; i < n; i++) {
    const char *name = tensors[i].name;
    if (name == NULL || name[0] == '\0' || !g_utf8_validate(name, -1, NULL)) {
      return g_strdup_printf("tensor %zu needs a name in UTF-8", i);
    }
    char *refusal = refuse_tensor(&tensors[i]);
    if (refusal != NULL) {
      return refusal;
    }
    if (!g_hash_table_add(names, (char *)name)) {
      return g_strdup_printf("there are two tensors called '%s'", name);
    }
  }
  return NULL;
}
