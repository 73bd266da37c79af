/* SPDX-License-Identifier: MIT */
/* Groups of parameters: who belongs to each, and its own values. */
#include "config/grouping.h"

#include "config/place.h"

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
add_pattern(const OptregSchema *schema, const OptregNode *node, GPtrArray *patterns,
            GError **error)
{
  if (node->kind != OPTREG_NODE_SCALAR || node->text[0] == '\0'
      || optreg_node_is_null(node)) {
    return optreg_fail_at(schema->source, node->line, node->column, error,
                          "match: expected a pattern such as '*/bias'");
  }
  g_ptr_array_add(patterns, g_strdup(node->text));
  return true;
}

/* one pattern or a list of them */
static char **
read_match(const OptregSchema *schema, const OptregNode *match, GError **error)
{
  g_autoptr(GPtrArray) patterns = g_ptr_array_new_with_free_func(g_free);
  const bool is_list = match->kind == OPTREG_NODE_SEQUENCE;

  if (is_list && match->children == NULL) {
    optreg_fail_at(
        schema->source, match->line, match->column, error,
        "match: an empty list matches nothing; write a pattern such as '*/bias'");
    return NULL;
  }
  const OptregNode *node = is_list ? match->children : match;
  for (; node != NULL; node = is_list ? node->next : NULL) {
    if (!add_pattern(schema, node, patterns, error)) {
      return NULL;
    }
  }
  g_ptr_array_add(patterns, NULL);
  return (char **)g_ptr_array_steal(patterns, NULL);
}

static bool
check_entry(const OptregSchema *schema, const OptregNode *node, const char *label,
            GError **error)
{
  if (node->kind != OPTREG_NODE_MAPPING) {
    return optreg_fail_at(schema->source, node->line, node->column, error,
                          "%s: expected {match: PATTERN, option: value}", label);
  }
  if (optreg_node_get(node, "match") == NULL) {
    return optreg_fail_at(schema->source, node->line, node->column, error,
                          "%s: match is missing; add a pattern such as match: '*/bias'",
                          label);
  }
  if (node->children->next == NULL) {
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
  OptregGrouping group = {
    .label = g_strdup_printf("groups[%u]", groups->len),
    .line = node->line,
    .column = node->column,
    .readings = optreg_reading_inherit(schema, model),
  };

  g_array_append_val(groups, group);
  if (!check_entry(schema, node, group.label, error)
      || !optreg_reading_add(group.readings, schema, node, OPTREG_IN_GROUP, error)) {
    return false;
  }
  char **match = read_match(schema, optreg_node_get(node, "match"), error);
  g_array_index(groups, OptregGrouping, groups->len - 1).match = match;
  return match != NULL;
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
