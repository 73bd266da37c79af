/* SPDX-License-Identifier: MIT */
/* Characters to tokens. */
#include "text.h"

#include <stdlib.h>

static int
compare(const void *a, const void *b)
{
  const gunichar x = *(const gunichar *)a, y = *(const gunichar *)b;
  return (x > y) - (x < y);
}

/* the different ones of n sorted characters, moved to the front; how many */
static size_t
unite(gunichar *sorted, size_t n)
{
  size_t n_different = 0;

  for (size_t i = 0; i < n; i++) {
    if (i == 0 || sorted[i] != sorted[i - 1]) {
      sorted[n_different++] = sorted[i];
    }
  }
  return n_different;
}

Text *
text_new(const char *bytes, size_t size)
{
  glong n = 0;
  g_autofree gunichar *characters =
      size > 0 ? g_utf8_to_ucs4(bytes, (glong)size, NULL, &n, NULL) : NULL;

  if (characters == NULL || n == 0) {
    return NULL;
  }
  const size_t length = (size_t)n;
  g_autofree gunichar *alphabet = g_memdup2(characters, length * sizeof *characters);
  Text *text = g_new0(Text, 1);
  qsort(alphabet, length, sizeof *alphabet, compare);
  text->n = length;
  text->vocabulary = unite(alphabet, length);
  text->tokens = g_new(uint32_t, length);
  for (size_t i = 0; i < length; i++) {
    const gunichar *found =
        bsearch(&characters[i], alphabet, text->vocabulary, sizeof *alphabet, compare);
    text->tokens[i] = (uint32_t)(found - alphabet);
  }
  return text;
}

void
text_free(Text *text)
{
  if (text != NULL) {
    g_free(text->tokens);
    g_free(text);
  }
}
