/* SPDX-License-Identifier: MIT */
/* A page that the kernel wipes in children. Handlers of pthread_atfork would miss those
 * that clone() makes, and numbers of processes are those of a namespace. */
#include "fork_mark.h"

#include <stddef.h>
#include <sys/mman.h>
#include <unistd.h>

#define PAGE_SIZE ((size_t)sysconf(_SC_PAGESIZE))

static void *
new_page(void)
{
  void *page =
      mmap(NULL, PAGE_SIZE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

  if (page == MAP_FAILED) {
    return NULL;
  }
  if (madvise(page, PAGE_SIZE, MADV_WIPEONFORK) != 0) {
    munmap(page, PAGE_SIZE);
    return NULL;
  }
  return page;
}

void
optreg_fork_mark_set(OptregForkMark *mark)
{
  if (mark->page == NULL) {
    mark->page = new_page();
  }
  if (mark->page != NULL) {
    *mark->page = 1;
  }
  mark->process = getpid();
}

void
optreg_fork_mark_clear(OptregForkMark *mark)
{
  if (mark->page != NULL) {
    munmap((void *)mark->page, PAGE_SIZE);
    mark->page = NULL;
  }
}

bool
optreg_fork_mark_is_inherited(const OptregForkMark *mark)
{
  return mark->page != NULL ? *mark->page == 0 : mark->process != getpid();
}
