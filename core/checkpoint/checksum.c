/* SPDX-License-Identifier: MIT */
/* CRC-32 over tensors and header. */
#include "checkpoint/checksum.h"

#include "error.h"
#include "proof.h"
#include "safetensors/metadata.h"

#include <string.h>
#include <zlib.h>

static char *
show(uLong crc)
{
  char *text = g_malloc(9);

  for (int i = 0; i < 8; i++) {
    text[i] = "0123456789abcdef"[crc >> (28 - 4 * i) & 0xf];
  }
  text[8] = '\0';
  return text;
}

char *
optreg_checksum_of_tensor(const optreg_state_info *tensor)
{
  return show(crc32_z(crc32_z(0, NULL, 0), tensor->data, (z_size_t)tensor->bytes));
}

/* many short texts, gathered because a call for each takes several times as long */
typedef struct Sum {
  uLong crc;
  size_t n;
  Bytef gathered[4096];
} Sum;

static void
flush(Sum *sum)
{
  sum->crc = crc32_z(sum->crc, sum->gathered, sum->n);
  sum->n = 0;
}

static void
add(Sum *sum, const void *bytes, size_t size)
{
  if (sum->n + size > sizeof sum->gathered) {
    flush(sum);
  }
  if (size > sizeof sum->gathered) {
    sum->crc = crc32_z(sum->crc, bytes, size);
  } else {
    memcpy(sum->gathered + sum->n, bytes, size);
    sum->n += size;
  }
}

/* with the NUL behind it, so that no two lists of texts look the same */
static void
add_text(Sum *sum, const char *text)
{
  add(sum, text, strlen(text) + 1);
}

char *
optreg_checksum_of_text(const char *text)
{
  return show(crc32_z(crc32_z(0, NULL, 0), (const Bytef *)text, strlen(text) + 1));
}

char *
optreg_checksum_of_header(const GArray *tensors, const GArray *metadata)
{
  Sum sum = { .crc = crc32_z(0, NULL, 0) };

  for (guint i = 0; i < metadata->len; i++) {
    const optreg_metadata *entry = &g_array_index(metadata, optreg_metadata, i);
    if (strcmp(entry->key, OPTREG_CHECKSUM_KEY) != 0) {
      add_text(&sum, entry->key);
      add_text(&sum, entry->value);
    }
  }
  for (guint i = 0; i < tensors->len; i++) {
    const optreg_state_info *tensor = &g_array_index(tensors, optreg_state_info, i);
    add_text(&sum, tensor->name);
    add_text(&sum, tensor->dtype);
    for (uint32_t j = 0; j < tensor->ndim; j++) {
      const uint64_t extent = GUINT64_TO_LE(tensor->shape[j]);
      add(&sum, &extent, sizeof extent);
    }
  }
  flush(&sum);
  return show(sum.crc);
}

static bool
is_of(const optreg_metadata *entry, const char *name)
{
  return g_str_has_prefix(entry->key, OPTREG_CHECKSUM_OF)
         && strcmp(entry->key + strlen(OPTREG_CHECKSUM_OF), name) == 0;
}

/* Tensors of one type and metadata are both in the order of names: the checksum wanted
 * next mostly stands behind the last one. */
static const char *
find_checksum(const OptregTensorFile *file, const char *name, guint *next)
{
  const GArray *metadata = file->metadata;

  if (*next < metadata->len
      && is_of(&g_array_index(metadata, optreg_metadata, *next), name)) {
    return g_array_index(metadata, optreg_metadata, (*next)++).value;
  }
  g_autofree char *key = g_strconcat(OPTREG_CHECKSUM_OF, name, NULL);
  const char *value = optreg_metadata_find_at(metadata, key, next);
  *next += value != NULL;
  return value;
}

static bool
is_right(const OptregTensorFile *file, const optreg_state_info *tensor, guint *next)
{
  g_autofree char *actual = optreg_checksum_of_tensor(tensor);

  return g_strcmp0(actual, find_checksum(file, tensor->name, next)) == 0;
}

static bool
check_tensors(const OptregTensorFile *file, GError **error)
{
  g_autoptr(GString) wrong = g_string_new(NULL);
  guint next = 0;

  for (guint i = 0; i < file->tensors->len; i++) {
    const optreg_state_info *tensor =
        &g_array_index(file->tensors, optreg_state_info, i);
    if (!is_right(file, tensor, &next)) {
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
