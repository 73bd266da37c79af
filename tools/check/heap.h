/* SPDX-License-Identifier: MIT */
/* Memory for a plugin in which every block ends at a forbidden page, so that a write
 * behind it is found where it happens and not where it does harm. */
#ifndef OPTREG_CHECK_HEAP_H
#define OPTREG_CHECK_HEAP_H

#include <stdbool.h>
#include <stddef.h>

/* From now on heap_alloc() has memory; once for each process. */
void heap_open(void);

/* What memory holds that nobody has written to; 0xa5 before. */
void heap_set_fresh(unsigned char byte);

/* Memory that is not cleared, or NULL: not open, or none is left. */
void *heap_alloc(size_t size, size_t alignment);

/* Whether memory is from there, given back or not. */
bool heap_owns(const void *memory);

/* How large the block is; 0 when it has been given back. */
size_t heap_size(const void *memory);
void heap_release(void *memory);

/* NULL, or what is wrong with a block that has been given back, or is at hand: bytes
 * beside it are overwritten, or it was given back twice. */
const char *heap_complaint(void);

/* What an access to `address` was that failed; false when it has nothing to do with
 * this memory. Runs in a signal handler. */
bool heap_explain(const char *address, char *text, size_t size);

#endif
