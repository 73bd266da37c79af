/* SPDX-License-Identifier: MIT */
/* Who may change a plugin. */
#include "permissions.h"

#include "error.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* whose components are accepted, and from where on the strict rules hold */
typedef struct Trust {
  const char *directory; /* this and what is below it must be closed to others */
  OptregTier tier;
  uid_t users[4];
  size_t n_users;
} Trust;

static bool
read_status(const char *path, struct stat *status, GError **error)
{
  if (stat(path, status) != 0) {
    g_set_error(error, OPTREG_ERROR, OPTREG_ERROR_PERMISSION, "cannot look at '%s': %s",
                path, g_strerror(errno));
    return false;
  }
  return true;
}

static bool
trust_init(Trust *trust, const char *directory, OptregTier tier, GError **error)
{
  struct stat root, own;

  if (!read_status("/", &root, error) || !read_status(directory, &own, error)) {
    return false;
  }
  /* in a user namespace the system's files may belong to an id other than 0 */
  *trust = (Trust){ directory, tier, { 0, root.st_uid, geteuid(), own.st_uid }, 3 };
  trust->n_users += tier == OPTREG_TIER_NAMED;
  return true;
}

static bool
is_below(const Trust *trust, const char *path)
{
  return g_str_has_prefix(path, trust->directory);
}

/* who names a directory answers for the way to it: root may use a user's checkout */
static bool
check_owner(const Trust *trust, const char *path, const struct stat *status,
            GError **error)
{
  if (trust->tier == OPTREG_TIER_NAMED && !is_below(trust, path)) {
    return true;
  }
  for (size_t i = 0; i < trust->n_users; i++) {
    if (status->st_uid == trust->users[i]) {
      return true;
    }
  }
  g_set_error(error, OPTREG_ERROR, OPTREG_ERROR_PERMISSION,
              "'%s' belongs to user %ju, who could change what is loaded: chown %ju %s",
              path, (uintmax_t)status->st_uid, (uintmax_t)geteuid(), path);
  return false;
}

/* one like /tmp is meant to be open: not it has to change, but the plugin's place */
static bool
refuse_open_to_all(const char *path, const struct stat *status, GError **error)
{
  if (S_ISDIR(status->st_mode) && (status->st_mode & S_ISVTX) != 0) {
    g_set_error(error, OPTREG_ERROR, OPTREG_ERROR_PERMISSION,
                "'%s' may be written by everyone, who could put a plugin there: use a "
                "directory of your own, which may be in it (mkdir -m 755 %s/plugins)",
                path, path);
  } else {
    g_set_error(error, OPTREG_ERROR, OPTREG_ERROR_PERMISSION,
                "'%s' may be written by everyone: chmod o-w %s", path, path);
  }
  return false;
}

static bool
check_mode(const Trust *trust, const char *path, const struct stat *status,
           GError **error)
{
  const bool is_strict = is_below(trust, path);
  const bool is_sticky_ancestor = !is_strict && (status->st_mode & S_ISVTX) != 0;

  if ((status->st_mode & S_IWOTH) != 0 && !is_sticky_ancestor) {
    return refuse_open_to_all(path, status, error);
  }
  if ((status->st_mode & S_IWGRP) != 0 && is_strict
      && trust->tier == OPTREG_TIER_INSTALLED) {
    g_set_error(error, OPTREG_ERROR, OPTREG_ERROR_PERMISSION,
                "'%s' may be written by its group: chmod g-w %s", path, path);
    return false;
  }
  return true;
}

/* the path itself and all directories above it */
static bool
check_components(const Trust *trust, const char *path, GError **error)
{
  g_autofree char *component = g_strdup(path);

  for (;;) {
    struct stat status;
    if (!read_status(component, &status, error)
        || !check_owner(trust, component, &status, error)
        || !check_mode(trust, component, &status, error)) {
      return false;
    }
    if (strcmp(component, "/") == 0) {
      return true;
    }
    char *parent = g_path_get_dirname(component);
    g_free(component);
    component = parent;
  }
}

static char *
resolve(const char *path, GError **error)
{
  char *resolved = realpath(path, NULL);

  if (resolved == NULL) {
    g_set_error(error, OPTREG_ERROR, OPTREG_ERROR_PERMISSION, "cannot resolve '%s': %s",
                path, g_strerror(errno));
    return NULL;
  }
  char *copy = g_strdup(resolved);
  free(resolved);
  return copy;
}

static bool
check_place(const char *path, const char *directory, GError **error)
{
  g_autofree char *prefix = g_str_has_suffix(directory, "/")
                                ? g_strdup(directory)
                                : g_strconcat(directory, "/", NULL);
  if (!g_str_has_prefix(path, prefix)) {
    g_set_error(error, OPTREG_ERROR, OPTREG_ERROR_PERMISSION,
                "it is a link to '%s', outside of '%s': copy the file there", path,
                directory);
    return false;
  }
  return true;
}

static bool
check_regular(const char *path, GError **error)
{
  struct stat status;

  if (!read_status(path, &status, error)) {
    return false;
  }
  if (!S_ISREG(status.st_mode)) {
    g_set_error(error, OPTREG_ERROR, OPTREG_ERROR_PERMISSION,
                "'%s' is not a regular file: remove it", path);
    return false;
  }
  return true;
}

static char *
resolve_safely(const char *directory, const char *file, OptregTier tier, GError **error)
{
  g_autofree char *named = g_build_filename(directory, file, NULL);
  g_autofree char *real_directory = resolve(directory, error);
  g_autofree char *path = real_directory == NULL ? NULL : resolve(named, error);
  Trust trust;

  if (path == NULL || !check_place(path, real_directory, error)
      || !check_regular(path, error) || !trust_init(&trust, real_directory, tier, error)
      || !check_components(&trust, path, error)
      || !check_components(&trust, directory, error)) {
    return NULL;
  }
  return g_steal_pointer(&path);
}

char *
optreg_permissions_resolve(const char *directory, const char *file, OptregTier tier,
                           GError **error)
{
  char *path = resolve_safely(directory, file, tier, error);

  if (path == NULL) {
    g_prefix_error(error, "plugin '%s/%s': ", directory, file);
  }
  return path;
}
