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
  g_array_sort(metadata, compare_keys);
}

const char *
optreg_metadata_find(const GArray *metadata, const char *key)
{
  const optreg_metadata wanted = { .key = key };
  guint index;

  return g_array_binary_search((GArray *)metadata, &wanted, compare_keys, &index)
             ? g_array_index(metadata, optreg_metadata, index).value
             : NULL;
}
