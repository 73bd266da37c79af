/* SPDX-License-Identifier: MIT */
/* A tree of configuration text. */
#include "config/node.h"

void
optreg_node_free(OptregNode *node)
{
  while (node != NULL) {
    OptregNode *next = node->next;
    optreg_node_free(node->children);
    g_free(node->key);
    g_free(node->text);
    g_free(node);
    node = next;
  }
}

const OptregNode *
optreg_node_get(const OptregNode *mapping, const char *key)
{
  for (const OptregNode *entry = mapping->children; entry != NULL;
       entry = entry->next) {
    if (g_strcmp0(entry->key, key) == 0) {
      return entry;
    }
  }
  return NULL;
}

bool
optreg_node_is_null(const OptregNode *node)
{
  static const char *const words[] = { "", "~", "null", "Null", "NULL", NULL };

  return node->kind == OPTREG_NODE_SCALAR && !node->is_quoted
         && g_strv_contains(words, node->text);
}
