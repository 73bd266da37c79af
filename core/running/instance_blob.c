/* SPDX-License-Identifier: MIT */
/* The opaque blob of an optimizer that slots cannot hold. */
#include "running/instance_private.h"

#define MAX_BLOB (1u << 30) /* what slots cannot hold is small */

#include <string.h>

static int32_t
append_bytes(void *context, void *data, size_t size)
{
  GByteArray *blob = context;

  if (size > MAX_BLOB - blob->len) {
    return OPTREG_NO_MEMORY;
  }
  g_byte_array_append(blob, data, (guint)size);
  return OPTREG_OK;
}

GByteArray *
optreg_instance_serialize(const OptregInstance *instance, GError **error)
{
  const optreg_optimizer_class *class = &instance->descriptor->class;
  g_autoptr(GByteArray) blob = g_byte_array_new();
  const optreg_stream out = { blob, append_bytes };

  if (class->serialize != NULL) {
    const int32_t status = class->serialize(instance->self, &out);
    if (status != OPTREG_OK) {
      optreg_host_set_error((OptregHost *)&instance->host, class->name, "serialize",
                            status, error);
      return NULL;
    }
  }
  return g_steal_pointer(&blob);
}

typedef struct Reader {
  const char *next;
  uint64_t left;
} Reader;

static int32_t
take_bytes(void *context, void *data, size_t size)
{
  Reader *reader = context;

  if (size > reader->left) {
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
deserialize(const OptregInstance *instance, void *self, const void *blob, uint64_t size)
{
  const optreg_optimizer_class *class = &instance->descriptor->class;
  Reader reader = { blob, size };
  const optreg_stream in = { &reader, take_bytes };
  const int32_t status = class->deserialize != NULL
                             ? class->deserialize(self, class->state_version, &in)
                             : OPTREG_UNSUPPORTED;

  return status == OPTREG_OK && reader.left > 0 ? OPTREG_BAD_STATE : status;
}

bool
optreg_instance_stage(OptregInstance *instance, const void *blob, uint64_t size,
                      void **self, GError **error)
{
  if (!optreg_instance_build_self(instance, self, error)) {
    return false;
  }
  const int32_t status = blob != NULL ? deserialize(instance, *self, blob, size)
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
