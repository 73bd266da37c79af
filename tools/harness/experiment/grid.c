/* SPDX-License-Identifier: MIT */
/* Grids: an arm for every choice of values. */
#include "arm_private.h"

#include <string.h>

enum { MOST_ARMS = 1000 };

static Arm *
copy_arm(const Arm *arm)
{
  Arm *copy = arm_new(arm->name, arm->source);

  copy->config = arm->config;
  copy->copy = g_strdup(arm->copy);
  g_array_append_vals(copy->overrides, arm->overrides->data, arm->overrides->len);
  for (guint i = 0; i < arm->space->len; i++) {
    Range range = g_array_index(arm->space, Range, i);
    range.key = g_strdup(range.key);
    g_array_append_val(copy->space, range);
  }
  return copy;
}

/* an item of a list as an entry of a mapping, owned by the experiment */
static const OptregNode *
make_choice(Experiment *experiment, const OptregNode *list, const OptregNode *item)
{
  Document *owner = document_new();
  OptregNode *entry = optreg_node_new(OPTREG_NODE_SCALAR, list->key, item);

  entry->key_line = list->key_line;
  entry->key_column = list->key_column;
  entry->text = g_strdup(item->text);
  entry->is_quoted = item->is_quoted;
  optreg_node_append(owner->root, entry);
  g_ptr_array_add(experiment->documents, owner);
  return entry;
}

static bool
check_list(const Document *document, const OptregNode *list, GError **error)
{
  if (!document_is_kind(document, list, OPTREG_NODE_SEQUENCE, error)) {
    return false;
  }
  for (const OptregNode *item = list->children; item != NULL; item = item->next) {
    const char *text;
    if (!document_get_text(document, item, &text, error)) {
      return false;
    }
  }
  return list->children != NULL
         || document_fail(document, list, error, "the list of %s is empty", list->key);
}

/* every arm so far with every item of the list */
static GPtrArray *
expand(Experiment *experiment, GPtrArray *arms, const Document *document,
       const OptregNode *list)
{
  GPtrArray *expanded = g_ptr_array_new_with_free_func((GDestroyNotify)arm_free);

  for (guint i = 0; i < arms->len; i++) {
    for (const OptregNode *item = list->children; item != NULL; item = item->next) {
      Arm *arm = copy_arm(g_ptr_array_index(arms, i));
      const Override override = { document, make_choice(experiment, list, item) };
      g_array_append_val(arm->overrides, override);
      char *name = g_strdup_printf("%s%s%s=%s", arm->name,
                                   strchr(arm->name, '[') != NULL ? "," : "[",
                                   list->key, item->text);
      g_free(arm->name);
      arm->name = g_strdelimit(name, "/ ", '_');
      g_ptr_array_add(expanded, arm);
    }
  }
  g_ptr_array_unref(arms);
  return expanded;
}

bool
grid_expand(Experiment *experiment, const Document *document, Arm *arm,
            const OptregNode *grid, GError **error)
{
  g_autoptr(GPtrArray) arms = g_ptr_array_new_with_free_func((GDestroyNotify)arm_free);

  g_ptr_array_add(arms, arm);
  if (!document_is_kind(document, grid, OPTREG_NODE_MAPPING, error)) {
    return false;
  }
  for (const OptregNode *list = grid->children; list != NULL; list = list->next) {
    if (!check_list(document, list, error)) {
      return false;
    }
    arms = expand(experiment, arms, document, list);
    if (arms->len > MOST_ARMS) {
      return document_fail_key(document, grid, error, "the grid has more than %d arms",
                               MOST_ARMS);
    }
  }
  while (arms->len > 0) {
    Arm *expanded = g_ptr_array_steal_index(arms, 0);
    char *closed = g_strconcat(expanded->name, "]", NULL);
    g_free(expanded->name);
    expanded->name = closed;
    if (!experiment_add_arm(experiment, document, grid, expanded, error)) {
      return false;
    }
  }
  return true;
}
