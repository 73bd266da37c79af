/* SPDX-License-Identifier: MIT */
/* What all spans of a plugin share: its variables, and the memory that it has asked
 * for. Both can be locked against writing while a kernel runs, so that a race between
 * threads is found without one. */
#ifndef OPTREG_CHECK_COMMONS_H
#define OPTREG_CHECK_COMMONS_H

#include "plugin.h"

#include <stdbool.h>

/* From now on memory for the plugin comes from pages that can be locked. The plugin is
 * open, and its imports are watched; one plugin for each process. */
void commons_open(const Plugin *plugin);

/* NULL when it has not been opened, is locked, or has no room left. */
void *commons_alloc(size_t size, size_t alignment);

/* Whether memory is from there: it is never given back. */
bool commons_owns(const void *memory);

/* How many bytes may be read from there on. */
size_t commons_readable(const void *memory);

void commons_lock(void);
void commons_unlock(void);

/* What a write to `address` was that failed because of the lock; false when it was not.
 */
bool commons_explain(const char *address, char *text, size_t size);

#endif
