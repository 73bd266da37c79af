/* SPDX-License-Identifier: MIT */
/* What the command line says, as if an experiment file did. */
#include "command_line.h"

#include "arm_private.h"
#include "support/status.h"

/* whether the file has arms, and so is no configuration */
static bool
is_experiment(const char *path)
{
  g_autoptr(Document) document = document_read(path, NULL);

  return document != NULL && optreg_node_get(document->root, "arms") != NULL
         && optreg_node_get(document->root, "optimizer") == NULL;
}

static bool
put_configs(Document *document, char *const *files, GError **error)
{
  for (size_t i = 0; files[i] != NULL; i++) {
    if (is_experiment(files[i])) {
      g_set_error(error, STATUS_ERROR, STATUS_USAGE,
                  "%s is an experiment file and stands alone; its arms belong into it",
                  files[i]);
      return false;
    }
    if (!arm_put_argument(document, files[i], error)) {
      return false;
    }
  }
  return true;
}

static void
put_number(OptregNode *mapping, const char *key, int value)
{
  g_autofree char *text = g_strdup_printf("%d", value);

  if (value >= 0) {
    document_put(mapping, key, text);
  }
}

static void
put_problem(OptregNode *root, const char *key, const char *text)
{
  static const char *const others[] = { "problem", "problems", "suite" };

  for (size_t i = 0; text != NULL && i < G_N_ELEMENTS(others); i++) {
    optreg_node_free(optreg_node_take(root, others[i]));
  }
  if (text != NULL) {
    document_put(root, key, text);
  }
}

static bool
put_options(Document *document, const ExperimentArguments *arguments, GError **error)
{
  OptregNode *root = document->root;

  put_problem(root, "problem", arguments->problem);
  put_problem(root, "suite", arguments->suite);
  put_number(root, "seeds", arguments->n_seeds);
  put_number(root, "batch_size", arguments->batch_size);
  if (arguments->epochs >= 0) {
    g_autofree char *budget = g_strdup_printf("{epochs: %d}", arguments->epochs);
    document_put(root, "budget", budget);
  }
  if (arguments->n_trials >= 0) {
    put_number(document_put_mapping(root, "tuning"), "trials", arguments->n_trials);
  }
  for (size_t i = 0; arguments->set != NULL && arguments->set[i] != NULL; i++) {
    if (!document_set(document, arguments->set[i], error)) {
      return false;
    }
  }
  return true;
}

/* configurations of the command line are tuned in what every optimizer has, in the same
 * five decades */
static void
tune_by_default(OptregNode *root)
{
  const OptregNode *arms = optreg_node_get(root, "arms");

  for (OptregNode *arm = arms->children; arm != NULL; arm = arm->next) {
    if (arm->kind == OPTREG_NODE_MAPPING && optreg_node_get(arm, "tune") == NULL) {
      document_put(arm, "tune", "{learning_rate: [1e-4, 10]}");
    }
  }
}

Document *
command_line_open(const ExperimentArguments *arguments, GError **error)
{
  const bool is_file = arguments->files[0] != NULL && arguments->files[1] == NULL
                       && is_experiment(arguments->files[0]);
  g_autoptr(Document) document = is_file ? document_read(arguments->files[0], error)
                                         : document_new();

  if (document == NULL || (!is_file && !put_configs(document, arguments->files, error))
      || !put_options(document, arguments, error)) {
    return NULL;
  }
  if (!is_file && arguments->n_trials > 0) {
    tune_by_default(document->root);
  }
  return g_steal_pointer(&document);
}
