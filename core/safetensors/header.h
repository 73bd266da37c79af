/* SPDX-License-Identifier: MIT */
/* The header of a safetensors file: JSON that is scanned, read and written here. */
#ifndef OPTREG_CORE_SAFETENSORS_HEADER_H
#define OPTREG_CORE_SAFETENSORS_HEADER_H

#include "safetensors/tensor_file.h"

/* ---- hostile text ---- */

typedef enum OptregHeaderKind {
  OPTREG_HEADER_OBJECT,
  OPTREG_HEADER_TEXT,
  OPTREG_HEADER_NUMBER,
  OPTREG_HEADER_NUMBERS, /* an array of nothing but numbers, perhaps empty */
  OPTREG_HEADER_ARRAY    /* any other */
} OptregHeaderKind;

typedef struct OptregHeaderMember OptregHeaderMember;
struct OptregHeaderMember {
  const char *key; /* decoded, as `text` is */
  OptregHeaderKind kind;
  size_t first; /* of the numbers or members, in the scan's list */
  size_t n;
  const char *text;                  /* of a text */
  const uint64_t *numbers;           /* n, of an array of numbers */
  const OptregHeaderMember *members; /* n, of an object */
};

typedef struct OptregHeaderVisitor {
  /* Called for every member of the header in the order of the text. The member is gone
   * when this returns; keys and texts live as long as the memory for texts. */
  void (*visit)(void *self, const OptregHeaderMember *member);
  void *self;
} OptregHeaderVisitor;

/* Accepts one JSON object, perhaps followed by spaces, of what such a header may hold:
 * objects and in them objects, arrays of at most 64 entries, strings, and whole numbers
 * of at most 18 digits. Refused, with the byte where it stands: any other JSON, depth
 * over 8, a key that an object has twice (however it is escaped), bytes
 * that are not UTF-8, U+0000. OPTREG_ERROR_DAMAGED; members that came before have been
 * visited.
 *
 * `texts` has room for `length` bytes; decoded keys and texts go there. */
bool optreg_header_scan(const char *text, size_t length, char *texts,
                        OptregHeaderVisitor visitor, GError **error);

/* Bytes that suffice to scan such a text and to list what is in it. */
uint64_t optreg_header_memory(const char *text, size_t length);

/* ---- what it says ---- */

/* Tensors and metadata of a header whose data have `data_size` bytes: each dtype known,
 * each shape as long as its offsets say, no hole, no overlap, nothing left over. `data`
 * stays NULL until optreg_header_place. OPTREG_ERROR_DAMAGED, OPTREG_ERROR_MEMORY. */
OptregTensorFile *optreg_header_read(const char *text, size_t length,
                                     uint64_t data_size, GError **error);

/* Say where the data are. */
void optreg_header_place(OptregTensorFile *file, const guint8 *data);

#endif
