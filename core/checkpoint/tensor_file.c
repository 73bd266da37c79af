/* SPDX-License-Identifier: MIT */
/* Named tensors and metadata. */
#include "checkpoint/tensor_file.h"

#include "checkpoint/metadata.h"
#include "checkpoint/stored_type.h"

#include <string.h>

static void
clear_tensor(gpointer data)
{
  optreg_state_info *tensor = data;

  g_free((char *)tensor->name);
  g_free((uint64_t *)tensor->shape);
}

OptregTensorFile *
optreg_tensor_file_new(void)
{
  OptregTensorFile *file = g_new0(OptregTensorFile, 1);

  file->tensors = g_array_new(FALSE, TRUE, sizeof(optreg_state_info));
  g_array_set_clear_func(file->tensors, clear_tensor);
  file->metadata = optreg_metadata_new();
  file->by_name = g_hash_table_new(g_str_hash, g_str_equal);
  return file;
}

void
optreg_tensor_file_free(OptregTensorFile *file)
{
  if (file != NULL) {
    g_hash_table_unref(file->by_name);
    g_array_unref(file->tensors);
    g_array_unref(file->metadata);
    g_free(file->owned);
    g_free(file);
  }
}

const optreg_state_info *
optreg_tensor_file_find(const OptregTensorFile *file, const char *name)
{
  gpointer index;

  return g_hash_table_lookup_extended(file->by_name, name, NULL, &index)
             ? &g_array_index(file->tensors, optreg_state_info, GPOINTER_TO_SIZE(index))
             : NULL;
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
  const size_t left_size = optreg_stored_type_find(left->dtype)->size;
  const size_t right_size = optreg_stored_type_find(right->dtype)->size;

  return left_size != right_size ? (left_size < right_size ? 1 : -1)
                                 : strcmp(left->name, right->name);
}

void
optreg_tensor_file_sort(GArray *tensors)
{
  g_array_sort(tensors, compare_place);
}
