/* SPDX-License-Identifier: MIT */
/* Where a file is put that is to be written whole: symbolic links are followed, so that
 * a link stays a link. */
#ifndef OPTREG_CORE_DESTINATION_H
#define OPTREG_CORE_DESTINATION_H

#include <glib.h>

/* The path behind all links of `path`, newly allocated, whether a file is there or not.
 * NULL and OPTREG_ERROR_IO where something else than a regular file is there (a folder,
 * a device, a named pipe, a socket), and where the links lead in a circle or nowhere
 * that can be named. Nothing is opened. */
char *optreg_destination_find(const char *path, GError **error);

#endif
