/* SPDX-License-Identifier: MIT */
/* Which group a parameter belongs to. */
#include "config/config.h"

#include "config/pattern.h"

static bool
fits_name(char **match, const char *parameter)
{
  for (char **pattern = match; *pattern != NULL; pattern++) {
    if (optreg_pattern_fits(*pattern, parameter)) {
      return true;
    }
  }
  return match[0] == NULL;
}

bool
optreg_config_group_fits(const OptregGroup *group, const char *parameter, uint32_t ndim)
{
  const bool fits_ndim = group->ndims == 0 || (group->ndims >> ndim & 1) != 0;

  return fits_ndim && fits_name(group->match, parameter);
}

size_t
optreg_config_group_of(const OptregConfig *config, const char *parameter, uint32_t ndim)
{
  size_t i = 0;

  while (!optreg_config_group_fits(&config->groups[i], parameter, ndim)) {
    i++; /* the default group fits everything */
  }
  return i;
}

const OptregGroup *
optreg_config_group_of_option(const OptregConfig *config,
                              const optreg_option_info *option)
{
  size_t i = 0;

  while (i + 1 < config->n_groups
         && g_strcmp0(config->groups[i].label, option->group) != 0) {
    i++; /* the default group's is the model's */
  }
  return &config->groups[i];
}

static void
append_ndims(GString *text, uint64_t ndims)
{
  const char *separator = text->len > 0 ? "; ndim " : "ndim ";

  for (unsigned n = 0; ndims >> n != 0; n++) {
    if (ndims >> n & 1) {
      g_string_append_printf(text, "%s%u", separator, n);
      separator = ", ";
    }
  }
}

char *
optreg_config_show_selectors(const OptregGroup *group)
{
  g_autofree char *patterns = g_strjoinv(", ", group->match);
  GString *text = g_string_new(patterns);

  if (group->ndims != 0) {
    append_ndims(text, group->ndims);
  }
  return g_string_free(text, false);
}
