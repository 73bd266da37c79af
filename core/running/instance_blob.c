/* SPDX-License-Identifier: MIT */
/* The opaque blob of an optimizer that slots cannot hold. */
#include "running/instance_private.h"

#define MAX_BLOB (1u << 30) /* what slots cannot hold is small */

#include <string.h>

/* what went wrong is remembered, whether the plugin passes it on or not */
typedef struct Writer {
  const optreg_host *host;
  guint8 *bytes;
  size_t size, capacity;
  int32_t status;
} Writer;

static int32_t
refuse_bytes(Writer *writer, size_t size, const char *why)
{
  char message[96];

  g_snprintf(message, sizeof message, "%s: the blob needs %" G_GUINT64_FORMAT " bytes",
             why, (uint64_t)writer->size + size);
  writer->status = writer->host->fail(writer->host->context, OPTREG_NO_MEMORY, message);
  return writer->status;
}

static bool
reserve(Writer *writer, size_t size)
{
  if (size <= writer->capacity) {
    return true;
  }
  const size_t capacity = MAX(size, 2 * writer->capacity);
  guint8 *bytes = g_try_realloc(writer->bytes, capacity);
  if (bytes == NULL) {
    return false;
  }
  writer->bytes = bytes;
  writer->capacity = capacity;
  return true;
}

static int32_t
append_bytes(void *context, void *data, size_t size)
{
  Writer *writer = context;

  if (size > MAX_BLOB - writer->size) {
    return refuse_bytes(writer, size, "more than 1 GiB");
  }
  if (!reserve(writer, writer->size + size)) {
    return refuse_bytes(writer, size, "out of memory");
  }
  if (size > 0) {
    memcpy(writer->bytes + writer->size, data, size);
  }
  writer->size += size;
  return writer->status;
}

GByteArray *
optreg_instance_serialize(const OptregInstance *instance, GError **error)
{
  const optreg_optimizer_class *class = &instance->descriptor->class;
  Writer writer = { .host = &instance->host.table };
  const optreg_stream out = { &writer, append_bytes };
  int32_t status = OPTREG_OK;

  if (class->serialize != NULL) {
    status = class->serialize(instance->self, &out);
    status = status == OPTREG_OK ? writer.status : status;
  }
  if (status != OPTREG_OK) {
    optreg_host_set_error((OptregHost *)&instance->host, class->name, "serialize",
                          status, error);
    g_free(writer.bytes);
    return NULL;
  }
  return g_byte_array_new_take(writer.bytes, writer.size);
}

typedef struct Reader {
  const char *next;
  uint64_t left;
  bool is_overdrawn;
} Reader;

static int32_t
take_bytes(void *context, void *data, size_t size)
{
  Reader *reader = context;

  if (size > reader->left) {
    reader->is_overdrawn = true;
    return OPTREG_BAD_STATE;
  }
  if (size > 0) {
    memcpy(data, reader->next, size);
  }
  reader->next += size;
  reader->left -= size;
  return OPTREG_OK;
}

static int32_t
deserialize(const OptregInstance *instance, void *self, const OptregBlob *blob)
{
  const optreg_optimizer_class *class = &instance->descriptor->class;
  Reader reader = { blob->data, blob->size, false };
  const optreg_stream in = { &reader, take_bytes };
  const int32_t status = class->deserialize != NULL
                             ? class->deserialize(self, blob->state_version, &in)
                             : OPTREG_UNSUPPORTED;

  const bool is_whole = reader.left == 0 && !reader.is_overdrawn;

  return status == OPTREG_OK && !is_whole ? OPTREG_BAD_STATE : status;
}

bool
optreg_instance_stage(OptregInstance *instance, const OptregBlob *blob, void **self,
                      GError **error)
{
  if (!optreg_instance_build_self(instance, self, error)) {
    return false;
  }
  const int32_t status = blob->data != NULL ? deserialize(instance, *self, blob)
                                            : OPTREG_OK;
  if (status != OPTREG_OK) {
    optreg_host_set_error(&instance->host, instance->descriptor->class.name,
                          "deserialize", status, error);
    optreg_instance_release_self(instance, *self);
    *self = NULL;
    return false;
  }
  return true;
}

void
optreg_instance_adopt(OptregInstance *instance, void *self)
{
  optreg_instance_release_self(instance, instance->self);
  instance->self = self;
}

void
optreg_instance_discard(OptregInstance *instance, void *self)
{
  optreg_instance_release_self(instance, self);
}
