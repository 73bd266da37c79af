/* SPDX-License-Identifier: MIT */
/* CRC-32 over tensors and header. */
#include "checkpoint/checksum.h"

#include "error.h"
#include "proof.h"

#include <string.h>
#include <zlib.h>

static char *
show(uLong crc)
{
  return g_strdup_printf("%08lx", (unsigned long)crc);
}

char *
optreg_checksum_of_tensor(const optreg_state_info *tensor)
{
  return show(crc32_z(crc32_z(0, NULL, 0), tensor->data, (z_size_t)tensor->bytes));
}

/* with the NUL behind it, so that no two lists of texts look the same */
static uLong
add_text(uLong crc, const char *text)
{
  return crc32_z(crc, (const Bytef *)text, strlen(text) + 1);
}

char *
optreg_checksum_of_text(const char *text)
{
  return show(add_text(crc32_z(0, NULL, 0), text));
}

char *
optreg_checksum_of_header(const GArray *tensors, const GArray *metadata)
{
  uLong crc = crc32_z(0, NULL, 0);

  for (guint i = 0; i < metadata->len; i++) {
    const optreg_metadata *entry = &g_array_index(metadata, optreg_metadata, i);
    if (strcmp(entry->key, OPTREG_CHECKSUM_KEY) != 0) {
      crc = add_text(add_text(crc, entry->key), entry->value);
    }
  }
  for (guint i = 0; i < tensors->len; i++) {
    const optreg_state_info *tensor = &g_array_index(tensors, optreg_state_info, i);
    crc = add_text(add_text(crc, tensor->name), tensor->dtype);
    for (uint32_t j = 0; j < tensor->ndim; j++) {
      const uint64_t extent = GUINT64_TO_LE(tensor->shape[j]);
      crc = crc32_z(crc, (const Bytef *)&extent, sizeof extent);
    }
  }
  return show(crc);
}

static bool
is_right(const OptregTensorFile *file, const optreg_state_info *tensor)
{
  g_autofree char *key = g_strconcat(OPTREG_CHECKSUM_OF, tensor->name, NULL);
  g_autofree char *actual = optreg_checksum_of_tensor(tensor);

  return g_strcmp0(actual, optreg_tensor_file_metadata(file, key)) == 0;
}

static bool
check_tensors(const OptregTensorFile *file, GError **error)
{
  g_autoptr(GString) wrong = g_string_new(NULL);

  for (guint i = 0; i < file->tensors->len; i++) {
    const optreg_state_info *tensor =
        &g_array_index(file->tensors, optreg_state_info, i);
    if (!is_right(file, tensor)) {
      g_string_append_printf(wrong, "%s'%s'", wrong->len > 0 ? ", " : "", tensor->name);
    }
  }
  if (wrong->len > 0) {
    g_set_error(error, OPTREG_ERROR, OPTREG_ERROR_DAMAGED,
                "damaged: the checksum of %s is wrong", wrong->str);
    return false;
  }
  return true;
}

bool
optreg_checksum_verify(const OptregTensorFile *file, GError **error)
{
  if (!optreg_memory_prove(
          optreg_memory_of_entries(file->tensors->len, file->header_size),
          "the list of checksums", error)) {
    return false;
  }
  g_autofree char *header = optreg_checksum_of_header(file->tensors, file->metadata);

  if (g_strcmp0(header, optreg_tensor_file_metadata(file, OPTREG_CHECKSUM_KEY)) != 0) {
    g_set_error(error, OPTREG_ERROR, OPTREG_ERROR_DAMAGED,
                "damaged: the checksum of the header is wrong");
    return false;
  }
  return check_tensors(file, error);
}
