/* SPDX-License-Identifier: MIT */
/* The key `optimizer`: a name, and whose it is. */
#include "config/optimizer_key.h"

#include "config/oddity.h"
#include "config/place.h"
#include "names.h"

static bool
refuse_name(const OptregNode *node, const char *source, GError **error)
{
  g_autofree char *excerpt = optreg_quote(node->text);
  g_autofree char *lower = g_ascii_strdown(node->text, -1);

  if (optreg_name_is_valid(lower)) {
    return optreg_fail_at(source, node->line, node->column, error,
                          "optimizer: %s is not a name, did you mean '%s'?", excerpt,
                          lower);
  }
  return optreg_fail_at(
      source, node->line, node->column, error,
      "optimizer: %s is not a name; write a name of lower case letters, "
      "digits and '_', never a path",
      excerpt);
}

const char *
optreg_optimizer_key_read(const OptregNode *node, const char *source, GError **error)
{
  if (node->kind != OPTREG_NODE_SCALAR || optreg_node_is_null(node)) {
    optreg_fail_at(source, node->line, node->column, error,
                   "optimizer: expected the name of an optimizer");
    return NULL;
  }
  if (!optreg_name_is_valid(node->text)) {
    refuse_name(node, source, error);
    return NULL;
  }
  return node->text;
}

const OptregDescriptor *
optreg_optimizer_key_find(const OptregNode *node, const char *source,
                          const OptregFinder *finder, GError **error)
{
  const char *name = optreg_optimizer_key_read(node, source, error);
  const OptregDescriptor *descriptor =
      name != NULL ? finder->find(finder->context, name, error) : NULL;

  if (name != NULL && descriptor == NULL) {
    g_prefix_error(error, "%s:%u:%u: ", source, node->line, node->column);
  }
  return descriptor;
}
