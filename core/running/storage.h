/* SPDX-License-Identifier: MIT */
/* How elements are stored, and their way into and out of a tile. No GLib here. */
#ifndef OPTREG_CORE_STORAGE_H
#define OPTREG_CORE_STORAGE_H

#include <stddef.h>
#include <stdint.h>

/* A storage type. Where stages compute in the same type, tiles work in place and load
 * is only used to take a copy. */
typedef struct OptregCodec {
  uint32_t dtype;
  const char *name;
  size_t size; /* bytes of one element, also its alignment */
  void (*load)(const void *stored, void *values, size_t n);
  double (*at)(const void *stored, uint64_t index);
} OptregCodec;

/* NULL for a type that cannot be stored. */
const OptregCodec *optreg_codec_find(uint32_t dtype);

#endif
