/* SPDX-License-Identifier: MIT */
/* What all spans of a plugin share. */
#include "commons.h"

#include "object.h"
#include "shortage.h"

#include <dlfcn.h>
#include <link.h>
#include <sys/mman.h>
#include <unistd.h>

/* whole pages */
typedef struct Region {
  char *begin, *end;
} Region;

enum { MAX_REGIONS = 8, HEAP_BYTES = 64 << 20 };

static struct {
  Region variables[MAX_REGIONS]; /* of the plugin */
  size_t n_variables;
  Region heap;
  char *next; /* free part of the heap */
  bool is_locked;
  Object *object;    /* names of variables */
  uintptr_t address; /* of the library */
} commons;

static uintptr_t
page_of(uintptr_t address)
{
  return address & ~((uintptr_t)sysconf(_SC_PAGESIZE) - 1);
}

static bool
contains(const Region *region, const char *address)
{
  return address >= region->begin && address < region->end;
}

/* where the part of a library ends that the linker has made constant after filling it
 * in
 */
static uintptr_t
end_of_constants(const struct dl_phdr_info *info)
{
  for (size_t i = 0; i < info->dlpi_phnum; i++) {
    const ElfW(Phdr) *segment = &info->dlpi_phdr[i];
    if (segment->p_type == PT_GNU_RELRO) {
      return page_of(info->dlpi_addr + segment->p_vaddr + segment->p_memsz);
    }
  }
  return 0;
}

static void
add_region(uintptr_t begin, uintptr_t end)
{
  if (begin < end && commons.n_variables < MAX_REGIONS) {
    commons.variables[commons.n_variables++] = (Region){ (char *)begin, (char *)end };
  }
}

static int
visit_library(struct dl_phdr_info *info, size_t size, void *data)
{
  const uintptr_t page = (uintptr_t)sysconf(_SC_PAGESIZE);

  (void)size;
  if (info->dlpi_addr != *(const uintptr_t *)data) {
    return 0;
  }
  const uintptr_t constants = end_of_constants(info);
  for (size_t i = 0; i < info->dlpi_phnum; i++) {
    const ElfW(Phdr) *segment = &info->dlpi_phdr[i];
    const uintptr_t begin = info->dlpi_addr + segment->p_vaddr;
    if (segment->p_type == PT_LOAD && (segment->p_flags & PF_W)) {
      add_region(MAX(page_of(begin), constants),
                 page_of(begin + segment->p_memsz + page - 1));
    }
  }
  return 1;
}

void
commons_open(const Plugin *plugin)
{
  const struct link_map *map = NULL;
  char *heap = mmap(NULL, HEAP_BYTES, PROT_READ | PROT_WRITE,
                    MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

  if (heap == MAP_FAILED || dlinfo(plugin->library, RTLD_DI_LINKMAP, &map) != 0) {
    shortage("no memory for what a plugin allocates");
  }
  commons.heap = (Region){ heap, heap + HEAP_BYTES };
  commons.next = heap;
  commons.address = map->l_addr;
  commons.object = object_new(plugin->path, NULL);
  /* a sanitizer keeps its books among the variables */
  if (commons.object != NULL && !object_is_instrumented(commons.object)) {
    dl_iterate_phdr(visit_library, &commons.address);
  }
}

void *
commons_alloc(size_t size, size_t alignment)
{
  const uintptr_t step = MAX(alignment, 16);
  char *begin = (char *)(((uintptr_t)commons.next + step - 1) / step * step);

  if (commons.heap.begin == NULL || commons.is_locked || begin > commons.heap.end
      || size > (size_t)(commons.heap.end - begin)) {
    return NULL;
  }
  commons.next = begin + MAX(size, 1);
  return begin;
}

bool
commons_owns(const void *memory)
{
  return contains(&commons.heap, memory);
}

size_t
commons_readable(const void *memory)
{
  return (size_t)(commons.heap.end - (const char *)memory);
}

static void
protect(int protection)
{
  for (size_t i = 0; i < commons.n_variables; i++) {
    const Region *region = &commons.variables[i];
    mprotect(region->begin, (size_t)(region->end - region->begin), protection);
  }
  if (commons.heap.begin != NULL) {
    mprotect(commons.heap.begin, HEAP_BYTES, protection);
  }
}

void
commons_lock(void)
{
  protect(PROT_READ);
  commons.is_locked = true;
}

void
commons_unlock(void)
{
  commons.is_locked = false;
  protect(PROT_READ | PROT_WRITE);
}

static const char *
name_at(const char *address)
{
  const uint64_t offset = (uintptr_t)address - commons.address;

  for (size_t i = 0; i < commons.object->n_variables; i++) {
    const ObjectVariable *variable = &commons.object->variables[i];
    if (!variable->is_of_thread && offset >= variable->address
        && offset - variable->address < variable->size) {
      return variable->name;
    }
  }
  return NULL;
}

/* runs in a signal handler */
bool
commons_explain(const char *address, char *text, size_t size)
{
  if (!commons.is_locked) {
    return false;
  }
  if (contains(&commons.heap, address)) {
    g_snprintf(text, size, "writes to memory that build has allocated");
    return true;
  }
  for (size_t i = 0; i < commons.n_variables; i++) {
    if (contains(&commons.variables[i], address)) {
      const char *name = name_at(address);
      g_snprintf(text, size, "writes to the variable '%s'", name != NULL ? name : "?");
      return true;
    }
  }
  return false;
}
