/* SPDX-License-Identifier: MIT */
/* A YAML file as a tree whose errors name the place, and readers of single values.
 *
 * Entries that do not come from the file but from the command line stand on line 0;
 * their column is the number of the --set argument, from 1, or 0 for any other option.
 */
#ifndef OPTREG_HARNESS_EXPERIMENT_DOCUMENT_H
#define OPTREG_HARNESS_EXPERIMENT_DOCUMENT_H

#include "config/node.h"

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

typedef struct Document {
  char *source;     /* the file */
  OptregNode *root; /* a mapping */
  GPtrArray *set;   /* texts of --set arguments */
} Document;

/* Of a file. Errors: STATUS_USAGE, "file:line:column: ...". */
Document *document_read(const char *path, GError **error);

/* The two halves of it: the text of a file, at most a little more than a document may
 * have, and the document of a text. */
char *document_load(const char *path, gsize *length, GError **error);
Document *document_of(const char *text, gsize length, const char *path, GError **error);

/* The tree of some text; the errors of the reader with a status. NULL on failure. */
OptregNode *document_parse(const char *text, gsize length, const char *source,
                           GError **error);

/* Empty, for what the command line says. */
Document *document_new(void);
void document_free(Document *document);

/* "file:line:column: message", at the entry's key or at its value. Always false. */
bool document_fail_key(const Document *document, const OptregNode *node, GError **error,
                       const char *format, ...) G_GNUC_PRINTF(4, 5);
bool document_fail(const Document *document, const OptregNode *node, GError **error,
                   const char *format, ...) G_GNUC_PRINTF(4, 5);

/* "file:line:column" or "--set TEXT". */
char *document_place(const Document *document, unsigned line, unsigned column);

/* Whether every key of the mapping is one of `keys` (NULL-terminated); the error names
 * a near one. Also checks that it is a mapping. */
bool document_check_keys(const Document *document, const OptregNode *mapping,
                         const char *const *keys, GError **error);

bool document_is_kind(const Document *document, const OptregNode *node,
                      OptregNodeKind kind, GError **error);

/* Values of entries; `node` NULL leaves *value as it is. */
bool document_get_text(const Document *document, const OptregNode *node,
                       const char **value, GError **error);
bool document_get_count(const Document *document, const OptregNode *node, uint64_t most,
                        uint64_t *value, GError **error);

/* A finite number; with "%" or "pp" behind it a hundredth of it. */
bool document_get_number(const Document *document, const OptregNode *node,
                         double *value, GError **error);

/* The index of a word in `words` (NULL-terminated). */
bool document_get_choice(const Document *document, const OptregNode *node,
                         const char *const *words, size_t *value, GError **error);

/* Put `text` (YAML) at key of a mapping, for the command line; replaces what is there.
 */
void document_put(OptregNode *mapping, const char *key, const char *text);

/* The mapping at key, made when it is not there. */
OptregNode *document_put_mapping(OptregNode *mapping, const char *key);

/* --set arms.a.rho=0.9. */
bool document_set(Document *document, const char *argument, GError **error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(Document, document_free)

#endif
