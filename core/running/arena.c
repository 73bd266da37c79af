/* SPDX-License-Identifier: MIT */
/* One block of memory for many requests. */
#include "arena.h"

#include "error.h"

#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

/* where streams that move together would all begin at the same place of their pages, as
 * large blocks of malloc do, they meet in the same lines of the caches */
#define PAGE 4096u
#define STAGGER (9u * OPTREG_ALIGNMENT)

/* in small pages a step waits for page tables rather than for memory */
#define HUGE_PAGE ((size_t)2 << 20)

typedef struct Piece {
  uint64_t offset;
  void **memory;
} Piece;

struct OptregArena {
  optreg_allocator allocator;
  GArray *pieces;
  uint64_t size, n_large; /* pieces of a page and more */
  bool is_too_large;
  char *memory;
};

static void *
allocate_aligned(void *context, size_t size, size_t alignment)
{
  const bool is_large = size >= HUGE_PAGE;
  void *memory = NULL;

  (void)context;
  /* not aligned_alloc, which may insist on a size that is a multiple of the alignment
   */
  if (posix_memalign(&memory, is_large ? HUGE_PAGE : alignment, size) != 0) {
    return NULL;
  }
#ifdef MADV_HUGEPAGE
  if (is_large) {
    madvise(memory, size, MADV_HUGEPAGE); /* a wish: without it all is as correct */
  }
#endif
  return memory;
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

static uint64_t
round_up(uint64_t size, uint64_t unit)
{
  return (size + unit - 1) / unit * unit;
}

/* the first place at or after the end; each large piece begins further into its page */
static uint64_t
place(OptregArena *arena, uint64_t size, size_t alignment)
{
  if (size < PAGE) {
    return round_up(arena->size, alignment);
  }
  const uint64_t in_page = ++arena->n_large * STAGGER % PAGE;
  return round_up(arena->size + PAGE - in_page, PAGE) - PAGE + in_page;
}

void
optreg_arena_add_behind(OptregArena *arena, uint64_t size, size_t alignment,
                        void **memory)
{
  if (size > SIZE_MAX / 2 || arena->size > SIZE_MAX / 2 - size) {
    arena->is_too_large = true;
    return;
  }
  const Piece piece = { place(arena, size, alignment), memory };
  g_array_append_val(arena->pieces, piece);
  arena->size = piece.offset + size;
}

void
optreg_arena_add(OptregArena *arena, uint64_t size, void **memory)
{
  optreg_arena_add_behind(arena, size, OPTREG_ALIGNMENT, memory);
}

bool
optreg_arena_fill(OptregArena *arena, GError **error)
{
  if (arena->size == 0 && !arena->is_too_large) {
    return true;
  }
  arena->size = round_up(arena->size, OPTREG_ALIGNMENT);
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
