/* SPDX-License-Identifier: MIT */
/* The opaque blob of an optimizer that slots cannot hold. */
#include "running/instance_private.h"

#include <string.h>

static int32_t
append_bytes(void *context, void *data, size_t size)
{
  g_byte_array_append(context, data, (guint)size);
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
  const GByteArray *blob;
  size_t position;
} Reader;

static int32_t
take_bytes(void *context, void *data, size_t size)
{
  Reader *reader = context;

  if (size > reader->blob->len - reader->position) {
    return OPTREG_BAD_STATE;
  }
  memcpy(data, reader->blob->data + reader->position, size);
  reader->position += size;
  return OPTREG_OK;
}

bool
optreg_instance_deserialize(OptregInstance *instance, uint32_t state_version,
                            const GByteArray *blob, GError **error)
{
  const optreg_optimizer_class *class = &instance->descriptor->class;
  Reader reader = { blob, 0 };
  const optreg_stream in = { &reader, take_bytes };
  int32_t status = OPTREG_OK;

  if (class->deserialize != NULL) {
    status = class->deserialize(instance->self, state_version, &in);
  }
  if (status == OPTREG_OK && reader.position != blob->len) {
    status = OPTREG_BAD_STATE;
  }
  if (status != OPTREG_OK) {
    optreg_host_set_error(&instance->host, class->name, "deserialize", status, error);
    return false;
  }
  return true;
}
