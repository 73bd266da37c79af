/* SPDX-License-Identifier: MIT */
/* Reads the arms of an experiment and expands grids. */
#include "arm_private.h"

#include "printable.h"
#include "support/status.h"

#include <string.h>

/* bytes; names of files end with ".trial-200.yaml" and have 255 */
enum { LONGEST_NAME = 200 };

/* what is about the arm and not of its configuration */
static const char *const own_keys[] = { "config", "tune", "grid", NULL };

static bool
is_file_name(const char *name)
{
  return g_regex_match_simple("^[A-Za-z0-9_][A-Za-z0-9._-]{0,63}$", name,
                              G_REGEX_DOLLAR_ENDONLY, 0);
}

/* or what a grid has made of one, as saved experiments have it */
static bool
is_arm_name(const char *name)
{
  return is_file_name(name)
         || (strlen(name) <= LONGEST_NAME && optreg_is_printable(name)
             && g_regex_match_simple(
                 "^[A-Za-z0-9_][A-Za-z0-9._-]{0,63}\\[[^/\"\\\\]*\\]$", name,
                 G_REGEX_DOLLAR_ENDONLY, 0));
}

/* ---- the command line ---- */

/* file name without its last suffix */
static char *
file_stem(const char *path)
{
  char *stem = g_path_get_basename(path);
  char *dot = strrchr(stem, '.');

  if (dot != NULL && dot != stem) {
    *dot = '\0';
  }
  return stem;
}

static bool
check_argument(const OptregNode *arms, const char *name, const char *path,
               GError **error)
{
  const OptregNode *other = optreg_node_get(arms, name);

  if (!is_file_name(name)) {
    g_set_error(
        error, STATUS_ERROR, STATUS_USAGE,
        "'%s' cannot name an arm: use up to 64 letters, digits, '.', '_' and '-', "
        "as in NAME=%s",
        name, path);
    return false;
  }
  if (other != NULL) {
    g_set_error(error, STATUS_ERROR, STATUS_USAGE,
                "two arms are called '%s': %s and %s; name one of them, as in NAME=%s",
                name, other->children->text, path, path);
    return false;
  }
  return true;
}

bool
arm_put_argument(Document *document, const char *argument, GError **error)
{
  const char *equals = strchr(argument, '=');
  const char *slash = strchr(argument, '/');
  /* an '=' behind a '/' belongs to a path */
  const bool has_name = equals != NULL && (slash == NULL || equals < slash);
  const char *path = has_name ? equals + 1 : argument;
  g_autofree char *name = has_name ? g_strndup(argument, (gsize)(equals - argument))
                                   : file_stem(argument);
  OptregNode *arms = document_put_mapping(document->root, "arms");

  if (!check_argument(arms, name, path, error)) {
    return false;
  }
  OptregNode *arm = document_put_mapping(arms, name);
  OptregNode *config = optreg_node_new(OPTREG_NODE_SCALAR, "config", arm);
  config->text = g_strdup(path);
  config->is_quoted = true;
  optreg_node_append(arm, config);
  return true;
}

/* ---- the configuration ---- */

/* relative to the experiment file, as from anywhere else it would mean something else
 */
static char *
resolve(const Document *document, const OptregNode *node)
{
  if (g_path_is_absolute(node->text) || node->line == 0) {
    return g_strdup(node->text);
  }
  g_autofree char *folder = g_path_get_dirname(document->source);
  return g_str_equal(folder, ".") ? g_strdup(node->text)
                                  : g_build_filename(folder, node->text, NULL);
}

static const char *
explain_link(const Document *document)
{
  return g_file_test(document->source, G_FILE_TEST_IS_SYMLINK)
             ? "; the experiment is a link, and paths in it begin at the folder of the "
               "link"
             : "";
}

static bool
read_config(Experiment *experiment, Arm *arm, const Document *document,
            const OptregNode *node, GError **error)
{
  const char *text;

  if (!document_get_text(document, node, &text, error)) {
    return false;
  }
  g_autoptr(GError) failure = NULL;
  g_autofree char *path = resolve(document, node);
  gsize length;
  g_free(arm->source);
  arm->source = g_strdup(path);
  arm->copy = document_load(path, &length, &failure);
  if (arm->copy == NULL) {
    return node->line > 0 ? document_fail(document, node, error, "%s%s",
                                          failure->message, explain_link(document))
                          : (g_set_error_literal(error, STATUS_ERROR, STATUS_USAGE,
                                                 failure->message),
                             false);
  }
  Document *config = document_of(arm->copy, length, path, error);
  if (config == NULL) {
    return false;
  }
  g_ptr_array_add(experiment->documents, config);
  arm->config = config;
  return true;
}

