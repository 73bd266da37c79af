/* SPDX-License-Identifier: MIT */
/* Element types that safetensors knows, by their names in the file. */
#ifndef OPTREG_CORE_STORED_TYPE_H
#define OPTREG_CORE_STORED_TYPE_H

#include <stddef.h>

typedef struct OptregStoredType {
  const char *name;
  size_t size; /* bytes of one element */
} OptregStoredType;

/* NULL for an unknown name. */
const OptregStoredType *optreg_stored_type_find(const char *name);

#endif
