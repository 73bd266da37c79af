/* SPDX-License-Identifier: MIT */
/* Memory between two pages that nobody may touch. */
#include "guard.h"

#include "shortage.h"

#include <glib.h>
#include <sys/mman.h>
#include <unistd.h>

static size_t
page_size(void)
{
  return (size_t)sysconf(_SC_PAGESIZE);
}

void
guard_init(Guard *guard, const char *name, size_t size, bool is_at_end)
{
  const size_t page = page_size(), n_pages = (size + page - 1) / page;
  char *map =
      mmap(NULL, (n_pages + 2) * page, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

  if (map == MAP_FAILED
      || (n_pages > 0
          && mprotect(map + page, n_pages * page, PROT_READ | PROT_WRITE) != 0)) {
    shortage("no memory for %zu bytes", size);
  }
  *guard = (Guard){ .name = name, .size = size, .map = map, .n_pages = n_pages };
  guard->data = is_at_end ? map + (n_pages + 1) * page - size : map + page;
}

void
guard_clear(Guard *guard)
{
  if (guard->map != NULL) {
    munmap(guard->map, (guard->n_pages + 2) * page_size());
  }
  *guard = (Guard){ 0 };
}

void
guard_protect(Guard *guard, bool is_read_only)
{
  guard->is_read_only = is_read_only;
  if (guard->n_pages > 0) {
    mprotect(guard->map + page_size(), guard->n_pages * page_size(),
             is_read_only ? PROT_READ : PROT_READ | PROT_WRITE);
  }
}

/* runs in a signal handler */
bool
guard_explain(const Guard *guard, const char *address, char *text, size_t size)
{
  const size_t page = page_size();
  const char *begin = guard->map + page, *end = begin + guard->n_pages * page;

  if (guard->map == NULL || address < guard->map || address >= end + page) {
    return false;
  }
  if (address < begin || address >= end) {
    g_snprintf(text, size, "reads or writes %s the %s of %s",
               address < begin ? "before" : "behind", address < begin ? "start" : "end",
               guard->name);
    return true;
  }
  g_snprintf(text, size, "writes to %s", guard->name);
  return guard->is_read_only;
}
