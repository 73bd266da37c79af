/* SPDX-License-Identifier: MIT */
/* Groups of parameters: who belongs to each, and its own values. */
#include "config/grouping.h"

#include "config/place.h"
#include "config/selectors.h"

#include <string.h>

static void
clear_grouping(void *data)
{
  OptregGrouping *grouping = data;

  g_free(grouping->label);
  g_strfreev(grouping->match);
  g_free(grouping->readings);
}

static bool
is_selector(const OptregNode *node)
{
  return strcmp(node->key, "match") == 0 || strcmp(node->key, "ndim") == 0;
}

static bool
check_kind(const OptregSchema *schema, const OptregNode *node, const char *label,
           GError **error)
{
  return node->kind == OPTREG_NODE_MAPPING
         || optreg_fail_at(schema->source, node->line, node->column, error,
                           "%s: expected {match: PATTERN, option: value}", label);
}

static bool
check_entry(const OptregSchema *schema, const OptregNode *node, const char *label,
            GError **error)
{
  size_t n_selectors = 0, n_options = 0;

  for (const OptregNode *entry = node->children; entry != NULL; entry = entry->next) {
    *(is_selector(entry) ? &n_selectors : &n_options) += 1;
  }
  if (n_selectors == 0) {
    return optreg_fail_at(schema->source, node->line, node->column, error,
                          "%s: match is missing; add a pattern such as match: "
                          "'*/bias', or a number of dimensions such as ndim: 1",
                          label);
  }
  if (n_options == 0) {
    return optreg_fail_at(
        schema->source, node->line, node->column, error,
        "%s: has no effect; add an option beside match or remove the group", label);
  }
  return true;
}

static bool
read_group(const OptregSchema *schema, const OptregNode *node,
           const OptregReading *model, GArray *groups, GError **error)
{
  const OptregGrouping empty = {
    .label = g_strdup_printf("groups[%u]", groups->len),
    .line = node->line,
    .column = node->column,
    .readings = optreg_reading_inherit(schema, model),
  };

  g_array_append_val(groups, empty);
  OptregGrouping *group = &g_array_index(groups, OptregGrouping, groups->len - 1);
  return check_kind(schema, node, group->label, error)
         && optreg_reading_check_keys(schema, node, OPTREG_IN_GROUP, error)
         && check_entry(schema, node, group->label, error)
         && optreg_reading_add(group->readings, schema, node, OPTREG_IN_GROUP, error)
         && optreg_selectors_read(schema, node, &group->match, &group->ndims, error);
}

static bool
read_list(const OptregSchema *schema, const OptregNode *list,
          const OptregReading *model, GArray *groups, GError **error)
{
  if (list == NULL || optreg_node_is_null(list)) {
    return true;
  }
  if (list->kind != OPTREG_NODE_SEQUENCE) {
    return optreg_fail_at(schema->source, list->line, list->column, error,
                          "groups: expected a list of {match: PATTERN, option: value}");
  }
  for (const OptregNode *node = list->children; node != NULL; node = node->next) {
    if (!read_group(schema, node, model, groups, error)) {
      return false;
    }
  }
  return true;
}

GArray *
optreg_grouping_read(const OptregSchema *schema, const OptregNode *tree, GError **error)
{
  g_autoptr(GArray) groups = g_array_new(false, false, sizeof(OptregGrouping));
  g_autofree OptregReading *model = optreg_reading_new(schema);

  g_array_set_clear_func(groups, clear_grouping);
  if (!optreg_reading_add(model, schema, tree, OPTREG_IN_MODEL, error)
      || !read_list(schema, optreg_node_get(tree, "groups"), model, groups, error)) {
    return NULL;
  }
  OptregGrouping everything = {
    .label = g_strdup("default"),
    .match = g_new0(char *, 1),
    .line = tree->line,
    .column = tree->column,
    .readings = g_steal_pointer(&model),
  };
  g_array_append_val(groups, everything);
  return g_steal_pointer(&groups);
}
