/* SPDX-License-Identifier: MIT */
/* Changes to a document: what stands on line 0. */
#include "document.h"

#include "config/oddity.h"
#include "names.h"
#include "support/status.h"

#include <string.h>

static void
move_to_command_line(OptregNode *node, unsigned argument)
{
  for (; node != NULL; node = node->next) {
    node->line = node->key_line = 0;
    node->column = node->key_column = argument;
    move_to_command_line(node->children, argument);
  }
}

static void
replace(OptregNode *mapping, OptregNode *entry)
{
  OptregNode *old = optreg_node_edit(mapping, entry->key);

  if (old == NULL) {
    optreg_node_append(mapping, entry);
    return;
  }
  /* in its place: the order of arms counts */
  OptregNode *next = old->next;
  OptregNode unlinked = *old;
  *old = *entry;
  old->next = next;
  unlinked.next = NULL;
  *entry = unlinked;
  optreg_node_free(entry);
}

/* an entry "key: text" of line 0, or NULL */
static OptregNode *
make_entry(const char *key, const char *text, unsigned argument, const char *source,
           GError **error)
{
  g_autofree char *yaml = g_strdup_printf("v: %s\n", text);
  g_autoptr(OptregNode) root = document_parse(yaml, strlen(yaml), source, error);

  if (root == NULL) {
    return NULL;
  }
  OptregNode *entry = optreg_node_take(root, "v");
  g_free(entry->key);
  entry->key = g_strdup(key);
  move_to_command_line(entry, argument);
  return entry;
}

void
document_put(OptregNode *mapping, const char *key, const char *text)
{
  replace(mapping, make_entry(key, text, 0, "command line", NULL));
}

OptregNode *
document_put_mapping(OptregNode *mapping, const char *key)
{
  static const OptregNode nowhere = { 0 };
  OptregNode *entry = optreg_node_edit(mapping, key);

  if (entry == NULL) {
    entry = optreg_node_new(OPTREG_NODE_MAPPING, key, &nowhere);
    optreg_node_append(mapping, entry);
  }
  return entry;
}

/* an arm that is just the path of its configuration becomes {config: PATH} */
static void
make_mapping(OptregNode *node)
{
  if (node->kind == OPTREG_NODE_SCALAR) {
    OptregNode *config = optreg_node_new(OPTREG_NODE_SCALAR, "config", node);
    config->text = g_steal_pointer(&node->text);
    config->is_quoted = node->is_quoted;
    node->kind = OPTREG_NODE_MAPPING;
    node->children = config;
  }
}

static bool
refuse_path(const Document *document, const OptregNode *mapping, const char *argument,
            const char *part, GError **error)
{
  g_autoptr(GPtrArray) names = g_ptr_array_new();
  (void)document;

  for (const OptregNode *node = mapping->children; node != NULL; node = node->next) {
    g_ptr_array_add(names, node->key);
  }
  g_ptr_array_add(names, NULL);
  const char *nearest = optreg_name_nearest(part, (const char *const *)names->pdata);
  g_autofree char *all = g_strjoinv(", ", (char **)names->pdata);
  g_autofree char *quoted = optreg_quote(part);
  g_set_error(error, STATUS_ERROR, STATUS_USAGE, "--set %s: there is no %s%s%s%s",
              argument, quoted, nearest != NULL ? ", did you mean '" : ": there is ",
              nearest != NULL ? nearest : all, nearest != NULL ? "'?" : "");
  return false;
}

bool
document_set(Document *document, const char *argument, GError **error)
{
  const char *equals = strchr(argument, '=');

  if (equals == NULL || equals == argument) {
    g_set_error(error, STATUS_ERROR, STATUS_USAGE,
                "--set %s: write KEY=VALUE, such as arms.a.rho=0.9", argument);
    return false;
  }
  g_autofree char *path = g_strndup(argument, (gsize)(equals - argument));
  g_auto(GStrv) parts = g_strsplit(path, ".", -1);
  const guint n = g_strv_length(parts);
  OptregNode *mapping = document->root;
  for (guint i = 0; i + 1 < n; i++) {
    OptregNode *child = optreg_node_edit(mapping, parts[i]);
    /* arms and problems have to be there; the rest is made */
    if (child == NULL && (i == 1 || g_str_equal(parts[0], "arms"))) {
      return refuse_path(document, mapping, argument, parts[i], error);
    }
    mapping = child != NULL ? child : document_put_mapping(mapping, parts[i]);
    make_mapping(mapping);
  }
  g_ptr_array_add(document->set, g_strdup(argument));
  g_autofree char *source = g_strdup_printf("--set %s", argument);
  OptregNode *entry =
      make_entry(parts[n - 1], equals + 1, document->set->len, source, error);
  if (entry != NULL) {
    replace(mapping, entry);
  }
  return entry != NULL;
}
