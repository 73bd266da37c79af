/* SPDX-License-Identifier: MIT */
/* The text of a scalar, by the reader of configurations. */
#include "yaml_text.h"

#include "config/node.h"

#include <string.h>

char *
yaml_text(const char *scalar)
{
  g_autofree char *yaml = g_strdup_printf("text: %s\n", scalar);
  g_autoptr(OptregNode) tree = optreg_node_parse(yaml, strlen(yaml), "scalar", NULL);
  const OptregNode *node = tree != NULL ? optreg_node_get(tree, "text") : NULL;

  return g_strdup(node != NULL && node->text != NULL ? node->text : scalar);
}
