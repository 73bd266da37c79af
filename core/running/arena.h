/* SPDX-License-Identifier: MIT */
/* One block of memory for many requests: all of it or a clear error. */
#ifndef OPTREG_CORE_ARENA_H
#define OPTREG_CORE_ARENA_H

#include <glib.h>
#include <optreg/optreg.h>

/* Alignment of a piece that does not follow another. */
#define OPTREG_ALIGNMENT 64

typedef struct OptregArena OptregArena;

/* NULL: the C library's allocator. */
OptregArena *optreg_arena_new(const optreg_allocator *allocator);
void optreg_arena_free(OptregArena *arena);

/* Ask for zeroed memory; *memory is set when the arena is filled. A size of 0 gives a
 * pointer that must not be followed. */
void optreg_arena_add(OptregArena *arena, uint64_t size, void **memory);

/* The same, directly behind the piece that was added last, as far as `alignment`
 * permits. */
void optreg_arena_add_behind(OptregArena *arena, uint64_t size, size_t alignment,
                             void **memory);

/* Allocate, or OPTREG_ERROR_MEMORY with the size that was wanted. Once. */
bool optreg_arena_fill(OptregArena *arena, GError **error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(OptregArena, optreg_arena_free)

#endif
