/* SPDX-License-Identifier: MIT */
/* Element types of safetensors. */
#include "checkpoint/stored_type.h"

#include <string.h>

static const OptregStoredType types[] = {
  { "F64", 8 },  { "F32", 4 },     { "F16", 2 },     { "BF16", 2 },
  { "I64", 8 },  { "I32", 4 },     { "I16", 2 },     { "I8", 1 },
  { "U64", 8 },  { "U32", 4 },     { "U16", 2 },     { "U8", 1 },
  { "BOOL", 1 }, { "F8_E4M3", 1 }, { "F8_E5M2", 1 }, { "F8_E8M0", 1 },
};

const OptregStoredType *
optreg_stored_type_find(const char *name)
{
  for (size_t i = 0; i < sizeof types / sizeof types[0]; i++) {
    if (strcmp(types[i].name, name) == 0) {
      return &types[i];
    }
  }
  return NULL;
}
