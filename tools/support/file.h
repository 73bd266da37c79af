/* SPDX-License-Identifier: MIT */
/* Files as a whole, the only way in which the tools write any: regular files only, a
 * symbolic link is followed and stays. Errors name the path. */
#ifndef OPTREG_TOOLS_FILE_H
#define OPTREG_TOOLS_FILE_H

#include <glib.h>
#include <stdbool.h>

/* Make the file or replace it; it is old or new, whenever we are killed, and with
 * file_write also when the power fails. file_write_lightly is for what can be made
 * again. size -1: up to the zero. */
bool file_write(const char *path, const void *bytes, gssize size, GError **error);
bool file_write_lightly(const char *path, const void *bytes, gssize size,
                        GError **error);

/* A descriptor of the file, which is made when it is not there, for reading and
 * writing; -1 on failure. `flags` are more of those of open(). */
int file_open(const char *path, int flags, GError **error);

/* A file without a name in the folder of `path`, for reading and writing; -1 when none
 * can be made. Nothing of it is left when the last descriptor is closed. */
int file_open_nameless(const char *path);

/* What is in the file, with a zero behind it, newly allocated; NULL when there are more
 * than `most` bytes. `size` may be NULL. */
char *file_read(const char *path, gsize most, gsize *size, GError **error);

#endif
