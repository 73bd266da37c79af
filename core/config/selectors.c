/* SPDX-License-Identifier: MIT */
/* What selects the parameters of a group: patterns for names, numbers of dimensions. */
#include "config/selectors.h"

#include "config/pattern.h"
#include "config/place.h"
#include "config/settings.h"
#include "config/value.h"

#include <string.h>

typedef struct Selectors {
  GPtrArray *patterns;
  uint64_t ndims;
} Selectors;

static bool
add_pattern(const OptregSchema *schema, const OptregNode *node, GPtrArray *patterns,
            GError **error)
{
  if (node->kind != OPTREG_NODE_SCALAR || node->text[0] == '\0'
      || optreg_node_is_null(node)) {
    return optreg_fail_at(schema->source, node->line, node->column, error,
                          "match: expected a pattern such as '*/bias'");
  }
  g_autofree char *problem = optreg_pattern_problem(node->text);
  if (problem != NULL) {
    return optreg_fail_at(schema->source, node->line, node->column, error, "match: %s",
                          problem);
  }
  g_ptr_array_add(patterns, g_strdup(node->text));
  return true;
}

static bool
add_ndim(const OptregSchema *schema, const OptregNode *node, uint64_t *ndims,
         GError **error)
{
  static const optreg_hyperparameter row =
      OPTREG_INTEGER_ROW("ndim", 0, 0, OPTREG_MAX_NDIM, 0, "");
  double value = 0.0;
  const bool is_scalar = node->kind == OPTREG_NODE_SCALAR;
  g_autofree char *problem = is_scalar ? optreg_value_read(&row, node->text, &value)
                                       : g_strdup("expected a number of dimensions");

  if (problem != NULL) {
    return optreg_fail_at(schema->source, node->line, node->column, error, "ndim: %s",
                          problem);
  }
  *ndims |= UINT64_C(1) << (unsigned)value;
  return true;
}

static bool
add_selector(const OptregSchema *schema, const OptregNode *node, bool is_match,
             Selectors *selectors, GError **error)
{
  return is_match ? add_pattern(schema, node, selectors->patterns, error)
                  : add_ndim(schema, node, &selectors->ndims, error);
}

/* one value or a list of them */
static bool
read_selector(const OptregSchema *schema, const OptregNode *group, const char *key,
              Selectors *selectors, GError **error)
{
  const bool is_match = strcmp(key, "match") == 0;
  const OptregNode *value = optreg_node_get(group, key);

  if (value == NULL) {
    return true;
  }
  if (value->kind != OPTREG_NODE_SEQUENCE) {
    return add_selector(schema, value, is_match, selectors, error);
  }
  if (value->children == NULL) {
    return optreg_fail_at(schema->source, value->line, value->column, error,
                          "%s: an empty list matches nothing; write %s", key,
                          is_match ? "a pattern such as '*/bias'"
                                   : "a number of dimensions such as 1");
  }
  for (const OptregNode *node = value->children; node != NULL; node = node->next) {
    if (!add_selector(schema, node, is_match, selectors, error)) {
      return false;
    }
  }
  return true;
}

bool
optreg_selectors_read(const OptregSchema *schema, const OptregNode *group,
                      char ***match, uint64_t *ndims, GError **error)
{
  g_autoptr(GPtrArray) patterns = g_ptr_array_new_with_free_func(g_free);
  Selectors selectors = { .patterns = patterns };

  if (!read_selector(schema, group, "match", &selectors, error)
      || !read_selector(schema, group, "ndim", &selectors, error)) {
    return false;
  }
  g_ptr_array_add(patterns, NULL);
  *match = (char **)g_ptr_array_steal(patterns, NULL);
  *ndims = selectors.ndims;
  return true;
}
