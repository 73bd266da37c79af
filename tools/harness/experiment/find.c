/* SPDX-License-Identifier: MIT */
/* Looks up arms and problems. */
#include "find_private.h"

#include "support/nearest.h"

#include <string.h>

typedef const char *(*NameOf)(const void *row);

static const char *
name_of_arm(const void *row)
{
  return arm_name(row);
}

static const char *
name_of_task(const void *row)
{
  const Task *task = row;
  return task->name;
}

/* NULL when it is found, else why not */
static char *
look_up(const GPtrArray *rows, NameOf name_of, const char *what, const char *name,
        size_t *index)
{
  g_autoptr(GPtrArray) names = g_ptr_array_new();

  for (guint i = 0; i < rows->len; i++) {
    const char *candidate = name_of(g_ptr_array_index(rows, i));
    g_ptr_array_add(names, (gpointer)candidate);
    if (g_str_equal(candidate, name)) {
      *index = i;
      return NULL;
    }
  }
  g_ptr_array_add(names, NULL);
  return nearest_explain(what, name, (const char *const *)names->pdata);
}

static bool
find(const GPtrArray *rows, NameOf name_of, const char *what, const Document *document,
     const OptregNode *node, size_t *index, GError **error)
{
  const char *name = NULL;

  if (node == NULL || !document_get_text(document, node, &name, error)) {
    return node == NULL;
  }
  g_autofree char *reason = look_up(rows, name_of, what, name, index);
  return reason == NULL || document_fail(document, node, error, "%s", reason);
}

bool
find_arm(const Experiment *experiment, const Document *document, const OptregNode *node,
         size_t *index, GError **error)
{
  return find(experiment->arms, name_of_arm, "arm", document, node, index, error);
}

bool
find_task(const Experiment *experiment, const Document *document,
          const OptregNode *node, size_t *index, GError **error)
{
  return find(experiment->tasks, name_of_task, "problem", document, node, index, error);
}

bool
find_arm_of_key(const Experiment *experiment, const Document *document,
                const OptregNode *entry, size_t *index, GError **error)
{
  g_autofree char *reason =
      look_up(experiment->arms, name_of_arm, "arm", entry->key, index);
  return reason == NULL || document_fail_key(document, entry, error, "%s", reason);
}

bool
find_arms(const Experiment *experiment, const Document *document,
          const OptregNode *node, GArray *found, GError **error)
{
  const char *pattern = NULL;
  size_t index = 0;

  if (!document_get_text(document, node, &pattern, error)) {
    return false;
  }
  if (strchr(pattern, '*') == NULL) {
    const bool is_found = find_arm(experiment, document, node, &index, error);
    const uint32_t arm = (uint32_t)index;
    g_array_append_val(found, arm);
    return is_found;
  }
  for (uint32_t i = 0; i < experiment->arms->len; i++) {
    if (g_pattern_match_simple(pattern, arm_name(experiment_arm(experiment, i)))) {
      g_array_append_val(found, i);
    }
  }
  return found->len > 0
         || document_fail(document, node, error, "no arm matches '%s'", pattern);
}
