/* SPDX-License-Identifier: MIT */
/* Reads `expect`: claims about means. */
#include "expect_private.h"

#include "find_private.h"
#include "task_private.h"

#include <math.h>

static void
expectation_clear(void *data)
{
  Expectation *row = data;

  g_free(row->subject);
  g_free(row->place);
  g_array_unref(row->arms);
}

GArray *
expectations_new(void)
{
  GArray *rows = g_array_new(FALSE, FALSE, sizeof(Expectation));

  g_array_set_clear_func(rows, expectation_clear);
  return rows;
}

/* ---- what is claimed ---- */

static bool
read_tolerance(Expectation *row, const Document *document, const OptregNode *node,
               GError **error)
{
  static const char *const names[] = { "absolute", "relative", "deviations", NULL };
  double *const values[] = { &row->tolerance.absolute, &row->tolerance.relative,
                             &row->tolerance.deviations };

  row->has_tolerance = node != NULL;
  if (node == NULL) {
    return true;
  }
  if (node->kind == OPTREG_NODE_SCALAR) {
    return document_get_number(document, node, &row->tolerance.absolute, error)
           && (row->tolerance.absolute >= 0.0
               || document_fail(document, node, error,
                                "tolerance must not be negative"));
  }
  if (!document_check_keys(document, node, names, error)) {
    return false;
  }
  for (size_t i = 0; names[i] != NULL; i++) {
    const OptregNode *entry = optreg_node_get(node, names[i]);
    if (!document_get_number(document, entry, values[i], error)) {
      return false;
    }
    if (*values[i] < 0.0) {
      return document_fail(document, entry, error, "%s must not be negative", names[i]);
    }
  }
  return node->children != NULL
         || document_fail(document, node, error,
                          "tolerance needs one of absolute, relative and deviations");
}

static bool
read_limits(Expectation *row, const Document *document, const OptregNode *node,
            GError **error)
{
  const OptregNode *least = optreg_node_get(node, "at_least");

  row->least = -INFINITY;
  row->most = INFINITY;
  return document_get_number(document, least, &row->least, error)
         && document_get_number(document, optreg_node_get(node, "at_most"), &row->most,
                                error)
         && (row->least <= row->most
             || document_fail(document, least, error,
                              "at_least is above at_most, which nothing can meet"));
}

static bool
read_claim(Expectation *row, const Experiment *experiment, const Document *document,
           const OptregNode *node, GError **error)
{
  const OptregNode *like = optreg_node_get(node, "like");
  size_t arm = EXPECT_NO_ARM;

  row->value = NAN;
  if (!document_get_number(document, optreg_node_get(node, "value"), &row->value, error)
      || !find_arm(experiment, document, like, &arm, error)
      || !read_tolerance(row, document, optreg_node_get(node, "tolerance"), error)
      || !read_limits(row, document, node, error)) {
    return false;
  }
  row->like = (uint32_t)arm;
  return like == NULL || isnan(row->value)
         || document_fail(document, like, error, "give value or like, not both");
}

static bool
read_measure(Expectation *row, const Experiment *experiment, const Document *document,
             const OptregNode *node, GError **error)
{
  if (!find_task(experiment, document, optreg_node_get(node, "problem"), &row->task,
                 error)) {
    return false;
  }
  const Task *task = experiment_task(experiment, row->task);
  row->metric = task->metric;
  row->split = task->split;
  return task_read_metric(task, document, optreg_node_get(node, "metric"),
                          optreg_node_get(node, "split"), &row->metric, &row->split,
                          error);
}

/* ---- whether it makes sense ---- */

static bool
check_value(const Expectation *row, const Document *document, const OptregNode *node,
            GError **error)
{
  const bool has_like = row->like != EXPECT_NO_ARM;
  const bool has_value = has_like || !isnan(row->value);

  if (row->has_tolerance && !has_value) {
    return document_fail(document, node, error,
                         "a tolerance belongs to a value; add 'value' or 'like'");
  }
  if (has_value && row->kind == EXPECT_MEANS && row->arms->len > 1) {
    return document_fail(document, node, error,
                         "a value is for one arm, and %u match '%s'; give at_least or "
                         "at_most",
                         row->arms->len, row->subject);
  }
  if (row->tolerance.deviations > 0.0 && (has_like || row->kind == EXPECT_SPREAD)) {
    return document_fail(document, node, error,
                         "deviations are of one arm's seeds and go with 'arm' and "
                         "'value'; give absolute or relative");
  }
  return row->has_tolerance || isfinite(row->least) || isfinite(row->most)
         || document_fail(document, node, error,
                          "an expectation needs a value with its tolerance, or "
                          "at_least or at_most");
}

