/* SPDX-License-Identifier: MIT */
/* Groups of parameters: who belongs to each, and its own values. */
#include "config/grouping.h"

#include "config/place.h"
#include "config/selectors.h"

#include <string.h>

typedef struct Reader {
  OptregSchemas *schemas;
  const OptregFinder *finder;
  GArray *groups; /* of OptregGrouping, so far */
} Reader;

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

/* a name that the model has already changes nothing */
static bool
is_option(const OptregSchema *schema, const OptregNode *entry)
{
  return !is_selector(entry)
         && (strcmp(entry->key, "optimizer") != 0
             || strcmp(entry->text, schema->descriptor->class.name) != 0);
}

static bool
check_entry(const Reader *reader, const OptregNode *node, const char *label,
            GError **error)
{
  const OptregSchema *schema = optreg_schemas_of_model(reader->schemas);
  size_t n_selectors = 0, n_options = 0;

  for (const OptregNode *entry = node->children; entry != NULL; entry = entry->next) {
    n_selectors += is_selector(entry);
    n_options += is_option(schema, entry);
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

/* of the group's own optimizer, or of the model's */
static const OptregSchema *
choose_schema(const Reader *reader, const OptregNode *node, GError **error)
{
  const OptregNode *name = optreg_node_get(node, "optimizer");
  const OptregDescriptor *descriptor =
      name == NULL ? NULL
                   : optreg_optimizer_key_find(name, reader->schemas->source,
                                               reader->finder, error);

  if (name == NULL) {
    return optreg_schemas_of_model(reader->schemas);
  }
  return descriptor != NULL ? optreg_schemas_get(reader->schemas, descriptor) : NULL;
}

static bool
read_entries(const OptregSchema *schema, const OptregNode *node, OptregGrouping *group,
             GError **error)
{
  return optreg_reading_add(group->readings, schema, node, OPTREG_IN_GROUP, error)
         && optreg_selectors_read(schema, node, &group->match, &group->ndims, error);
}

static bool
read_group(const Reader *reader, const OptregNode *node, const OptregReading *model,
           GError **error)
{
  GArray *groups = reader->groups;
  const OptregSchema *of_model = optreg_schemas_of_model(reader->schemas);
  const OptregGrouping empty = {
    .label = g_strdup_printf("groups[%u]", groups->len),
    .line = node->line,
    .column = node->column,
  };

  g_array_append_val(groups, empty);
  OptregGrouping *group = &g_array_index(groups, OptregGrouping, groups->len - 1);
  if (!check_kind(of_model, node, group->label, error)) {
    return false;
  }
  const OptregSchema *schema = choose_schema(reader, node, error);
  if (schema == NULL) {
    return false;
  }
  group->schema = schema;
  group->readings = schema == of_model ? optreg_reading_inherit(schema, model)
                                       : optreg_reading_lend(schema, model);
  return optreg_reading_check_keys(schema, node, OPTREG_IN_GROUP, error)
         && check_entry(reader, node, group->label, error)
         && read_entries(schema, node, group, error);
}

static bool
read_list(const Reader *reader, const OptregNode *list, const OptregReading *model,
          GError **error)
{
  if (list == NULL || optreg_node_is_null(list)) {
    return true;
  }
  if (list->kind != OPTREG_NODE_SEQUENCE) {
    return optreg_fail_at(reader->schemas->source, list->line, list->column, error,
                          "groups: expected a list of {match: PATTERN, option: value}");
  }
  for (const OptregNode *node = list->children; node != NULL; node = node->next) {
    if (!read_group(reader, node, model, error)) {
      return false;
    }
  }
  return true;
}

GArray *
optreg_grouping_read(OptregSchemas *schemas, const OptregNode *tree,
                     const OptregFinder *finder, GError **error)
{
  const OptregSchema *schema = optreg_schemas_of_model(schemas);
  g_autoptr(GArray) groups = g_array_new(false, false, sizeof(OptregGrouping));
  g_autofree OptregReading *model = optreg_reading_new(schema);
  const Reader reader = { schemas, finder, groups };

  g_array_set_clear_func(groups, clear_grouping);
  if (!optreg_reading_add(model, schema, tree, OPTREG_IN_MODEL, error)
      || !read_list(&reader, optreg_node_get(tree, "groups"), model, error)) {
    return NULL;
  }
  OptregGrouping everything = {
    .label = g_strdup("default"),
    .match = g_new0(char *, 1),
    .line = tree->line,
    .column = tree->column,
    .schema = schema,
    .readings = g_steal_pointer(&model),
  };
  g_array_append_val(groups, everything);
  return g_steal_pointer(&groups);
}
