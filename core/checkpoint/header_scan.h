/* SPDX-License-Identifier: MIT */
/* The header of a safetensors file as hostile text: looked over before it is parsed. */
#ifndef OPTREG_CORE_HEADER_SCAN_H
#define OPTREG_CORE_HEADER_SCAN_H

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

/* Accepts one JSON object, perhaps followed by spaces, of what such a header may hold:
 * objects and in them objects, arrays of at most 64 entries, strings, and whole numbers
 * of at most 18 digits. Refused, with the byte where it stands: any other JSON, depth
 * over 8, a key that an object has twice (however it is escaped), bytes that are not
 * UTF-8, U+0000. OPTREG_ERROR_DAMAGED.
 *
 * `tree_size` bytes suffice for the tree that json-glib makes of it and for a list of
 * what is in the tree. The scan itself takes less than 16 bytes for each of the text.
 */
bool optreg_header_scan(const char *text, size_t length, uint64_t *tree_size,
                        GError **error);

#endif
