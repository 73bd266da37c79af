/* SPDX-License-Identifier: MIT */
/* A strict look at JSON before json-glib, which recurses without a limit and keeps the
 * last of equal keys. */
#include "checkpoint/header_scan.h"

#include "error.h"

#include <json-glib/json-glib.h>
#include <string.h>

#define MAX_DEPTH 8
#define MAX_OBJECT_DEPTH 2 /* further in they would be the most costly hostile text */
#define MAX_DIGITS 18
#define MAX_ENTRIES 64

/* bytes in a tree of json-glib, generously */
#define OBJECT_SIZE 640u
#define ARRAY_SIZE 256u
#define NUMBER_SIZE 160u
#define STRING_SIZE 256u
#define COPIES 8u /* of a text */

typedef struct Scan {
  const char *text, *at, *end;
  unsigned depth;
  uint64_t tree_size;
  GError **error;
} Scan;

static bool scan_value(Scan *scan);

static bool
fail(const Scan *scan, const char *problem)
{
  g_set_error(scan->error, OPTREG_ERROR, OPTREG_ERROR_DAMAGED, "header, byte %zu: %s",
              (size_t)(scan->at - scan->text), problem);
  return false;
}

static char
peek(const Scan *scan)
{
  return scan->at < scan->end ? *scan->at : '\0';
}

static void
skip_space(Scan *scan)
{
  while (scan->at < scan->end && strchr(" \t\r\n", *scan->at) != NULL
         && *scan->at != '\0') {
    scan->at++;
  }
}

static bool
take(Scan *scan, char expected, const char *problem)
{
  skip_space(scan);
  if (peek(scan) != expected) {
    return fail(scan, problem);
  }
  scan->at++;
  return true;
}

static bool
take_hex(Scan *scan, unsigned *unit)
{
  *unit = 0;
  for (int i = 0; i < 4; i++) {
    if (!g_ascii_isxdigit(peek(scan))) {
      return fail(scan, "\\u needs four hexadecimal digits");
    }
    *unit = *unit * 16 + (unsigned)g_ascii_xdigit_value(*scan->at++);
  }
  return true;
}

static bool
is_between(unsigned unit, unsigned first, unsigned last)
{
  return unit >= first && unit <= last;
}

/* behind \u: a character, or both halves of one */
static bool
scan_unicode(Scan *scan)
{
  unsigned unit, second;

  if (!take_hex(scan, &unit)) {
    return false;
  }
  if (unit == 0 || is_between(unit, 0xdc00, 0xdfff)) {
    return fail(scan, "this escape stands for no character");
  }
  if (!is_between(unit, 0xd800, 0xdbff)) {
    return true;
  }
  if (scan->end - scan->at < 2 || scan->at[0] != '\\' || scan->at[1] != 'u') {
    return fail(scan, "the second half of a character is missing");
  }
  scan->at += 2;
  return take_hex(scan, &second)
         && (is_between(second, 0xdc00, 0xdfff)
             || fail(scan, "the second half of a character is missing"));
}

static bool
scan_escape(Scan *scan)
{
  const char letter = peek(scan);

  if (letter == '\0' || strchr("\"\\/bfnrtu", letter) == NULL) {
    return fail(scan, "unknown escape");
  }
  scan->at++;
  return letter != 'u' || scan_unicode(scan);
}

static bool
scan_string(Scan *scan)
{
  const char *begin = scan->at;

  if (!take(scan, '"', "a string is missing")) {
    return false;
  }
  while (scan->at < scan->end && *scan->at != '"') {
    if ((guchar)*scan->at < 0x20) {
      return fail(scan, "a control character in a string");
    }
    if (*scan->at++ == '\\' && !scan_escape(scan)) {
      return false;
    }
  }
  scan->tree_size += STRING_SIZE + COPIES * (uint64_t)(scan->at - begin);
  return take(scan, '"', "a string does not end");
}

