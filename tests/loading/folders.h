/* SPDX-License-Identifier: MIT */
/* Temporary folders with plugins in them. */
#ifndef OPTREG_TESTS_FOLDERS_H
#define OPTREG_TESTS_FOLDERS_H

#include "trees.h"

#include <ftw.h>
#include <glib/gstdio.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

static inline char *
fixture_path(const char *name)
{
  g_autofree char *file = g_strdup_printf("fixtures/%s.so", name);
  return built_path(file);
}

/* Beside the tests and not in /tmp, where opening libraries may be forbidden. */
static inline char *
make_folder(void)
{
  g_autofree char *pattern = built_path("loading/folder-XXXXXX");
  g_assert_nonnull(g_mkdtemp(pattern));
  char *resolved = realpath(pattern, NULL);
  char *copy = g_strdup(resolved);
  free(resolved);
  return copy;
}

static inline int
remove_one(const char *path, const struct stat *status, int type, struct FTW *state)
{
  (void)status, (void)type, (void)state;
  return remove(path);
}

static inline void
remove_folder(char *folder)
{
  nftw(folder, remove_one, 16, FTW_DEPTH | FTW_PHYS);
  g_free(folder);
}

typedef char Folder;
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Folder, remove_folder)

/* Returns its path. */
static inline char *
make_subfolder(const char *folder, const char *name)
{
  char *path = g_build_filename(folder, name, NULL);
  g_assert_cmpint(g_mkdir(path, 0755), ==, 0);
  g_assert_cmpint(chmod(path, 0755), ==, 0);
  return path;
}

static inline void
write_bytes(const char *path, const char *bytes, gsize length)
{
  g_autoptr(GError) error = NULL;
  g_file_set_contents(path, bytes, (gssize)length, &error);
  g_assert_no_error(error);
  g_assert_cmpint(chmod(path, 0755), ==, 0);
}

/* Copy a fixture into a folder under another name; returns its path. */
static inline char *
copy_fixture(const char *name, const char *folder, const char *new_name)
{
  g_autofree char *source = fixture_path(name);
  g_autofree char *file = g_strconcat(new_name, ".so", NULL);
  char *target = g_build_filename(folder, file, NULL);
  g_autofree char *bytes = NULL;
  g_autoptr(GError) error = NULL;
  gsize length = 0;

  g_file_get_contents(source, &bytes, &length, &error);
  g_assert_no_error(error);
  write_bytes(target, bytes, length);
  return target;
}

/* The same when the path is not wanted. */
static inline void
add_fixture(const char *name, const char *folder, const char *new_name)
{
  g_free(copy_fixture(name, folder, new_name));
}

static inline void
assert_contains(const char *text, const char *part)
{
  if (strstr(text, part) == NULL) {
    g_error("'%s' should be part of '%s'", part, text);
  }
}

#endif
