/* SPDX-License-Identifier: MIT */
/* Whether there is as much memory as is about to be taken. */
#include "proof.h"

#include "error.h"

#define EVERY_CALL ((uint64_t)2 << 20) /* also what the C library takes at once */
#define AN_ENTRY 1024u
#define COPIES 16u /* of a text, some in a buffer that has just doubled */

bool
optreg_memory_prove(uint64_t bytes, const char *what, GError **error)
{
  void *memory = bytes <= SIZE_MAX / 2 ? g_try_malloc((gsize)bytes) : NULL;

  if (memory == NULL) {
    g_set_error(error, OPTREG_ERROR, OPTREG_ERROR_MEMORY,
                "out of memory: %s needs %" G_GUINT64_FORMAT " bytes", what, bytes);
    return false;
  }
  g_free(memory);
  return true;
}

uint64_t
optreg_memory_of_entries(uint64_t n, uint64_t text)
{
  return EVERY_CALL + n * AN_ENTRY + text * COPIES;
}
