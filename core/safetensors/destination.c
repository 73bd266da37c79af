/* SPDX-License-Identifier: MIT */
/* Only regular files are replaced: a rename over a device or a pipe destroys it. */
#include "safetensors/file.h"

#include "error.h"

#include <errno.h>
#include <stdbool.h>
#include <sys/stat.h>

#define MAX_LINKS 40 /* as many as the kernel follows */

static const char *
name_kind(mode_t mode)
{
  static const struct {
    mode_t kind;
    const char *name;
  } kinds[] = {
    { S_IFDIR, "a folder" }, { S_IFIFO, "a named pipe" }, { S_IFSOCK, "a socket" },
    { S_IFCHR, "a device" }, { S_IFBLK, "a device" },
  };

  for (size_t i = 0; i < G_N_ELEMENTS(kinds); i++) {
    if ((mode & S_IFMT) == kinds[i].kind) {
      return kinds[i].name;
    }
  }
  return "something else";
}

static char *
refuse(const char *path, const char *problem, GError **error)
{
  g_set_error(error, OPTREG_ERROR, OPTREG_ERROR_IO, "%s: %s; name another file", path,
              problem);
  return NULL;
}

static bool
is_link(const char *path)
{
  struct stat status;

  return lstat(path, &status) == 0 && S_ISLNK(status.st_mode);
}

static char *
refuse_kind(const char *path, mode_t mode, GError **error)
{
  g_autofree char *problem = g_strdup_printf(
      "%s %s, not a regular file", is_link(path) ? "leads to" : "is", name_kind(mode));

  return refuse(path, problem, error);
}

/* a relative link starts in its own folder */
static char *
follow(const char *path)
{
  char *place = g_strdup(path);

  for (unsigned i = 0; i < MAX_LINKS; i++) {
    g_autofree char *target = g_file_read_link(place, NULL);
    if (target == NULL) {
      break;
    }
    g_autofree char *folder = g_path_get_dirname(place);
    g_free(place);
    place = g_path_is_absolute(target) ? g_strdup(target)
                                       : g_build_filename(folder, target, NULL);
  }
  return place;
}

/* links in /proc may lead to files whose names are gone */
static bool
is_same_file(const char *path, const struct stat *expected)
{
  struct stat status;

  return stat(path, &status) == 0 && status.st_dev == expected->st_dev
         && status.st_ino == expected->st_ino;
}

char *
optreg_destination_find(const char *path, GError **error)
{
  struct stat status;
  const bool is_there = stat(path, &status) == 0;

  if (path[0] == '\0') {
    return refuse("''", "an empty name", error);
  }
  if (!is_there && errno != ENOENT) {
    return refuse(path, g_strerror(errno), error);
  }
  if (is_there && !S_ISREG(status.st_mode)) {
    return refuse_kind(path, status.st_mode, error);
  }
  g_autofree char *place = follow(path);
  if (is_there && !is_same_file(place, &status)) {
    return refuse(path, "leads to a file without a name", error);
  }
  return g_steal_pointer(&place);
}
