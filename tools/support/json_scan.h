/* SPDX-License-Identifier: MIT */
/* A look at JSON before json-glib, which calls itself for each bracket and takes
 * comments for spaces. */
#ifndef OPTREG_TOOLS_JSON_SCAN_H
#define OPTREG_TOOLS_JSON_SCAN_H

#include <glib.h>
#include <stdbool.h>

enum { JSON_MOST_DEPTH = 64, JSON_MOST_BYTES = 64 << 20 };

/* Refuses, with the line, what json-glib must not see: more brackets in one another or
 * more bytes than the limits, bytes that are not UTF-8, characters that JSON has in
 * strings only, control characters. It does not find all that is no JSON. */
bool json_scan(const char *text, gsize size, GError **error);

#endif
