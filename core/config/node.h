/* SPDX-License-Identifier: MIT */
/* YAML text as a tree that remembers where everything stood. */
#ifndef OPTREG_CORE_NODE_H
#define OPTREG_CORE_NODE_H

#include <glib.h>
#include <stdbool.h>

#define OPTREG_NODE_MAX_LENGTH ((gsize)1024 * 1024)

typedef enum OptregNodeKind {
  OPTREG_NODE_SCALAR,
  OPTREG_NODE_SEQUENCE,
  OPTREG_NODE_MAPPING,
} OptregNodeKind;

typedef struct OptregNode {
  OptregNodeKind kind;
  unsigned line, column; /* from 1 */
  unsigned key_line, key_column;
  char *key;                   /* in a mapping, else NULL */
  char *text;                  /* scalar: as written, without quotes */
  bool is_quoted;              /* scalar in '' or "" or a block: text, never null */
  struct OptregNode *children; /* first entry of a sequence or mapping */
  struct OptregNode *next;     /* next entry of the same parent */
} OptregNode;

/* Parse one YAML document. `source` stands in error messages as "source:line:column:
 * ...". Refused: syntax errors, duplicate keys, tabs as indentation, aliases and
 * anchors, tags, a second document, a top level that is not a mapping, depth over 8,
 * more than 1 MiB, bytes that are not UTF-8, NUL. Returns NULL with
 * OPTREG_ERROR_CONFIG. */
OptregNode *optreg_node_parse(const char *yaml, gsize length, const char *source,
                              GError **error);

/* NULL is permitted. */
void optreg_node_free(OptregNode *node);

/* The entry of a mapping, or NULL. */
const OptregNode *optreg_node_get(const OptregNode *mapping, const char *key);

/* The same, to change it. */
OptregNode *optreg_node_edit(OptregNode *mapping, const char *key);

/* Unlink the entry of a mapping; owned by the caller. NULL when there is none. */
OptregNode *optreg_node_take(OptregNode *mapping, const char *key);

/* Add an entry, or several that are linked, behind the others; takes them over. */
void optreg_node_append(OptregNode *mapping, OptregNode *entries);

/* An entry of that kind, without text or children, that stands where `place` stands. */
OptregNode *optreg_node_new(OptregNodeKind kind, const char *key,
                            const OptregNode *place);

/* null, ~ or nothing, without quotes. */
bool optreg_node_is_null(const OptregNode *node);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(OptregNode, optreg_node_free)

#endif
