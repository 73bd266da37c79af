/* SPDX-License-Identifier: MIT */
/* Trees to YAML in block style. */
#include "emit.h"

#include "config/scalar.h"

#include <string.h>

typedef struct Emitter {
  GString *text;
  GArray *origins;
  const Document *document;
} Emitter;

static void
emit_scalar(GString *text, const OptregNode *node)
{
  if (!node->is_quoted) {
    g_string_append(text, node->text);
    return;
  }
  g_autofree char *quoted = optreg_scalar_quote(node->text);
  g_string_append(text, quoted);
}

static void emit_node(const Emitter *emitter, const OptregNode *node, size_t indent);

static void
emit_children(const Emitter *emitter, const OptregNode *node, size_t indent)
{
  if (node->children == NULL) {
    g_string_append(emitter->text,
                    node->kind == OPTREG_NODE_MAPPING ? " {}\n" : " []\n");
    return;
  }
  g_string_append_c(emitter->text, '\n');
  for (const OptregNode *child = node->children; child != NULL; child = child->next) {
    emit_node(emitter, child, indent + 2);
  }
}

static void
emit_node(const Emitter *emitter, const OptregNode *node, size_t indent)
{
  const char *head = node->key != NULL ? node->key : "-";
  const size_t colon = node->key != NULL;
  const Origin origin = {
    .document = emitter->document,
    .line = node->key != NULL ? node->key_line : node->line,
    .column = node->key != NULL ? node->key_column : node->column,
    .value_line = node->line,
    .value_column = node->column,
    .value_at = (unsigned)(indent + strlen(head) + colon + 2),
  };

  g_array_append_val(emitter->origins, origin);
  g_string_append_printf(emitter->text, "%*s%s%s", (int)indent, "", head,
                         colon ? ":" : "");
  if (node->kind == OPTREG_NODE_SCALAR) {
    g_string_append_c(emitter->text, ' ');
    emit_scalar(emitter->text, node);
    g_string_append_c(emitter->text, '\n');
  } else {
    emit_children(emitter, node, indent);
  }
}

void
emit_entry(GString *text, GArray *origins, const Document *document,
           const OptregNode *entry)
{
  const Emitter emitter = { text, origins, document };
  emit_node(&emitter, entry, 0);
}

char *
emit_translate(const GArray *origins, const char *text_name, const char *message)
{
  const char *at = strstr(message, text_name);
  char *end = NULL;

  if (at == NULL || at[strlen(text_name)] != ':') {
    return g_strdup(message);
  }
  const guint64 line = g_ascii_strtoull(at + strlen(text_name) + 1, &end, 10);
  if (line == 0 || line > origins->len || *end != ':') {
    return g_strdup(message);
  }
  const unsigned column = (unsigned)g_ascii_strtoull(end + 1, &end, 10);
  const Origin *origin = &g_array_index(origins, Origin, line - 1);
  const bool is_value = column >= origin->value_at;
  g_autofree char *place =
      document_place(origin->document, is_value ? origin->value_line : origin->line,
                     is_value ? origin->value_column : origin->column);
  return g_strdup_printf("%.*s%s%s", (int)(at - message), message, place, end);
}
