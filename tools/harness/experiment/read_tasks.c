/* SPDX-License-Identifier: MIT */
/* Reads the problems of an experiment. */
#include "task_private.h"

#include "support/status.h"

#include <math.h>

/* keys of a problem that are not its options */
static const char *const own_keys[] = { "problem", "batch_size", "budget", "metric",
                                        NULL };

void
task_free(Task *task)
{
  if (task != NULL) {
    g_free(task->name);
    g_free(task->options);
    g_free(task);
  }
}
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Task, task_free)

/* ---- one problem ---- */

static Task *
task_new(const char *name, const ProblemClass *class)
{
  Task *task = g_new0(Task, 1);

  task->name = g_strdup(name);
  task->class = class;
  task->options = problem_default_options(class);
  task->batch_size = class->batch_size;
  task->budget = (Budget){ BUDGET_EPOCHS, class->epochs };
  task->metric = class->primary;
  task->split = (Split) class->primary_split;
  task->least_effect = task_metric(task)->minimum_effect;
  task->target = NAN;
  return task;
}

/* what the experiment, or a problem in it, says about any problem */
static bool
read_common(Task *task, const Document *document, const OptregNode *mapping,
            GError **error)
{
  uint64_t batch_size = task->batch_size;

  if (!document_get_count(document, optreg_node_get(mapping, "batch_size"),
                          EXPERIMENT_MOST_BATCH, &batch_size, error)) {
    return false;
  }
  task->batch_size = (uint32_t)batch_size;
  return task_read_budget(task, document, optreg_node_get(mapping, "budget"), error)
         && task_read_decision(task, document, optreg_node_get(mapping, "metric"),
                               error);
}

static bool
read_options(Task *task, const Document *document, const OptregNode *mapping,
             GError **error)
{
  for (const OptregNode *node = mapping->children; node != NULL; node = node->next) {
    const char *text = "";
    GError *failure = NULL;
    if (g_strv_contains(own_keys, node->key)) {
      continue;
    }
    if (!document_get_text(document, node, &text, error)) {
      return false;
    }
    if (!problem_set_option(task->class, node->key, text, task->options, &failure)) {
      document_fail_key(document, node, error, "%s", failure->message);
      g_error_free(failure);
      return false;
    }
  }
  return true;
}

/* `node` is NULL, the name of a problem, or a mapping whose key names it */
static bool
add_task(Experiment *experiment, const Document *document, const OptregNode *node,
         const ProblemSet *set, GError **error)
{
  const bool is_mapping = node != NULL && node->kind == OPTREG_NODE_MAPPING;
  const OptregNode *problem = is_mapping ? optreg_node_get(node, "problem") : node;
  const char *name = is_mapping ? node->key : NULL;
  GError *failure = NULL;

  if (!document_get_text(document, problem, &name, error)) {
    return false;
  }
  const ProblemClass *class = problem_set_find(set, name, &failure);
  if (class == NULL) {
    if (problem != NULL || node == NULL) {
      return task_locate(document, problem != NULL ? problem : document->root, failure,
                         error);
    }
    document_fail_key(document, node, error, "%s; name it with 'problem:'",
                      failure->message);
    g_error_free(failure);
    return false;
  }
  Task *task = task_new(is_mapping ? node->key : class->name, class);
  g_ptr_array_add(experiment->tasks, task);
  return read_common(task, document, document->root, error)
         && (!is_mapping
             || (read_common(task, document, node, error)
                 && read_options(task, document, node, error)));
}

static bool
add_suite(Experiment *experiment, const Document *document, const OptregNode *node,
          const ProblemSet *set, GError **error)
{
  const char *name = NULL;
  uint32_t tier = 0;
  GError *failure = NULL;

  if (!document_get_text(document, node, &name, error)) {
    return false;
  }
  if (!problem_parse_tier(name, &tier, &failure)) {
    return task_locate(document, node, failure, error);
  }
  const ProblemClass *const *classes = problem_set_classes(set);
  for (size_t i = 0; classes[i] != NULL; i++) {
    if (classes[i]->tier > 0 && classes[i]->tier <= tier) {
      Task *task = task_new(classes[i]->name, classes[i]);
      g_ptr_array_add(experiment->tasks, task);
      if (!read_common(task, document, document->root, error)) {
        return false;
      }
    }
  }
  return true;
}

static bool
add_problems(Experiment *experiment, const Document *document, const OptregNode *node,
             const ProblemSet *set, GError **error)
{
  if (node->kind == OPTREG_NODE_SCALAR) {
    return add_task(experiment, document, node, set, error);
  }
  for (const OptregNode *entry = node->children; entry != NULL; entry = entry->next) {
    if (entry->kind == OPTREG_NODE_SEQUENCE
        || (entry->key == NULL && entry->kind == OPTREG_NODE_MAPPING)) {
      return document_fail(document, entry, error,
                           "name problems in a list, or give their options as in "
                           "problems: {quadratic: {condition: 1e4}}");
    }
    /* "ill: quadratic" is short for "ill: {problem: quadratic}" */
    if (!add_task(experiment, document, entry, set, error)) {
      return false;
    }
    if (entry->key != NULL && entry->kind == OPTREG_NODE_SCALAR) {
      Task *task = g_ptr_array_index(experiment->tasks, experiment->tasks->len - 1);
      g_free(task->name);
      task->name = g_strdup(entry->key);
    }
  }
  return experiment->tasks->len > 0
         || document_fail_key(document, node, error, "there are no problems");
}

/* it becomes the name of a folder */
static bool
check_name(const Task *task, const Document *document, const OptregNode *node,
           GError **error)
{
  return g_regex_match_simple("^[A-Za-z0-9_][A-Za-z0-9._-]{0,63}$", task->name,
                              G_REGEX_DOLLAR_ENDONLY, 0)
         || document_fail(
             document, node, error,
             "'%s' cannot name a problem: use up to 64 letters, digits, '.', '_' "
             "and '-'",
             task->name);
}

static bool
check_names(const Experiment *experiment, const Document *document,
            const OptregNode *node, GError **error)
{
  for (guint i = 0; i < experiment->tasks->len; i++) {
    if (!check_name(experiment_task(experiment, i), document, node, error)) {
      return false;
    }
    for (guint k = 0; k < i; k++) {
      const char *name = experiment_task(experiment, i)->name;
      if (g_str_equal(name, experiment_task(experiment, k)->name)) {
        return document_fail(document, node, error,
                             "problem '%s' is named twice; give it another key, as in "
                             "problems: {other: {problem: %s}}",
                             name, name);
      }
    }
  }
  return true;
}

bool
tasks_read(Experiment *experiment, const Document *document, const ProblemSet *set,
           GError **error)
{
  const OptregNode *problems = optreg_node_get(document->root, "problems");
  const OptregNode *problem = optreg_node_get(document->root, "problem");
  const OptregNode *suite = optreg_node_get(document->root, "suite");
  const int n = (problems != NULL) + (problem != NULL) + (suite != NULL);

  if (n > 1) {
    return document_fail_key(document, suite != NULL ? suite : problem, error,
                             "give one of problem, problems and suite");
  }
  if (suite != NULL) {
    return add_suite(experiment, document, suite, set, error);
  }
  if (problems != NULL) {
    return add_problems(experiment, document, problems, set, error)
           && check_names(experiment, document, problems, error);
  }
  return add_task(experiment, document, problem, set, error);
}
