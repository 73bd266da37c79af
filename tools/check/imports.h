/* SPDX-License-Identifier: MIT */
/* Counting what a plugin asks of the C library's allocator, by pointing its own table
 * of imported functions at ours; nobody else's calls are seen. */
#ifndef OPTREG_CHECK_IMPORTS_H
#define OPTREG_CHECK_IMPORTS_H

#include <stdbool.h>
#include <stddef.h>

typedef struct Allocations {
  size_t n_calls; /* of any of its functions */
  size_t n_bytes; /* asked for in all */
  long n_live;    /* handed out and not given back */
} Allocations;

typedef void (*ImportedFunction)(void);

typedef struct Replacement {
  const char *name;
  ImportedFunction function;
} Replacement;

/* Point what a library imports by these names elsewhere. */
void imports_replace(void *library, const Replacement *replacements, size_t n);

/* What an opened library has done from now on; one library for each process. */
void imports_watch(void *library);

/* The same, and from now on each block lies alone: see heap.h. */
void imports_guard(void *library);

/* What the plugin gets instead of malloc and free; for the host's table too. */
void *imports_allocate(size_t size, size_t alignment);
void imports_release(void *memory);

/* Allocations of another kind are told here. */
void imports_count_allocation(size_t size);
void imports_count_release(void);

Allocations imports_allocations(void);

#endif
