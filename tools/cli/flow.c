/* SPDX-License-Identifier: MIT */
/* Options whose value is a mapping: "{schedule: linear, steps: 10}". */
#include "flow.h"

#include <string.h>

bool
flow_is_mapping(const char *text)
{
  return text[0] == '{';
}

/* to the comma or bracket that ends the entry */
static size_t
entry_length(const char *text)
{
  int depth = 0;
  size_t i = 0;

  for (; text[i] != '\0'; i++) {
    if (depth == 0 && strchr(",}", text[i]) != NULL) {
      break;
    }
    depth += strchr("[{", text[i]) != NULL;
    depth -= strchr("]}", text[i]) != NULL;
  }
  return i;
}

static void
add_entry(GHashTable *mapping, const char *entry)
{
  g_auto(GStrv) parts = g_strsplit(entry, ":", 2);

  if (parts[0] != NULL && parts[1] != NULL) {
    g_hash_table_insert(mapping, g_strdup(g_strstrip(parts[0])),
                        g_strdup(g_strstrip(parts[1])));
  }
}

GHashTable *
flow_read(const char *text)
{
  GHashTable *mapping = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);

  for (const char *p = text + 1; *p != '\0';) {
    const size_t length = entry_length(p);
    g_autofree char *entry = g_strndup(p, length);
    add_entry(mapping, entry);
    p += length + (p[length] != '\0');
  }
  return mapping;
}
