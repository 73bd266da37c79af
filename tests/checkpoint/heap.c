/* SPDX-License-Identifier: MIT */
/* Standing in front of malloc. */
#include "heap.h"

#include <errno.h>
#include <malloc.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#define OVERHEAD sizeof(size_t) /* of a block in the C library's heap */

static struct {
  size_t live, most; /* most: SIZE_MAX is no limit */
  size_t begin, peak;
  void *last; /* taken by the last call, and not yet in the peak */
} heap = { .most = SIZE_MAX };

/* the C library's own names let a program stand in front of them */
extern void *__libc_malloc(size_t size);
extern void *__libc_realloc(void *memory, size_t size);
extern void *__libc_memalign(size_t alignment, size_t size);
extern void __libc_free(void *memory);

static size_t
size_of(void *memory)
{
  return memory != NULL ? malloc_usable_size(memory) + OVERHEAD : 0;
}

static int
is_too_much(size_t size)
{
  return size > heap.most || heap.live > heap.most - size;
}

static void
update_peak(void)
{
  heap.peak = heap.live > heap.peak ? heap.live : heap.peak;
}

static void *
take(void *memory)
{
  update_peak();
  heap.live += size_of(memory);
  heap.last = memory;
  return memory;
}

void *
malloc(size_t size)
{
  return is_too_much(size) ? NULL : take(__libc_malloc(size));
}

void *
calloc(size_t n, size_t size)
{
  size_t bytes;
  void *memory = __builtin_mul_overflow(n, size, &bytes) ? NULL : malloc(bytes);

  return memory != NULL ? memset(memory, 0, bytes) : NULL;
}

void *
realloc(void *memory, size_t size)
{
  const size_t before = size_of(memory);

  if (is_too_much(size)) { /* both may be there at once */
    return NULL;
  }
  void *moved = __libc_realloc(memory, size);
  if (moved != NULL || size == 0) {
    heap.live += size_of(moved);
    update_peak();
    heap.live -= before;
    heap.last = NULL;
  }
  return moved;
}

void *
aligned_alloc(size_t alignment, size_t size)
{
  return is_too_much(size) ? NULL : take(__libc_memalign(alignment, size));
}

int
posix_memalign(void **memory, size_t alignment, size_t size)
{
  *memory = aligned_alloc(alignment, size);
  return *memory != NULL ? 0 : ENOMEM;
}

void
free(void *memory)
{
  if (memory == NULL || memory != heap.last) {
    update_peak();
  }
  heap.last = NULL;
  heap.live -= size_of(memory);
  __libc_free(memory);
}

void
heap_limit(size_t bytes)
{
  heap.most = bytes <= SIZE_MAX - heap.live ? heap.live + bytes : SIZE_MAX;
}

void
heap_measure(void)
{
  heap.begin = heap.peak = heap.live;
  heap.last = NULL;
}

size_t
heap_peak(void)
{
  update_peak();
  return heap.peak - heap.begin;
}
