/* SPDX-License-Identifier: MIT */
/* The bytes that an optimizer serializes beside its slots. */
#ifndef OPTREG_CHECK_BLOB_H
#define OPTREG_CHECK_BLOB_H

#include <glib.h>
#include <stdint.h>

typedef struct Blob {
  GByteArray *bytes;
  size_t position; /* of what is read next */
} Blob;

/* For the streams of serialize and deserialize; the context is a Blob. */
int32_t blob_put(void *context, void *data, size_t size);
int32_t blob_get(void *context, void *data, size_t size);

#endif
