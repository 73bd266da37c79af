/* SPDX-License-Identifier: MIT */
/* Counting allocations. The functions that a library imports are reached through
 * addresses that the dynamic linker has written into it; those of the allocator are
 * replaced. */
#include "imports.h"

#include "commons.h"
#include "heap.h"

#include <dlfcn.h>
#include <errno.h>
#include <glib.h>
#include <link.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

static struct {
  atomic_size_t n_calls, n_bytes;
  atomic_long n_live;
} counted;

void
imports_count_allocation(size_t size)
{
  atomic_fetch_add(&counted.n_calls, 1);
  atomic_fetch_add(&counted.n_bytes, size);
  atomic_fetch_add(&counted.n_live, 1);
}

void
imports_count_release(void)
{
  atomic_fetch_add(&counted.n_calls, 1);
  atomic_fetch_sub(&counted.n_live, 1);
}

Allocations
imports_allocations(void)
{
  return (Allocations){ atomic_load(&counted.n_calls), atomic_load(&counted.n_bytes),
                        atomic_load(&counted.n_live) };
}

/* from the pages that can be locked, or forbidden, where there are any */
void *
imports_allocate(size_t size, size_t alignment)
{
  void *memory = commons_alloc(size, alignment);

  imports_count_allocation(size);
  if (memory == NULL) {
    memory = heap_alloc(size, alignment);
  }
  if (memory == NULL
      && posix_memalign(&memory, MAX(alignment, sizeof(max_align_t)), size) != 0) {
    return NULL;
  }
  return memory;
}

static void *
count_malloc(size_t size)
{
  return imports_allocate(size, 1);
}

static void *
count_calloc(size_t n, size_t size)
{
  size_t bytes;
  void *memory = g_size_checked_mul(&bytes, n, size) ? imports_allocate(bytes, 1)
                                                     : NULL;

  return memory != NULL ? memset(memory, 0, bytes) : NULL;
}

void
imports_release(void *memory)
{
  if (memory != NULL) {
    imports_count_release();
  }
  if (heap_owns(memory)) {
    heap_release(memory);
  } else if (!commons_owns(memory)) {
    free(memory);
  }
}

static size_t
readable(const void *memory)
{
  return heap_owns(memory) ? heap_size(memory) : commons_readable(memory);
}

static void *
count_realloc(void *memory, size_t size)
{
  if (memory != NULL && !commons_owns(memory) && !heap_owns(memory)) {
    imports_count_release();
    imports_count_allocation(size);
    return realloc(memory, size);
  }
  void *copy = imports_allocate(size, 1);
  if (memory != NULL && copy != NULL) {
    memcpy(copy, memory, MIN(size, readable(memory)));
    imports_release(memory);
  }
  return copy;
}

static void *
count_reallocarray(void *memory, size_t n, size_t size)
{
  size_t bytes;

  return g_size_checked_mul(&bytes, n, size) ? count_realloc(memory, bytes) : NULL;
}

static void *
count_aligned_alloc(size_t alignment, size_t size)
{
  return imports_allocate(size, alignment);
}

static int
count_posix_memalign(void **memory, size_t alignment, size_t size)
{
  *memory = imports_allocate(size, alignment);
  return *memory != NULL ? 0 : ENOMEM;
}

/* operator new and delete of C++ end there too when they are asked here */
static void
count_sized_free(void *memory, size_t size)
{
  (void)size;
  imports_release(memory);
}

static const Replacement allocator[] = {
  { "malloc", (ImportedFunction)count_malloc },
  { "calloc", (ImportedFunction)count_calloc },
  { "realloc", (ImportedFunction)count_realloc },
  { "reallocarray", (ImportedFunction)count_reallocarray },
  { "aligned_alloc", (ImportedFunction)count_aligned_alloc },
  { "memalign", (ImportedFunction)count_aligned_alloc },
  { "posix_memalign", (ImportedFunction)count_posix_memalign },
  { "free", (ImportedFunction)imports_release },
  { "_Znwm", (ImportedFunction)count_malloc },
  { "_Znam", (ImportedFunction)count_malloc },
  { "_ZdlPv", (ImportedFunction)imports_release },
  { "_ZdaPv", (ImportedFunction)imports_release },
  { "_ZdlPvm", (ImportedFunction)count_sized_free },
  { "_ZdaPvm", (ImportedFunction)count_sized_free },
};

/* what replaces what */
typedef struct Table {
  const Replacement *rows;
  size_t n;
} Table;

static void
replace(const Table *table, const char *name, void *slot)
{
  for (size_t i = 0; i < table->n; i++) {
    if (strcmp(name, table->rows[i].name) == 0) {
      const uintptr_t page = (uintptr_t)sysconf(_SC_PAGESIZE);
      void *start = (void *)((uintptr_t)slot / page * page);
      mprotect(start, page, PROT_READ | PROT_WRITE);
      memcpy(slot, &table->rows[i].function, sizeof table->rows[i].function);
    }
  }
}

static void
replace_all(const Table *table, const struct link_map *map,
            const ElfW(Rela) * relocations, size_t size, const ElfW(Sym) * symbols,
            const char *names)
{
  for (size_t i = 0; i < size / sizeof *relocations; i++) {
    const size_t symbol = ELF64_R_SYM(relocations[i].r_info);
    if (symbol != 0 && symbols[symbol].st_shndx == SHN_UNDEF) {
      replace(table, names + symbols[symbol].st_name,
              (void *)(map->l_addr + relocations[i].r_offset));
    }
  }
}

void
imports_replace(void *library, const Replacement *replacements, size_t n)
{
  const Table table = { replacements, n };
  const struct link_map *map = NULL;
  ElfW(Addr) entries[DT_NUM] = { 0 };

  if (dlinfo(library, RTLD_DI_LINKMAP, &map) != 0) {
    return;
  }
  for (const ElfW(Dyn) *entry = map->l_ld; entry->d_tag != DT_NULL; entry++) {
    if (entry->d_tag < DT_NUM) {
      entries[entry->d_tag] = entry->d_un.d_ptr;
    }
  }
  const ElfW(Sym) *symbols = (const ElfW(Sym) *)entries[DT_SYMTAB];
  const char *names = (const char *)entries[DT_STRTAB];
  replace_all(&table, map, (const ElfW(Rela) *)entries[DT_JMPREL], entries[DT_PLTRELSZ],
              symbols, names);
  replace_all(&table, map, (const ElfW(Rela) *)entries[DT_RELA], entries[DT_RELASZ],
              symbols, names);
}

void
imports_watch(void *library)
{
  imports_replace(library, allocator, G_N_ELEMENTS(allocator));
}

void
imports_guard(void *library)
{
  heap_open();
  imports_watch(library);
}