static bool
check_spread(const Expectation *row, const Document *document, const OptregNode *node,
             GError **error)
{
  if (row->kind != EXPECT_SPREAD) {
    return true;
  }
  if (row->like != EXPECT_NO_ARM) {
    return document_fail(document, node, error,
                         "'like' is for an arm, a spread is a number; give at_least "
                         "or at_most");
  }
  return row->arms->len > 1
         || document_fail(document, node, error,
                          "a spread is between arms, and '%s' is only one; write a "
                          "pattern, as in \"%s*\"",
                          row->subject, row->subject);
}

/* ---- rows ---- */

/* takes what the row owns */
static bool
add_row(Experiment *experiment, Expectation row, const Document *document,
        const OptregNode *node, GError **error)
{
  row.place = document_place(document, node->key_line > 0 ? node->key_line : node->line,
                             node->key_line > 0 ? node->key_column : node->column);
  g_array_append_val(experiment->expectations, row);
  return check_spread(&row, document, node, error)
         && check_value(&row, document, node, error);
}

static Expectation
copy_row(const Expectation *row, const char *subject)
{
  Expectation copy = *row;

  copy.subject = g_strdup(subject);
  copy.arms = g_array_new(FALSE, FALSE, sizeof(uint32_t));
  return copy;
}

static bool
add_about_arms(Experiment *experiment, const Expectation *claim,
               const Document *document, const OptregNode *node,
               const OptregNode *subject, GError **error)
{
  Expectation row = copy_row(claim, subject->text);

  if (!find_arms(experiment, document, subject, row.arms, error)) {
    expectation_clear(&row);
    return false;
  }
  return add_row(experiment, row, document, node, error);
}

/* an arm and its value in each entry */
static bool
add_values(Experiment *experiment, const Expectation *claim, const Document *document,
           const OptregNode *values, GError **error)
{
  if (!isnan(claim->value) || claim->like != EXPECT_NO_ARM) {
    return document_fail_key(document, values, error,
                             "values has one for each arm; remove 'value' or 'like'");
  }
  if (!document_is_kind(document, values, OPTREG_NODE_MAPPING, error)) {
    return false;
  }
  for (const OptregNode *entry = values->children; entry != NULL; entry = entry->next) {
    Expectation row = copy_row(claim, entry->key);
    size_t index = 0;
    if (!find_arm_of_key(experiment, document, entry, &index, error)
        || !document_get_number(document, entry, &row.value, error)) {
      expectation_clear(&row);
      return false;
    }
    const uint32_t arm = (uint32_t)index;
    g_array_append_val(row.arms, arm);
    if (!add_row(experiment, row, document, entry, error)) {
      return false;
    }
  }
  return true;
}

static bool
read_row(Experiment *experiment, const Document *document, const OptregNode *node,
         GError **error)
{
  static const char *const names[] = { "arm",       "spread",   "values",  "problem",
                                       "metric",    "split",    "value",   "like",
                                       "tolerance", "at_least", "at_most", NULL };
  Expectation row = { 0 };

  if (!document_check_keys(document, node, names, error)) {
    return false;
  }
  const OptregNode *arm = optreg_node_get(node, "arm");
  const OptregNode *spread = optreg_node_get(node, "spread");
  const OptregNode *values = optreg_node_get(node, "values");
  if ((arm != NULL) + (spread != NULL) + (values != NULL) != 1) {
    return document_fail(document, node, error,
                         "an expectation is about one of arm, spread and values");
  }
  row.kind = spread != NULL ? EXPECT_SPREAD : EXPECT_MEANS;
  if (!read_measure(&row, experiment, document, node, error)
      || !read_claim(&row, experiment, document, node, error)) {
    return false;
  }
  return values != NULL ? add_values(experiment, &row, document, values, error)
                        : add_about_arms(experiment, &row, document, node,
                                         arm != NULL ? arm : spread, error);
}

bool
expectations_read(Experiment *experiment, const Document *document,
                  const OptregNode *list, GError **error)
{
  if (list == NULL) {
    return true;
  }
  if (!document_is_kind(document, list, OPTREG_NODE_SEQUENCE, error)) {
    return false;
  }
  for (const OptregNode *node = list->children; node != NULL; node = node->next) {
    if (!read_row(experiment, document, node, error)) {
      return false;
    }
  }
  return true;
}
