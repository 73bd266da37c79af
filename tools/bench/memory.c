/* SPDX-License-Identifier: MIT */
/* Pages of either size. */
#include "memory.h"

#include <stdlib.h>
#include <sys/mman.h>

#define PAGE ((size_t)4096)
#define HUGE_PAGE ((size_t)2 << 20)

/* both wishes are said: a machine may give huge pages to everybody */
static void
advise(void *memory, size_t size, bool has_huge_pages)
{
#ifdef MADV_HUGEPAGE
  madvise(memory, size, has_huge_pages ? MADV_HUGEPAGE : MADV_NOHUGEPAGE);
#endif
}

void *
memory_allocate(size_t size, bool has_huge_pages)
{
  const size_t alignment = size >= HUGE_PAGE ? HUGE_PAGE : PAGE;
  void *memory = aligned_alloc(alignment, (size + PAGE - 1) / PAGE * PAGE);

  if (memory != NULL && size >= HUGE_PAGE) {
    advise(memory, size, has_huge_pages);
  }
  return memory;
}
