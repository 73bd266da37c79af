/* SPDX-License-Identifier: MIT */
/* Experiments: the file, or what the command line says, with the same rules. */
#include "arm_private.h"
#include "command_line.h"
#include "expect_private.h"
#include "find_private.h"
#include "task_private.h"

#include "config/number.h"
#include "support/status.h"

#include <math.h>
#include <string.h>

static const char *const keys[] = { "name",       "problem", "problems", "suite",
                                    "arms",       "control", "seeds",    "budget",
                                    "batch_size", "metric",  "tuning",   "alpha",
                                    "correction", "out",     "expect",   NULL };

const Task *
experiment_task(const Experiment *experiment, size_t i)
{
  return g_ptr_array_index(experiment->tasks, i);
}

const Arm *
experiment_arm(const Experiment *experiment, size_t i)
{
  return g_ptr_array_index(experiment->arms, i);
}

static Experiment *
make(void)
{
  Experiment *experiment = g_new0(Experiment, 1);

  experiment->tasks = g_ptr_array_new_with_free_func((GDestroyNotify)task_free);
  experiment->arms = g_ptr_array_new_with_free_func((GDestroyNotify)arm_free);
  experiment->documents = g_ptr_array_new_with_free_func((GDestroyNotify)document_free);
  experiment->expectations = expectations_new();
  experiment->first_seed = 1;
  experiment->n_seeds = 10;
  experiment->n_tuning_seeds = 1;
  experiment->alpha = 0.05;
  return experiment;
}

void
experiment_free(Experiment *experiment)
{
  if (experiment != NULL) {
    g_ptr_array_unref(experiment->arms);
    g_ptr_array_unref(experiment->tasks);
    g_ptr_array_unref(experiment->documents);
    g_array_unref(experiment->expectations);
    g_free(experiment->name);
    g_free(experiment->out);
    g_free(experiment);
  }
}

/* ---- seeds, tuning, analysis ---- */

static bool
read_seeds(Experiment *experiment, const Document *document, const OptregNode *node,
           GError **error)
{
  static const char *const names[] = { "first", "count", NULL };
  const bool is_mapping = node != NULL && node->kind == OPTREG_NODE_MAPPING;
  const OptregNode *count = is_mapping ? optreg_node_get(node, "count") : node;
  uint64_t first = 1, n = experiment->n_seeds;

  if (is_mapping
      && (!document_check_keys(document, node, names, error)
          || !document_get_count(document, optreg_node_get(node, "first"),
                                 EXPERIMENT_TUNING_SEEDS - EXPERIMENT_MOST_SEEDS,
                                 &first, error))) {
    return false;
  }
  if (!document_get_count(document, count, EXPERIMENT_MOST_SEEDS, &n, error)) {
    return false;
  }
  experiment->first_seed = (uint32_t)first;
  experiment->n_seeds = (uint32_t)n;
  return true;
}

static bool
read_tuning(Experiment *experiment, const Document *document, const OptregNode *node,
            GError **error)
{
  static const char *const names[] = { "trials", "seeds", NULL };
  uint64_t trials = 0, seeds = experiment->n_tuning_seeds;

  if (node == NULL) {
    return true;
  }
  if (!document_check_keys(document, node, names, error)
      || !document_get_count(document, optreg_node_get(node, "trials"),
                             EXPERIMENT_MOST_TRIALS, &trials, error)
      || !document_get_count(document, optreg_node_get(node, "seeds"),
                             EXPERIMENT_MOST_SEEDS, &seeds, error)) {
    return false;
  }
  if (trials == 0) {
    return document_fail(document, node, error, "tuning needs 'trials: N'");
  }
  experiment->n_trials = (uint32_t)trials;
  experiment->n_tuning_seeds = (uint32_t)seeds;
  return true;
}

static bool
read_analysis(Experiment *experiment, const Document *document, GError **error)
{
  static const char *const corrections[] = { "max-t", "holm", NULL };
  const OptregNode *alpha = optreg_node_get(document->root, "alpha");
  size_t correction = 0;

  if (!document_get_number(document, alpha, &experiment->alpha, error)
      || !document_get_choice(document, optreg_node_get(document->root, "correction"),
                              corrections, &correction, error)) {
    return false;
  }
  experiment->is_holm = correction == 1;
  return (experiment->alpha > 0.0 && experiment->alpha < 0.5)
         || document_fail(document, alpha, error, "alpha must be in (0, 0.5)");
}

/* ---- everything ---- */

static bool
check_tuning(const Experiment *experiment, const Document *document, GError **error)
{
  for (guint i = 0; i < experiment->arms->len; i++) {
    const Arm *arm = experiment_arm(experiment, i);
    if (arm_is_tuned(arm) && experiment->n_trials == 0) {
      return document_fail(document, optreg_node_get(document->root, "arms"), error,
                           "arm '%s' has a search space, but nothing says how many "
                           "trials there are; write 'tuning: {trials: 8}'",
                           arm_name(arm));
    }
  }
  return true;
}

/* it is a cell of results.csv */
static bool
check_name(const Document *document, const char *name, GError **error)
{
  return name == NULL || strchr("=+-@", name[0]) == NULL
         || document_fail(document, optreg_node_get(document->root, "name"), error,
                          "name begins with '%c', which a spreadsheet takes for a "
                          "formula; begin with a letter or a digit",
                          name[0]);
}

static bool
read_document(Experiment *experiment, const Document *document, const ProblemSet *set,
              GError **error)
{
  const OptregNode *root = document->root;
  const char *name = NULL, *out = NULL;

  if (!document_check_keys(document, root, keys, error)
      || !document_get_text(document, optreg_node_get(root, "name"), &name, error)
      || !check_name(document, name, error)
      || !document_get_text(document, optreg_node_get(root, "out"), &out, error)
      || !read_seeds(experiment, document, optreg_node_get(root, "seeds"), error)
      || !read_tuning(experiment, document, optreg_node_get(root, "tuning"), error)
      || !read_analysis(experiment, document, error)
      || !tasks_read(experiment, document, set, error)
      || !arms_read(experiment, document, optreg_node_get(root, "arms"), error)
      || !find_arm(experiment, document, optreg_node_get(root, "control"),
                   &experiment->control, error)
      || !check_tuning(experiment, document, error)
      || !expectations_read(experiment, document, optreg_node_get(root, "expect"),
                            error)) {
    return false;
  }
  experiment->name = g_strdup(name);
  experiment->out = g_strdup(out);
  return true;
}

Experiment *
experiment_new(const ExperimentArguments *arguments, const ProblemSet *set,
               GError **error)
{
  g_autoptr(Experiment) experiment = make();
  Document *document = command_line_open(arguments, error);

  if (document == NULL) {
    return NULL;
  }
  g_ptr_array_add(experiment->documents, document);
  if (!read_document(experiment, document, set, error)) {
    return NULL;
  }
  if (arguments->out != NULL) {
    g_free(experiment->out);
    experiment->out = g_strdup(arguments->out);
  }
  return g_steal_pointer(&experiment);
}
