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

OptregNode *
optreg_node_edit(OptregNode *mapping, const char *key)
{
  return (OptregNode *)optreg_node_get(mapping, key);
}

OptregNode *
optreg_node_take(OptregNode *mapping, const char *key)
{
  for (OptregNode **link = &mapping->children; *link != NULL; link = &(*link)->next) {
    OptregNode *entry = *link;
    if (g_strcmp0(entry->key, key) == 0) {
      *link = g_steal_pointer(&entry->next);
      return entry;
    }
  }
  return NULL;
}

void
optreg_node_append(OptregNode *mapping, OptregNode *entries)
{
  OptregNode **link = &mapping->children;

  while (*link != NULL) {
    link = &(*link)->next;
  }
  *link = entries;
}

OptregNode *
optreg_node_new(OptregNodeKind kind, const char *key, const OptregNode *place)
{
  OptregNode *node = g_new0(OptregNode, 1);

  node->kind = kind;
  node->key = g_strdup(key);
  node->line = node->key_line = place->line;
  node->column = node->key_column = place->column;
  return node;
}

bool
optreg_node_is_null(const OptregNode *node)
{
  static const char *const words[] = { "", "~", "null", "Null", "NULL", NULL };

  return node->kind == OPTREG_NODE_SCALAR && !node->is_quoted
         && g_strv_contains(words, node->text);
}
