/* SPDX-License-Identifier: MIT */
/* A list of texts by key. */
#include "safetensors/metadata.h"

#include <string.h>

static void
clear_entry(gpointer data)
{
  optreg_metadata *entry = data;

  g_free((char *)entry->key);
  g_free((char *)entry->value);
}

static int
compare_keys(gconstpointer a, gconstpointer b)
{
  return strcmp(((const optreg_metadata *)a)->key, ((const optreg_metadata *)b)->key);
}

void
optreg_list_sort(GArray *list, GCompareFunc compare)
{
  const size_t size = g_array_get_element_size(list);

  for (guint i = 1; i < list->len; i++) {
    if (compare(list->data + (i - 1) * size, list->data + i * size) > 0) {
      g_array_sort(list, compare);
      return;
    }
  }
}

GArray *
optreg_metadata_new(void)
{
  GArray *metadata = g_array_new(FALSE, FALSE, sizeof(optreg_metadata));

  g_array_set_clear_func(metadata, clear_entry);
  return metadata;
}

void
optreg_metadata_add(GArray *metadata, const char *prefix, const char *name,
                    const char *value)
{
  const optreg_metadata entry = { g_strconcat(prefix, name, NULL), g_strdup(value) };

  g_array_append_val(metadata, entry);
}

void
optreg_metadata_sort(GArray *metadata)
{
  optreg_list_sort(metadata, compare_keys);
}

void
optreg_metadata_insert(GArray *metadata, const char *key, const char *value)
{
  const optreg_metadata entry = { g_strdup(key), g_strdup(value) };
  guint i = 0;

  while (i < metadata->len
         && compare_keys(&g_array_index(metadata, optreg_metadata, i), &entry) < 0) {
    i++;
  }
  g_array_insert_val(metadata, i, entry);
}

const char *
optreg_metadata_find_at(const GArray *metadata, const char *key, guint *index)
{
  const optreg_metadata wanted = { .key = key };

  return g_array_binary_search((GArray *)metadata, &wanted, compare_keys, index)
             ? g_array_index(metadata, optreg_metadata, *index).value
             : NULL;
}

const char *
optreg_metadata_find(const GArray *metadata, const char *key)
{
  guint index;

  return optreg_metadata_find_at(metadata, key, &index);
}
