/* SPDX-License-Identifier: MIT */
/* Documents and the errors that name a place in them. */
#include "document.h"

#include "config/number.h"
#include "config/oddity.h"
#include "config/place.h"
#include "names.h"
#include "printable.h"
#include "support/status.h"
#include "text_file.h"

#include <math.h>
#include <string.h>

Document *
document_new(void)
{
  static const OptregNode nowhere = { 0 };
  Document *document = g_new0(Document, 1);

  document->source = g_strdup("command line");
  document->set = g_ptr_array_new_with_free_func(g_free);
  document->root = optreg_node_new(OPTREG_NODE_MAPPING, NULL, &nowhere);
  return document;
}

OptregNode *
document_parse(const char *text, gsize length, const char *source, GError **error)
{
  g_autoptr(GError) failure = NULL;
  OptregNode *root = optreg_node_parse(text, length, source, &failure);

  if (root == NULL) {
    g_set_error_literal(error, STATUS_ERROR, STATUS_USAGE, failure->message);
  }
  return root;
}

char *
document_load(const char *path, gsize *length, GError **error)
{
  g_autoptr(GError) failure = NULL;
  char *text = optreg_text_file_read(path, OPTREG_NODE_MAX_LENGTH, length, &failure);

  if (text == NULL) {
    g_set_error_literal(error, STATUS_ERROR, STATUS_USAGE, failure->message);
  }
  return text;
}

Document *
document_read(const char *path, GError **error)
{
  gsize length;
  g_autofree char *text = document_load(path, &length, error);

  return text != NULL ? document_of(text, length, path, error) : NULL;
}

Document *
document_of(const char *text, gsize length, const char *path, GError **error)
{
  OptregNode *root = document_parse(text, length, path, error);
  if (root == NULL) {
    return NULL;
  }
  Document *document = g_new0(Document, 1);
  document->source = g_strdup(path);
  document->root = root;
  document->set = g_ptr_array_new_with_free_func(g_free);
  return document;
}

void
document_free(Document *document)
{
  if (document != NULL) {
    optreg_node_free(document->root);
    g_ptr_array_unref(document->set);
    g_free(document->source);
    g_free(document);
  }
}

char *
document_place(const Document *document, unsigned line, unsigned column)
{
  if (line > 0) {
    return g_strdup_printf("%s:%u:%u", document->source, line, column);
  }
  return column > 0 ? g_strdup_printf(
             "--set %s", (const char *)g_ptr_array_index(document->set, column - 1))
                    : g_strdup("command line");
}

static bool
fail(const Document *document, unsigned line, unsigned column, GError **error,
     const char *format, va_list arguments)
{
  g_autofree char *message = g_strdup_vprintf(format, arguments);
  g_autofree char *place = document_place(document, line, column);

  g_set_error(error, STATUS_ERROR, STATUS_USAGE, "%s: %s", place, message);
  return false;
}

bool
document_fail_key(const Document *document, const OptregNode *node, GError **error,
                  const char *format, ...)
{
  va_list arguments;

  va_start(arguments, format);
  fail(document, node->key_line, node->key_column, error, format, arguments);
  va_end(arguments);
  return false;
}

bool
document_fail(const Document *document, const OptregNode *node, GError **error,
              const char *format, ...)
{
  va_list arguments;

  va_start(arguments, format);
  fail(document, node->line, node->column, error, format, arguments);
  va_end(arguments);
  return false;
}

/* ---- keys and kinds ---- */

bool
document_is_kind(const Document *document, const OptregNode *node, OptregNodeKind kind,
                 GError **error)
{
  static const char *const kinds[] = { "a value", "a list", "a mapping" };

  return node->kind == kind
         || document_fail(document, node, error, "%s%s%s must be %s, not %s",
                          node->key != NULL ? "'" : "",
                          node->key != NULL ? node->key : "this entry",
                          node->key != NULL ? "'" : "", kinds[kind], kinds[node->kind]);
}

static bool
refuse_key(const Document *document, const OptregNode *node, const char *const *keys,
           GError **error)
{
  const char *nearest = optreg_name_nearest(node->key, keys);
  g_autofree char *key = optreg_quote(node->key);
  g_autofree char *all = g_strjoinv(", ", (char **)keys);

  return nearest != NULL ? document_fail_key(
             document, node, error, "unknown key %s, did you mean '%s'?", key, nearest)
                         : document_fail_key(document, node, error,
                                             "unknown key %s, known are %s", key, all);
}

