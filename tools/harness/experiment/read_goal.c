/* SPDX-License-Identifier: MIT */
/* Reads how long a problem is trained and by what it is decided. */
#include "task_private.h"

static const char *const splits[] = { "training", "validation", "test", NULL };
static const char *const units[] = { "epochs", "steps", "seconds", NULL };

const char *
split_name(Split split)
{
  return splits[split];
}

const char *
budget_unit(BudgetKind kind)
{
  return units[kind];
}

const ProblemMetric *
task_metric(const Task *task)
{
  size_t n;
  return problem_metrics(task->class, &n) + task->metric;
}

/* an error of another module, with the place */
bool
task_locate(const Document *document, const OptregNode *node, GError *failure,
            GError **error)
{
  document_fail(document, node, error, "%s", failure->message);
  g_error_free(failure);
  return false;
}

bool
task_read_budget(Task *task, const Document *document, const OptregNode *node,
                 GError **error)
{
  const OptregNode *entry = node != NULL ? node->children : NULL;
  uint64_t count = 0;

  if (node == NULL) {
    return true;
  }
  if (!document_check_keys(document, node, units, error)) {
    return false;
  }
  if (entry == NULL || entry->next != NULL) {
    return document_fail(
        document, node, error,
        "budget is one of epochs, steps and seconds, as in {epochs: 30}");
  }
  for (size_t kind = 0; units[kind] != NULL; kind++) {
    task->budget.kind = g_str_equal(units[kind], entry->key) ? (BudgetKind)kind
                                                             : task->budget.kind;
  }
  if (task->budget.kind == BUDGET_SECONDS) {
    return document_get_number(document, entry, &task->budget.amount, error)
           && (task->budget.amount > 0.0
               || document_fail(document, entry, error, "seconds must be positive"));
  }
  const uint64_t most = task->budget.kind == BUDGET_EPOCHS ? EXPERIMENT_MOST_EPOCHS
                                                           : UINT32_MAX;
  const bool is_good = document_get_count(document, entry, most, &count, error);
  task->budget.amount = (double)count;
  return is_good;
}

bool
task_read_metric(const Task *task, const Document *document, const OptregNode *name,
                 const OptregNode *split, size_t *metric, Split *place, GError **error)
{
  const char *text = NULL;
  size_t row = *place;
  GError *failure = NULL;

  if (!document_get_text(document, name, &text, error)
      || !document_get_choice(document, split, splits, &row, error)) {
    return false;
  }
  *place = (Split)row;
  return text == NULL || problem_find_metric(task->class, text, metric, &failure)
         || task_locate(document, name, failure, error);
}

bool
task_read_decision(Task *task, const Document *document, const OptregNode *node,
                   GError **error)
{
  static const char *const keys[] = { "name", "split", "minimum_effect", "target",
                                      NULL };
  const bool is_mapping = node != NULL && node->kind == OPTREG_NODE_MAPPING;
  const OptregNode *name = is_mapping ? optreg_node_get(node, "name") : node;

  if (node == NULL) {
    return true;
  }
  if (is_mapping && !document_check_keys(document, node, keys, error)) {
    return false;
  }
  const OptregNode *split = is_mapping ? optreg_node_get(node, "split") : NULL;
  if (!task_read_metric(task, document, name, split, &task->metric, &task->split,
                        error)) {
    return false;
  }
  task->least_effect = task_metric(task)->minimum_effect;
  if (!is_mapping) {
    return true;
  }
  const OptregNode *effect = optreg_node_get(node, "minimum_effect");
  return document_get_number(document, effect, &task->least_effect, error)
         && document_get_number(document, optreg_node_get(node, "target"),
                                &task->target, error)
         && (task->least_effect >= 0.0
             || document_fail(document, effect, error,
                              "minimum_effect must not be negative"));
}
