/* SPDX-License-Identifier: MIT */
/* Serialised Keras objects: checked, and what may not stand in them. */
#include "config/keras/parts.h"

#include "config/oddity.h"
#include "config/place.h"
#include "config/unknown.h"
#include "names.h"

#include <string.h>

static char *
join_classes(const OptregKerasClass *table)
{
  GString *text = g_string_new(NULL);

  for (const OptregKerasClass *row = table; row->class_name != NULL; row++) {
    g_string_append_printf(text, "%s%s", text->len > 0 ? ", " : "", row->class_name);
  }
  return g_string_free(text, false);
}

/* the text of a member that may be absent or null */
static bool
read_text(const OptregNode *node, const char *key, const char *source,
          const char **text, GError **error)
{
  const OptregNode *member = optreg_node_get(node, key);

  *text = NULL;
  if (member == NULL || optreg_node_is_null(member)) {
    return true;
  }
  if (member->kind != OPTREG_NODE_SCALAR) {
    return optreg_fail_at(source, member->line, member->column, error,
                          "%s: expected text", key);
  }
  *text = member->text;
  return true;
}

static bool
check_members(const OptregNode *node, const char *what, const char *source,
              GError **error)
{
  for (const OptregNode *member = node->children; member != NULL;
       member = member->next) {
    if (!optreg_keras_has_word("module class_name config registered_name",
                               member->key)) {
      g_autofree char *key = optreg_quote(member->key);
      return optreg_fail_at(source, member->key_line, member->key_column, error,
                            "unknown key %s in a serialised Keras %s, known are "
                            "module, class_name, config, registered_name",
                            key, what);
    }
  }
  return true;
}

static bool
refuse_foreign(const OptregNode *node, const char *key, const char *source,
               GError **error)
{
  const OptregNode *member = optreg_node_get(node, key);
  g_autofree char *text = optreg_excerpt(member->text);

  return optreg_fail_at(source, member->line, member->column, error,
                        "%s: '%s' is not of Keras itself; write a plugin for it and "
                        "name that as optimizer",
                        key, text);
}

/* a class of the same name in another module is another class */
static bool
check_origin(const OptregNode *node, const char *class_name, const char *source,
             GError **error)
{
  const char *module, *registered_name;

  if (!read_text(node, "module", source, &module, error)
      || !read_text(node, "registered_name", source, &registered_name, error)) {
    return false;
  }
  if (module != NULL && !g_str_has_prefix(module, "keras.")) {
    return refuse_foreign(node, "module", source, error);
  }
  if (registered_name != NULL && strcmp(registered_name, class_name) != 0) {
    return refuse_foreign(node, "registered_name", source, error);
  }
  return true;
}

static bool
refuse_class(const OptregNode *class_node, const OptregKerasClass *table,
             const char *what, const char *source, GError **error)
{
  g_autofree char *name = optreg_quote(class_node->text);
  g_autofree char *known = join_classes(table);

  return optreg_fail_at(source, class_node->line, class_node->column, error,
                        "class_name: %s is no %s of Keras with an equivalent here, "
                        "known are %s",
                        name, what, known);
}

bool
optreg_keras_open(OptregNode *node, const OptregKerasClass *table, const char *what,
                  const char *source, OptregKerasObject *object, GError **error)
{
  OptregNode *class_node = optreg_node_edit(node, "class_name");
  OptregNode *config = optreg_node_edit(node, "config");
  const char *class_name = NULL;

  if (!read_text(node, "class_name", source, &class_name, error)) {
    return false;
  }
  if (class_name == NULL || config == NULL || config->kind != OPTREG_NODE_MAPPING) {
    return optreg_fail_at(source, node->line, node->column, error,
                          "a serialised Keras %s is {\"class_name\": NAME, \"config\": "
                          "{...}}",
                          what);
  }
  if (!check_origin(node, class_name, source, error)
      || !check_members(node, what, source, error)) {
    return false;
  }
  *object =
      (OptregKerasObject){ optreg_keras_find(table, class_name), class_node, config };
  return object->class != NULL || refuse_class(class_node, table, what, source, error);
}

/* ---- keys ---- */

static bool
refuse_key(const OptregKerasObject *object, const OptregNode *entry, const char *words,
           const char *source, GError **error)
{
  g_auto(GStrv) list = g_strsplit(words, " ", -1);
  const char *const *names = (const char *const *)list;
  g_autofree char *key = optreg_quote(entry->key);
  const char *meant = optreg_unknown_synonym(entry->key);

  if (meant == NULL || !g_strv_contains(names, meant)) {
    meant = optreg_name_nearest(entry->key, names);
  }
  if (meant != NULL) {
    return optreg_fail_at(source, entry->key_line, entry->key_column, error,
                          "%s of Keras has no %s, did you mean '%s'?",
                          object->class->class_name, key, meant);
  }
  g_autofree char *known = g_strjoinv(", ", list);
  return optreg_fail_at(source, entry->key_line, entry->key_column, error,
                        "%s of Keras has no %s, known are %s",
                        object->class->class_name, key, known);
}

bool
optreg_keras_check_keys(const OptregKerasObject *object, const char *more,
                        const char *source, GError **error)
{
  g_autofree char *words =
      g_strconcat(more, more[0] == '\0' ? "" : " ", object->class->keys, NULL);

  for (const OptregNode *entry = object->config->children; entry != NULL;
       entry = entry->next) {
    if (!optreg_keras_has_word(words, entry->key)) {
      return refuse_key(object, entry, words, source, error);
    }
  }
  return true;
}
