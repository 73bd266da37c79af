/* SPDX-License-Identifier: MIT */
/* Pairs of escapes to single ones. */
#include "config/surrogates.h"

#include <stdbool.h>
#include <string.h>

#define PAIR_LENGTH 12   /* \ud83d\ude00 */
#define SINGLE_LENGTH 10 /* \U0001f600 */

/* "\uXXXX" whose upper bits are those of `kind` */
static bool
read_half(const char *p, gunichar kind, gunichar *half)
{
  if (p[0] != '\\' || p[1] != 'u') {
    return false;
  }
  *half = 0;
  for (int i = 2; i < 6; i++) {
    if (!g_ascii_isxdigit(p[i])) {
      return false;
    }
    *half = *half << 4 | (gunichar)g_ascii_xdigit_value(p[i]);
  }
  return (*half & 0xfc00) == kind;
}

static bool
read_pair(const char *p, gunichar *c)
{
  gunichar high, low;

  if (!read_half(p, 0xd800, &high) || !read_half(p + PAIR_LENGTH / 2, 0xdc00, &low)) {
    return false;
  }
  *c = 0x10000 + ((high & 0x3ff) << 10 | (low & 0x3ff));
  return true;
}

/* quotes begin where a value or a key may; elsewhere they are letters */
static bool
may_open(const char *yaml, const char *p)
{
  while (p > yaml && (p[-1] == ' ' || p[-1] == '\t')) {
    p--;
  }
  return p == yaml || strchr("{[,:-?\n\r", p[-1]) != NULL;
}

static bool
begins_comment(const char *yaml, const char *p)
{
  return *p == '#' && (p == yaml || strchr(" \t\n\r", p[-1]) != NULL);
}

/* where the text at p, which is between `quote`s, ends */
static char
next_quote(char quote, const char *yaml, const char *p)
{
  if (quote != '\0') {
    return *p == quote ? '\0' : quote;
  }
  return (*p == '"' || *p == '\'') && may_open(yaml, p) ? *p : '\0';
}

char *
optreg_surrogates_join(const char *text, gsize length, GArray *joins)
{
  g_autofree char *yaml = g_strndup(text, length); /* so that NUL stands behind it */
  g_autoptr(GString) copy = g_string_sized_new(length);
  gsize n_characters = 0;
  char quote = '\0';

  for (const char *p = yaml; *p != '\0';) {
    gunichar c;
    gsize n = (gsize)(g_utf8_next_char(p) - p);
    if (quote == '"' && read_pair(p, &c)) {
      g_array_append_val(joins, n_characters);
      g_string_append_printf(copy, "\\U%08x", c);
      n_characters += SINGLE_LENGTH;
      p += PAIR_LENGTH;
      continue;
    }
    if (quote == '"' && *p == '\\' && p[1] != '\0') {
      n += (gsize)(g_utf8_next_char(p + 1) - (p + 1));
    } else if (quote == '\0' && begins_comment(yaml, p)) {
      n = strcspn(p, "\n\r");
    } else {
      quote = next_quote(quote, yaml, p);
    }
    g_string_append_len(copy, p, (gssize)n);
    n_characters += (gsize)g_utf8_strlen(p, (gssize)n);
    p += n;
  }
  return joins->len > 0 ? g_strdup(copy->str) : NULL;
}

/* how many lie before the character */
static guint
count_before(const GArray *joins, gsize character)
{
  guint low = 0, high = joins->len;

  while (low < high) {
    const guint middle = low + (high - low) / 2;
    if (g_array_index(joins, gsize, middle) < character) {
      low = middle + 1;
    } else {
      high = middle;
    }
  }
  return low;
}

gsize
optreg_surrogates_count(const GArray *joins, gsize begin, gsize end)
{
  return (gsize)(PAIR_LENGTH - SINGLE_LENGTH)
         * (count_before(joins, end) - count_before(joins, begin));
}
