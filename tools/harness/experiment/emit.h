/* SPDX-License-Identifier: MIT */
/* A tree as YAML text again, with the way back from its lines to where they came from.
 */
#ifndef OPTREG_HARNESS_EXPERIMENT_EMIT_H
#define OPTREG_HARNESS_EXPERIMENT_EMIT_H

#include "document.h"

/* Where a line of the text comes from. */
typedef struct Origin {
  const Document *document;
  unsigned line, column; /* of the key */
  unsigned value_line, value_column;
  unsigned value_at; /* column of the value in the text */
} Origin;

/* Append the entry, one line for each key and item; the node's siblings are not
 * touched. */
void emit_entry(GString *text, GArray *origins, const Document *document,
                const OptregNode *entry);

/* Turn "TEXT_NAME:LINE:COLUMN: message" into one that names the origin, or return a
 * copy.
 */
char *emit_translate(const GArray *origins, const char *text_name, const char *message);

#endif
