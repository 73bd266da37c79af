/* SPDX-License-Identifier: MIT */
/* The optimizers that a configuration names. */
#include "support/optimizers.h"

GPtrArray *
optimizers_of(const optreg_optimizer *optimizer)
{
  GPtrArray *names = g_ptr_array_new();
  const optreg_group_info *groups = NULL;
  const size_t n = optreg_optimizer_groups(optimizer, &groups);

  for (size_t i = 0; i < n; i++) {
    char *name =
        (char *)groups[(i + n - 1) % n].optimizer; /* the default group first */
    if (!g_ptr_array_find_with_equal_func(names, name, g_str_equal, NULL)) {
      g_ptr_array_add(names, name);
    }
  }
  return names;
}
