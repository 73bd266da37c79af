/* SPDX-License-Identifier: MIT */
/* FILE and NAME=FILE. */
#include "arm.h"

#include "support/status.h"

#include <stdbool.h>
#include <string.h>

static void
arm_free(void *data)
{
  Arm *arm = data;

  g_free(arm->name);
  g_free(arm->config);
  g_free(arm);
}

static bool
is_file_name(const char *name)
{
  return g_regex_match_simple("^[A-Za-z0-9_][A-Za-z0-9._-]{0,63}$", name,
                              G_REGEX_DOLLAR_ENDONLY, 0);
}

/* file name without its last suffix */
static char *
file_stem(const char *path)
{
  char *stem = g_path_get_basename(path);
  char *dot = strrchr(stem, '.');

  if (dot != NULL && dot != stem) {
    *dot = '\0';
  }
  return stem;
}

static Arm *
arm_parse(const char *argument)
{
  const char *equals = strchr(argument, '=');
  const char *slash = strchr(argument, '/');
  Arm *arm = g_new0(Arm, 1);

  /* an '=' behind a '/' belongs to a path */
  if (equals != NULL && (slash == NULL || equals < slash)) {
    arm->name = g_strndup(argument, (gsize)(equals - argument));
    arm->config = g_strdup(equals + 1);
  } else {
    arm->name = file_stem(argument);
    arm->config = g_strdup(argument);
  }
  return arm;
}

static bool
check_name(const Arm *arm, const GPtrArray *others, GError **error)
{
  if (!is_file_name(arm->name)) {
    g_set_error(error, STATUS_ERROR, STATUS_USAGE,
                "'%s' cannot name an arm: use letters, digits, '.', '_' and '-', as in "
                "NAME=%s",
                arm->name, arm->config);
    return false;
  }
  for (guint i = 0; i < others->len; i++) {
    const Arm *other = g_ptr_array_index(others, i);
    if (g_str_equal(other->name, arm->name)) {
      g_set_error(
          error, STATUS_ERROR, STATUS_USAGE,
          "two arms are called '%s': %s and %s; name one of them, as in NAME=%s",
          arm->name, other->config, arm->config, arm->config);
      return false;
    }
  }
  return true;
}

GPtrArray *
arm_parse_all(char *const *arguments, GError **error)
{
  g_autoptr(GPtrArray) arms = g_ptr_array_new_with_free_func(arm_free);

  for (size_t i = 0; arguments != NULL && arguments[i] != NULL; i++) {
    Arm *arm = arm_parse(arguments[i]);
    const bool is_good = check_name(arm, arms, error);
    g_ptr_array_add(arms, arm);
    if (!is_good) {
      return NULL;
    }
  }
  return g_steal_pointer(&arms);
}
