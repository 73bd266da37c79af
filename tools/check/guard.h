/* SPDX-License-Identifier: MIT */
/* Memory between two pages that nobody may touch. */
#ifndef OPTREG_CHECK_GUARD_H
#define OPTREG_CHECK_GUARD_H

#include <stdbool.h>
#include <stddef.h>

typedef struct Guard {
  const char *name; /* what it is, for messages */
  char *data;       /* `size` bytes; NULL when there are none */
  size_t size;
  char *map;
  size_t n_pages; /* between the forbidden ones */
  bool is_read_only;
} Guard;

/* Zeroed memory whose first byte follows a forbidden page, or whose last byte is
 * followed by one. */
void guard_init(Guard *guard, const char *name, size_t size, bool is_at_end);
void guard_clear(Guard *guard);

void guard_protect(Guard *guard, bool is_read_only);

/* What an access to `address` was that failed: "writes to the gradient" and the like;
 * false when it has nothing to do with this memory. */
bool guard_explain(const Guard *guard, const char *address, char *text, size_t size);

#endif
