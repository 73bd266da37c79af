/* SPDX-License-Identifier: MIT */
/* A text as tokens: one for each of its characters. */
#ifndef OPTREG_PROBLEMS_TEXT_H
#define OPTREG_PROBLEMS_TEXT_H

#include <glib.h>
#include <stdint.h>

/* `tokens` are indices into the characters that occur, in the order of their code
 * points. */
typedef struct Text {
  size_t n, vocabulary;
  uint32_t *tokens;
} Text;

/* NULL where the bytes are not UTF-8, or nothing. */
Text *text_new(const char *bytes, size_t size);
void text_free(Text *text);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(Text, text_free)

#endif
