/* SPDX-License-Identifier: MIT */
/* One block of memory for many requests. */
#include "arena.h"

#include "error.h"

#include <stdlib.h>
#include <string.h>

typedef struct Piece {
  uint64_t offset;
  void **memory;
} Piece;

struct OptregArena {
  optreg_allocator allocator;
  GArray *pieces;
  uint64_t size;
  bool is_too_large;
  char *memory;
};

static void *
allocate_aligned(void *context, size_t size, size_t alignment)
{
  (void)context;
  return aligned_alloc(alignment, size);
}

static void
release_aligned(void *context, void *memory)
{
  (void)context;
  free(memory);
}

static const optreg_allocator c_library = { NULL, allocate_aligned, release_aligned };

OptregArena *
optreg_arena_new(const optreg_allocator *allocator)
{
  OptregArena *arena = g_new0(OptregArena, 1);

  arena->allocator = allocator != NULL ? *allocator : c_library;
  arena->pieces = g_array_new(FALSE, FALSE, sizeof(Piece));
  return arena;
}

void
optreg_arena_free(OptregArena *arena)
{
  if (arena == NULL) {
    return;
  }
  if (arena->memory != NULL) {
    arena->allocator.release(arena->allocator.context, arena->memory);
  }
  g_array_unref(arena->pieces);
  g_free(arena);
}

/* each piece starts one line further into its page than the one before, so that streams
 * of equal size do not meet in the same lines of the cache */
static uint64_t
padded(uint64_t size)
{
  const uint64_t lines = (size + OPTREG_ALIGNMENT - 1) / OPTREG_ALIGNMENT;
  return (lines + 1) * OPTREG_ALIGNMENT;
}

void
optreg_arena_add(OptregArena *arena, uint64_t size, void **memory)
{
  const Piece piece = { arena->size, memory };

  g_array_append_val(arena->pieces, piece);
  if (size > SIZE_MAX / 2 || arena->size > SIZE_MAX / 2 - size) {
    arena->is_too_large = true;
  } else {
    arena->size += padded(size);
  }
}

bool
optreg_arena_fill(OptregArena *arena, GError **error)
{
  if (arena->size == 0 && !arena->is_too_large) {
    return true;
  }
  if (!arena->is_too_large) {
    arena->memory = arena->allocator.allocate(arena->allocator.context,
                                              (size_t)arena->size, OPTREG_ALIGNMENT);
  }
  if (arena->memory == NULL) {
    g_set_error(error, OPTREG_ERROR, OPTREG_ERROR_MEMORY,
                "out of memory: the optimizer needs %s%" G_GUINT64_FORMAT " bytes",
                arena->is_too_large ? "more than " : "", arena->size);
    return false;
  }
  memset(arena->memory, 0, (size_t)arena->size);
  for (guint i = 0; i < arena->pieces->len; i++) {
    const Piece *piece = &g_array_index(arena->pieces, Piece, i);
    *piece->memory = arena->memory + piece->offset;
  }
  return true;
}