static bool
has_changes(const Arm *arm)
{
  return arm->overrides->len > 0 || arm->space->len > 0;
}

/* what has keys of its own cannot be changed key by key */
static bool
check_changes(const Arm *arm, const Document *document, const OptregNode *node,
              GError **error)
{
  const OptregNode *keras =
      arm->config != NULL ? optreg_node_get(arm->config->root, "class_name") : NULL;

  if (keras != NULL && has_changes(arm)) {
    return document_fail_key(document, node, error,
                             "%s is an optimizer of Keras, whose options cannot be "
                             "changed here; write it as an optreg configuration",
                             arm->source);
  }
  for (guint i = 0; i < arm->space->len; i++) {
    const char *key = g_array_index(arm->space, Range, i).key;
    const OptregNode *value =
        arm->config != NULL ? optreg_node_get(arm->config->root, key) : NULL;
    if (value != NULL && value->kind != OPTREG_NODE_SCALAR) {
      return document_fail_key(
          document, node, error,
          "%s of %s is no number but a schedule and cannot be "
          "tuned; tune something else with tune: in the experiment",
          key, arm->source);
    }
  }
  return true;
}

static void
add_overrides(Arm *arm, const Document *document, const OptregNode *node)
{
  for (const OptregNode *entry = node->children; entry != NULL; entry = entry->next) {
    if (!g_strv_contains(own_keys, entry->key)) {
      const Override override = { document, entry };
      g_array_append_val(arm->overrides, override);
    }
  }
}

static bool
check_name(const Document *document, const OptregNode *node, const char *name,
           GError **error)
{
  if (is_arm_name(name)) {
    return true;
  }
  g_autofree char *shown = optreg_printable(name);
  return document_fail_key(document, node, error, "'%s' cannot name an arm: %s", shown,
                           strchr(name, '[') == NULL
                               ? "use up to 64 letters, digits, '.', '_' and '-'"
                               : "use values without quotes, backslashes and hidden "
                                 "characters, up to 200 bytes in all");
}

bool
experiment_add_arm(Experiment *experiment, const Document *document,
                   const OptregNode *node, Arm *arm, GError **error)
{
  g_autoptr(Arm) own = arm;

  if (!check_name(document, node, arm->name, error)) {
    return false;
  }
  for (guint i = 0; i < experiment->arms->len; i++) {
    if (g_str_equal(arm_name(experiment_arm(experiment, i)), arm->name)) {
      return document_fail_key(document, node, error,
                               "two arms are called '%s'; give them other names or "
                               "values",
                               arm->name);
    }
  }
  g_ptr_array_add(experiment->arms, g_steal_pointer(&own));
  return true;
}

static Arm *
read_arm(Experiment *experiment, const Document *document, const OptregNode *node,
         GError **error)
{
  g_autoptr(Arm) arm = arm_new(node->key, document->source);
  const bool is_path = node->kind == OPTREG_NODE_SCALAR;
  const OptregNode *config = is_path ? node : optreg_node_get(node, "config");

  if (!check_name(document, node, node->key, error)) {
    return NULL;
  }
  if (!is_path && !document_is_kind(document, node, OPTREG_NODE_MAPPING, error)) {
    return NULL;
  }
  if (config != NULL && !read_config(experiment, arm, document, config, error)) {
    return NULL;
  }
  if (!is_path) {
    add_overrides(arm, document, node);
  }
  if (arm->config == NULL && optreg_node_get(node, "optimizer") == NULL) {
    document_fail_key(document, node, error,
                      "arm '%s' needs 'config: FILE' or 'optimizer: NAME'", node->key);
    return NULL;
  }
  const OptregNode *tune = is_path ? NULL : optreg_node_get(node, "tune");
  return space_read(arm->space, document, tune, error)
                 && check_changes(arm, document, node, error)
             ? g_steal_pointer(&arm)
             : NULL;
}

bool
arms_read(Experiment *experiment, const Document *document, const OptregNode *arms,
          GError **error)
{
  if (!document_is_kind(document, arms, OPTREG_NODE_MAPPING, error)) {
    return false;
  }
  for (const OptregNode *node = arms->children; node != NULL; node = node->next) {
    Arm *arm = read_arm(experiment, document, node, error);
    const OptregNode *grid =
        node->kind == OPTREG_NODE_MAPPING ? optreg_node_get(node, "grid") : NULL;
    if (arm == NULL) {
      return false;
    }
    if (!(grid == NULL ? experiment_add_arm(experiment, document, node, arm, error)
                       : grid_expand(experiment, document, arm, grid, error))) {
      return false;
    }
  }
  return experiment->arms->len > 0
         || document_fail_key(document, arms, error, "there are no arms");
}
