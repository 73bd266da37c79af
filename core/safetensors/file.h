/* SPDX-License-Identifier: MIT */
/* Replacing a file as a whole: whoever reads it sees the old bytes or the new ones.
 *
 * The bytes go into a file without a name in the same folder (where the file system has
 * none, or none that can be named: a temporary one), to the disk, under the final name,
 * and the folder to the disk. A name that is free is given at once; where a file is to
 * be replaced, the new one has a temporary name for the moment before the rename.
 * Whatever fails on the way leaves the old file as it was. What a kill leaves behind,
 * the next save in the folder removes when it is older than a minute.
 *
 * g_file_set_contents_full() wants all bytes in one block and does not flush the
 * directory. */
#ifndef OPTREG_CORE_SAFETENSORS_FILE_H
#define OPTREG_CORE_SAFETENSORS_FILE_H

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

/* OPTREG_ERROR_IO. A symbolic link is followed and stays, see below; what is no
 * regular file is refused. Only when the folder cannot be flushed is the new file in
 * place although this fails. */
bool optreg_file_replace(const OptregFileCalls *calls, const char *path,
                         const OptregPiece *pieces, size_t n_pieces, GError **error);

/* ---- where the file is put ---- */

/* The path behind all links of `path`, newly allocated, whether a file is there or not.
 * NULL and OPTREG_ERROR_IO where something else than a regular file is there (a folder,
 * a device, a named pipe, a socket), and where the links lead in a circle or nowhere
 * that can be named. Nothing is opened. */
char *optreg_destination_find(const char *path, GError **error);

/* ---- its visible temporary names: short ones of one form, each locked by the process
 * that writes it, so that what a killed process leaves behind can be told from what is
 * still being written ---- */

/* A random path in the folder, newly allocated: ".optreg-1a2b3c4d.tmp". */
char *optreg_temporary_path(const char *folder);

/* A second descriptor of the open file that holds its lock until it is closed; -1 and
 * errno when there is none. Where the file system has no locks nothing is held. */
int optreg_temporary_hold(int fd);

/* Remove the temporary files in the folder that nobody holds, that are ours, and that
 * have not been written to for a minute before the file `fd` was. What cannot be
 * removed stays. */
void optreg_temporary_sweep(const char *folder, int fd);

#endif
