/* SPDX-License-Identifier: MIT */
/* Files of text, which may be anything and may never end. */
#ifndef OPTREG_CORE_TEXT_FILE_H
#define OPTREG_CORE_TEXT_FILE_H

#include <glib.h>

/* Read a file, a pipe or a device up to its end, at most `most` bytes and one more: a
 * *length above `most` says that there is more. A NUL stands behind the text. A pipe
 * that nobody writes to is empty. Returns NULL with OPTREG_ERROR_NOT_FOUND,
 * OPTREG_ERROR_IO or OPTREG_ERROR_MEMORY; the message begins with the path. */
char *optreg_text_file_read(const char *path, gsize most, gsize *length,
                            GError **error);

#endif
