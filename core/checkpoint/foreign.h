/* SPDX-License-Identifier: MIT */
/* Files that are no safetensors files, by how they begin. */
#ifndef OPTREG_CORE_CHECKPOINT_FOREIGN_H
#define OPTREG_CORE_CHECKPOINT_FOREIGN_H

#include <stddef.h>

/* How many bytes are looked at. */
#define OPTREG_FOREIGN_LENGTH 24

/* What a file is that begins with these bytes and is no safetensors file, and what to
 * do; NULL when it could be anything. */
const char *optreg_foreign_explain(const void *bytes, size_t n);

#endif
