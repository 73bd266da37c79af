/* SPDX-License-Identifier: MIT */
/* A folder of its own for each test. */
#ifndef OPTREG_TESTS_CHECKPOINT_FOLDER_H
#define OPTREG_TESTS_CHECKPOINT_FOLDER_H

#include <fcntl.h>
#include <glib.h>
#include <glib/gstdio.h>
#include <stdbool.h>
#include <unistd.h>

typedef struct Folder {
  char *directory, *path;
} Folder;

static inline void
folder_set_up(Folder *folder, gconstpointer data)
{
  (void)data;
  folder->directory = g_dir_make_tmp("optreg-XXXXXX", NULL);
  folder->path = g_build_filename(folder->directory, "state.safetensors", NULL);
}

static inline size_t
count_files(const char *directory)
{
  g_autoptr(GDir) dir = g_dir_open(directory, 0, NULL);
  size_t n = 0;

  while (g_dir_read_name(dir) != NULL) {
    n++;
  }
  return n;
}

/* some file systems have no files without a name; a kill leaves a named one behind
 * there */
static inline bool
has_unnamed_files(const char *directory)
{
  const int fd = open(directory, O_TMPFILE | O_WRONLY, 0600);

  return fd >= 0 && close(fd) == 0;
}

static inline void
remove_files(const char *directory)
{
  g_autoptr(GDir) dir = g_dir_open(directory, 0, NULL);

  for (const char *name = g_dir_read_name(dir); name != NULL;
       name = g_dir_read_name(dir)) {
    g_autofree char *path = g_build_filename(directory, name, NULL);
    g_unlink(path);
  }
}

static inline void
folder_tear_down(Folder *folder, gconstpointer data)
{
  (void)data;
  remove_files(folder->directory);
  g_assert_cmpint(g_rmdir(folder->directory), ==, 0);
  g_free(folder->directory);
  g_free(folder->path);
}

static inline GBytes *
read_bytes(const char *path)
{
  char *bytes;
  gsize size;

  g_assert_true(g_file_get_contents(path, &bytes, &size, NULL));
  return g_bytes_new_take(bytes, size);
}

#endif
