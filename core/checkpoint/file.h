/* SPDX-License-Identifier: MIT */
/* Replacing a file as a whole: whoever reads it sees the old bytes or the new ones.
 *
 * The bytes go into a file without a name in the same directory (where the file system
 * has none, or none that can be named: a temporary name), to the disk, under the final
 * name, and the directory to the disk. Whatever fails on the way leaves the old file as
 * it was; a process that is killed leaves nothing else behind, but for the moment
 * between naming and renaming.
 *
 * g_file_set_contents_full() wants all bytes in one block and does not flush the
 * directory. */
#ifndef OPTREG_CORE_FILE_H
#define OPTREG_CORE_FILE_H

#include <fcntl.h>
#include <glib.h>
#include <stdbool.h>
#include <sys/types.h>

/* What the writing does to the world; each as the system call of that name. Tests put
 * failures here. */
typedef struct OptregFileCalls {
  int (*open)(const char *path, int flags, mode_t mode);
  ssize_t (*write)(int fd, const void *bytes, size_t size);
  int (*fsync)(int fd);
  int (*link_open)(int fd, const char *path); /* give an unnamed file a name */
  int (*rename)(const char *from, const char *to);
  int (*unlink)(const char *path);
  int (*close)(int fd);
} OptregFileCalls;

extern const OptregFileCalls optreg_file_system;

typedef struct OptregPiece {
  const void *bytes;
  size_t size;
} OptregPiece;

/* OPTREG_ERROR_IO. A symbolic link is replaced, not followed. Only when the directory
 * cannot be flushed is the new file in place although this fails. */
bool optreg_file_replace(const OptregFileCalls *calls, const char *path,
                         const OptregPiece *pieces, size_t n_pieces, GError **error);

#endif
