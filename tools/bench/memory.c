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
  void *memory = NULL;

  if (posix_memalign(&memory, size >= HUGE_PAGE ? HUGE_PAGE : PAGE, size) != 0) {
    return NULL;
  }
  if (size >= HUGE_PAGE) {
    advise(memory, size, has_huge_pages);
  }
  return memory;
}