static bool
scan_number(Scan *scan)
{
  const char *begin = scan->at;

  while (g_ascii_isdigit(peek(scan))) {
    scan->at++;
  }
  if (scan->at - begin > MAX_DIGITS || (*begin == '0' && scan->at - begin > 1)) {
    return fail(scan, "not a whole number of at most 18 digits");
  }
  scan->tree_size += NUMBER_SIZE;
  return true;
}

/* what json-glib will make of it */
static char *
decode_key(const char *begin, const char *end)
{
  g_autofree char *quoted = g_strndup(begin, (gsize)(end - begin));

  if (memchr(quoted, '\\', strlen(quoted)) == NULL) {
    quoted[strlen(quoted) - 1] = '\0';
    return g_strdup(quoted + 1);
  }
  g_autoptr(JsonNode) node = json_from_string(quoted, NULL);
  return node != NULL ? json_node_dup_string(node) : NULL;
}

static bool
scan_member(Scan *scan, GHashTable *keys)
{
  skip_space(scan);
  const char *begin = scan->at;
  if (!scan_string(scan)) {
    return false;
  }
  char *key = decode_key(begin, scan->at);
  if (key == NULL) {
    return fail(scan, "a key that cannot be read");
  }
  if (!g_hash_table_add(keys, key)) {
    scan->at = begin;
    return fail(scan, "this key is there twice");
  }
  return take(scan, ':', "':' is missing") && scan_value(scan);
}

static bool
scan_object(Scan *scan)
{
  g_autoptr(GHashTable)
      keys = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);

  scan->at++;
  scan->tree_size += OBJECT_SIZE;
  skip_space(scan);
  while (peek(scan) != '}') {
    if ((g_hash_table_size(keys) > 0 && !take(scan, ',', "',' is missing"))
        || !scan_member(scan, keys)) {
      return false;
    }
    skip_space(scan);
  }
  return take(scan, '}', "'}' is missing");
}

static bool
scan_array(Scan *scan)
{
  scan->at++;
  scan->tree_size += ARRAY_SIZE;
  skip_space(scan);
  for (unsigned n = 0; peek(scan) != ']'; n++) {
    if ((n > 0 && !take(scan, ',', "',' is missing")) || !scan_value(scan)) {
      return false;
    }
    if (n == MAX_ENTRIES) {
      return fail(scan, "an array of more than 64 entries");
    }
    skip_space(scan);
  }
  return take(scan, ']', "']' is missing");
}

static bool
scan_nested(Scan *scan, bool (*scan_inside)(Scan *scan))
{
  if (scan->depth == MAX_DEPTH) {
    return fail(scan, "nested more than 8 deep");
  }
  scan->depth++;
  const bool is_sound = scan_inside(scan);
  scan->depth--;
  return is_sound;
}

static bool
scan_value(Scan *scan)
{
  skip_space(scan);
  switch (peek(scan)) {
  case '{':
    return scan->depth < MAX_OBJECT_DEPTH
               ? scan_nested(scan, scan_object)
               : fail(scan, "an object inside what describes a tensor");
  case '[':
    return scan_nested(scan, scan_array);
  case '"':
    return scan_string(scan);
  default:
    return g_ascii_isdigit(peek(scan))
               ? scan_number(scan)
               : fail(scan, "not an object, an array, a string or a whole number");
  }
}

bool
optreg_header_scan(const char *text, size_t length, uint64_t *tree_size, GError **error)
{
  Scan scan = { text, text, text + length, 0, 0, error };
  const char *bad;

  if (!g_utf8_validate_len(text, length, &bad)) {
    scan.at = bad;
    return fail(&scan, "not UTF-8");
  }
  if (peek(&scan) != '{') {
    return fail(&scan, "'{' is missing");
  }
  if (!scan_value(&scan)) {
    return false;
  }
  *tree_size = scan.tree_size;
  skip_space(&scan);
  return scan.at == scan.end ? true : fail(&scan, "something follows the header");
}
