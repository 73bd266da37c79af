/* SPDX-License-Identifier: MIT */
/* The group of every tensor. */
#include "running/groups.h"

#include "config/place.h"

static bool
refuse_unused(const OptregConfig *config, const OptregGroup *group, const char *reason,
              GError **error)
{
  g_autofree char *selectors = optreg_config_show_selectors(group);

  return optreg_fail_at(config->source, group->line, group->column, error,
                        "%s: no parameter is left for '%s': %s", group->label,
                        selectors, reason);
}

static bool
refuse_unmatched(const OptregConfig *config, const OptregGroup *group,
                 const OptregTensor *example, GError **error)
{
  g_autofree char *reason = g_strdup_printf(
      "no name or number of dimensions fits; the first parameter is '%s' with ndim %u",
      example->name, example->ndim);

  return refuse_unused(config, group, reason, error);
}

static void
append_taken(GString *text, const OptregGroup *taker, const OptregTensor *tensor)
{
  g_string_append_printf(text, "%s%s takes '%s'", text->len > 0 ? ", " : "",
                         taker->label, tensor->name);
}

/* each earlier group that took something, with an example; none: nothing fits */
static char *
list_takers(const OptregConfig *config, const OptregGroup *group,
            const OptregTensor *tensors, size_t n)
{
  g_autofree bool *is_listed = g_new0(bool, config->n_groups);
  GString *text = g_string_new(NULL);

  for (size_t i = 0; i < n; i++) {
    const size_t taker = tensors[i].group;
    if (!is_listed[taker]
        && optreg_config_group_fits(group, tensors[i].name, tensors[i].ndim)) {
      append_taken(text, &config->groups[taker], &tensors[i]);
      is_listed[taker] = true;
    }
  }
  return g_string_free(text, false);
}

static bool
refuse(const OptregConfig *config, const OptregGroup *group,
       const OptregTensor *tensors, size_t n, GError **error)
{
  g_autofree char *takers = list_takers(config, group, tensors, n);

  if (takers[0] == '\0') {
    return refuse_unmatched(config, group, &tensors[0], error);
  }
  g_autofree char *reason =
      g_strdup_printf("%s; the first group that fits counts, so move this one up or "
                      "remove it",
                      takers);
  return refuse_unused(config, group, reason, error);
}

bool
optreg_groups_assign(const OptregConfig *config, OptregTensor *tensors, size_t n,
                     GError **error)
{
  g_autofree bool *is_used = g_new0(bool, config->n_groups);

  for (size_t i = 0; i < n; i++) {
    tensors[i].group = optreg_config_group_of(config, tensors[i].name, tensors[i].ndim);
    is_used[tensors[i].group] = true;
  }
  for (size_t i = 0; i + 1 < config->n_groups; i++) {
    if (!is_used[i]) {
      return refuse(config, &config->groups[i], tensors, n, error);
    }
  }
  return true;
}