bool
document_check_keys(const Document *document, const OptregNode *mapping,
                    const char *const *keys, GError **error)
{
  if (!document_is_kind(document, mapping, OPTREG_NODE_MAPPING, error)) {
    return false;
  }
  for (const OptregNode *node = mapping->children; node != NULL; node = node->next) {
    if (!g_strv_contains(keys, node->key)) {
      return refuse_key(document, node, keys, error);
    }
  }
  return true;
}

/* ---- values ---- */

static const char *
name_of(const OptregNode *node)
{
  return node->key != NULL ? node->key : "entry";
}

/* they would be no text in pages, tables, pictures and terminals */
static bool
check_characters(const Document *document, const OptregNode *node, GError **error)
{
  for (const char *p = node->text; *p != '\0'; p = g_utf8_next_char(p)) {
    const gunichar c = g_utf8_get_char(p);
    if (optreg_is_control(c)) {
      return document_fail(document, node, error,
                           "%s has a control character, U+%04X; write plain text",
                           name_of(node), c);
    }
  }
  return true;
}

bool
document_get_text(const Document *document, const OptregNode *node, const char **value,
                  GError **error)
{
  if (node == NULL) {
    return true;
  }
  if (!document_is_kind(document, node, OPTREG_NODE_SCALAR, error)) {
    return false;
  }
  *value = node->text;
  if (node->text[0] == '\0') {
    return document_fail(document, node, error, "%s is empty", name_of(node));
  }
  return check_characters(document, node, error);
}

bool
document_get_count(const Document *document, const OptregNode *node, uint64_t most,
                   uint64_t *value, GError **error)
{
  double number = 0.0;

  if (node == NULL) {
    return true;
  }
  if (!document_is_kind(document, node, OPTREG_NODE_SCALAR, error)) {
    return false;
  }
  const OptregNumber kind = optreg_number_read(node->text, &number);
  if ((kind != OPTREG_NUMBER_INTEGER && kind != OPTREG_NUMBER_REAL)
      || number != floor(number) || number < 1.0 || number > (double)most) {
    g_autofree char *excerpt = optreg_quote(node->text);
    return document_fail(document, node, error,
                         "%s is %s, must be an integer in [1, %" G_GUINT64_FORMAT "]",
                         name_of(node), excerpt, most);
  }
  *value = (uint64_t)number;
  return true;
}

bool
document_get_number(const Document *document, const OptregNode *node, double *value,
                    GError **error)
{
  double number = 0.0;

  if (node == NULL) {
    return true;
  }
  if (!document_is_kind(document, node, OPTREG_NODE_SCALAR, error)) {
    return false;
  }
  g_autofree char *text = g_strdup(node->text);
  const bool is_share = g_str_has_suffix(text, "%") || g_str_has_suffix(text, "pp");
  if (is_share) {
    text[strlen(text) - (g_str_has_suffix(text, "%") ? 1 : 2)] = '\0';
  }
  const OptregNumber kind = optreg_number_read(g_strstrip(text), &number);
  if ((kind != OPTREG_NUMBER_INTEGER && kind != OPTREG_NUMBER_REAL)
      || !isfinite(number)) {
    g_autofree char *excerpt = optreg_quote(node->text);
    return document_fail(document, node, error,
                         "%s is %s, must be a number, such as 0.005 or 0.5 pp",
                         name_of(node), excerpt);
  }
  *value = is_share ? number / 100.0 : number;
  return true;
}

bool
document_get_choice(const Document *document, const OptregNode *node,
                    const char *const *words, size_t *value, GError **error)
{
  const char *text = NULL;

  if (node == NULL) {
    return true;
  }
  if (!document_get_text(document, node, &text, error)) {
    return false;
  }
  for (size_t i = 0; words[i] != NULL; i++) {
    if (strcmp(words[i], text) == 0) {
      *value = i;
      return true;
    }
  }
  g_autofree char *all = g_strjoinv(", ", (char **)words);
  g_autofree char *excerpt = optreg_quote(text);
  return document_fail(document, node, error, "%s is %s, must be one of %s",
                       name_of(node), excerpt, all);
}
