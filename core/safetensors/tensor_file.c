/* SPDX-License-Identifier: MIT */
/* Named tensors and metadata. */
#include "safetensors/tensor_file.h"

#include "safetensors/metadata.h"

#include <string.h>

/* ---- types of elements ---- */

static const struct {
  const char *name;
  size_t size; /* bytes of one element */
} dtypes[] = {
  { "F64", 8 },  { "F32", 4 },     { "F16", 2 },     { "BF16", 2 },
  { "I64", 8 },  { "I32", 4 },     { "I16", 2 },     { "I8", 1 },
  { "U64", 8 },  { "U32", 4 },     { "U16", 2 },     { "U8", 1 },
  { "BOOL", 1 }, { "F8_E4M3", 1 }, { "F8_E5M2", 1 }, { "F8_E8M0", 1 },
};

static size_t
find_dtype(const char *name)
{
  size_t i = 0;

  while (i < G_N_ELEMENTS(dtypes) && strcmp(dtypes[i].name, name) != 0) {
    i++;
  }
  return i;
}

const char *
optreg_dtype_find(const char *name)
{
  const size_t i = find_dtype(name);

  return i < G_N_ELEMENTS(dtypes) ? dtypes[i].name : NULL;
}

size_t
optreg_dtype_size(const char *name)
{
  return dtypes[find_dtype(name)].size;
}

/* ---- files ---- */

OptregTensorFile *
optreg_tensor_file_new(size_t header_size)
{
  OptregTensorFile *file = g_new0(OptregTensorFile, 1);

  file->header_size = header_size;
  file->texts = g_malloc(header_size + 1);
  file->extents = g_array_new(FALSE, FALSE, sizeof(uint64_t));
  file->tensors = g_array_new(FALSE, FALSE, sizeof(optreg_state_info));
  file->metadata = g_array_new(FALSE, FALSE, sizeof(optreg_metadata));
  return file;
}

void
optreg_tensor_file_free(OptregTensorFile *file)
{
  if (file != NULL) {
    g_array_unref(file->metadata);
    g_array_unref(file->tensors);
    g_array_unref(file->extents);
    g_free(file->texts);
    g_free(file->owned);
    g_free(file);
  }
}

const optreg_state_info *
optreg_tensor_file_find(const OptregTensorFile *file, const char *name)
{
  for (guint i = 0; i < file->tensors->len; i++) {
    const optreg_state_info *tensor =
        &g_array_index(file->tensors, optreg_state_info, i);
    if (strcmp(tensor->name, name) == 0) {
      return tensor;
    }
  }
  return NULL;
}

const char *
optreg_tensor_file_metadata(const OptregTensorFile *file, const char *key)
{
  return optreg_metadata_find(file->metadata, key);
}

static int
compare_place(gconstpointer a, gconstpointer b)
{
  const optreg_state_info *left = a, *right = b;

  if (strcmp(left->dtype, right->dtype) == 0) {
    return strcmp(left->name, right->name);
  }
  const size_t left_size = optreg_dtype_size(left->dtype);
  const size_t right_size = optreg_dtype_size(right->dtype);
  return left_size != right_size ? (left_size < right_size ? 1 : -1)
                                 : strcmp(left->name, right->name);
}

void
optreg_append_number(GString *text, uint64_t number)
{
  char digits[20];
  size_t n = sizeof digits;

  do {
    digits[--n] = (char)('0' + number % 10);
    number /= 10;
  } while (number > 0);
  g_string_append_len(text, digits + n, (gssize)(sizeof digits - n));
}

void
optreg_tensor_file_sort(GArray *tensors)
{
  optreg_list_sort(tensors, compare_place);
}
