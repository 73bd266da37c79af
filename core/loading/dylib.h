/* SPDX-License-Identifier: MIT */
/* Shared libraries: the only user of <dlfcn.h>. What is opened stays until the process
 * ends, because a plugin may have left thread destructors and exit handlers behind. */
#ifndef OPTREG_CORE_DYLIB_H
#define OPTREG_CORE_DYLIB_H

#include <glib.h>

/* Open the library at an absolute path and run its constructors. One that changed the
 * floating-point environment of the calling thread is refused, for as long as the
 * process lives; the environment is as before in any case. Returns NULL with
 * OPTREG_ERROR_ABI. */
void *optreg_dylib_open(const char *path, GError **error);

/* The address of a data object and its size in bytes. A function or thread-local
 * variable of that name is refused. Returns NULL with OPTREG_ERROR_ABI. */
const void *optreg_dylib_data(void *dylib, const char *symbol, gsize *size,
                              GError **error);

/* The real path of the directory that holds the file with this very code, or NULL. */
char *optreg_dylib_own_directory(void);

#endif
