/* SPDX-License-Identifier: MIT */
/* Brackets are counted, strings are skipped. */
#include "json_scan.h"

#include "status.h"

#include <string.h>

typedef struct Scan {
  const char *text, *at, *end;
  unsigned depth;
} Scan;

static bool
refuse(const Scan *scan, const char *problem, GError **error)
{
  unsigned line = 1;

  for (const char *p = scan->text; p < scan->at; p++) {
    line += *p == '\n';
  }
  g_set_error(error, STATUS_ERROR, STATUS_FAILED, "line %u: %s", line, problem);
  return false;
}

/* behind the opening quote */
static bool
skip_string(Scan *scan, GError **error)
{
  for (; scan->at < scan->end && *scan->at != '"'; scan->at++) {
    if ((guchar)*scan->at < 0x20) {
      return refuse(scan, "a control character in a string", error);
    }
    if (*scan->at == '\\' && scan->at + 1 < scan->end) {
      scan->at++;
    }
  }
  if (scan->at >= scan->end) {
    return refuse(scan, "a string does not end", error);
  }
  scan->at++;
  return true;
}

static bool
is_outside(char c)
{
  return g_ascii_isalnum(c) || (c != '\0' && strchr(" \t\r\n,:+-.", c) != NULL);
}

static bool
take(Scan *scan, GError **error)
{
  const char c = *scan->at;

  if ((c == '[' || c == '{') && scan->depth++ == JSON_MOST_DEPTH) {
    return refuse(scan, "nested more than 64 deep", error);
  }
  if ((c == ']' || c == '}') && scan->depth-- == 0) {
    return refuse(scan, "a bracket that was not opened", error);
  }
  if (c != '"' && strchr("[]{}", c) == NULL && !is_outside(c)) {
    return refuse(scan, "no JSON", error);
  }
  scan->at++;
  return c != '"' || skip_string(scan, error);
}

bool
json_scan(const char *text, gsize size, GError **error)
{
  Scan scan = { text, text, text + size, 0 };
  const char *bad;

  if (size > JSON_MOST_BYTES) {
    return refuse(&scan, "more than 64 MiB", error);
  }
  if (!g_utf8_validate_len(text, size, &bad)) {
    scan.at = bad;
    return refuse(&scan, "not UTF-8", error);
  }
  while (scan.at < scan.end) {
    if (!take(&scan, error)) {
      return false;
    }
  }
  return true;
}
