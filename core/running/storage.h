/* SPDX-License-Identifier: MIT */
/* How elements are stored, and their way into and out of a tile. No GLib here. */
#ifndef OPTREG_CORE_STORAGE_H
#define OPTREG_CORE_STORAGE_H

#include <stddef.h>
#include <stdint.h>

/* A storage type. Stages compute in f32; where that is the storage type, tiles work in
 * place and load is only used to take a copy. */
typedef struct OptregCodec {
  uint32_t dtype;
  const char *name;
  size_t size; /* bytes of one element, also its alignment */
  void (*load)(const void *stored, float *values, size_t n);
  void (*store)(const float *values, void *stored, size_t n);
} OptregCodec;

/* NULL for a type that cannot be stored. */
const OptregCodec *optreg_codec_find(uint32_t dtype);

#endif
