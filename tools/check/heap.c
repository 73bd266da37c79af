/* SPDX-License-Identifier: MIT */
/* Memory for a plugin in which every block ends at a forbidden page. */
#include "heap.h"

#include "shortage.h"

#include <glib.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

/* Blocks lie behind one another, each in pages of its own and with a gap behind it that
 * nobody may touch. What alignment leaves free is filled and looked at later. A block
 * that is given back is forbidden as a whole; its pages are used again when the rest of
 * the region has been, the oldest first. */
enum { BYTES = 96 << 20, GAP = 64 << 10, MOST_BLOCKS = 4096, FILLER = 0xfd };

typedef struct Block {
  char *map, *data;
  size_t size, n_bytes; /* asked for; of its pages */
  size_t freed_at;      /* 0: it is in use */
} Block;

static struct {
  char *begin, *next;
  Block blocks[MOST_BLOCKS]; /* in the order of addresses */
  size_t n_blocks, n_freed;
  const char *complaint;
  unsigned char fresh;
} heap = { .fresh = 0xa5 };

void
heap_set_fresh(unsigned char byte)
{
  heap.fresh = byte;
}

void
heap_open(void)
{
  heap.begin =
      mmap(NULL, BYTES, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (heap.begin == MAP_FAILED) {
    shortage("no memory for what a plugin allocates");
  }
  heap.next = heap.begin + GAP;
}

static Block *
find_block(const void *memory)
{
  for (size_t i = 0; i < heap.n_blocks; i++) {
    if (heap.blocks[i].data == memory) {
      return &heap.blocks[i];
    }
  }
  return NULL;
}

static Block *
new_block(size_t n_bytes)
{
  const size_t n_left = (size_t)(heap.begin + BYTES - heap.next);

  if (n_bytes + GAP > n_left || heap.n_blocks == MOST_BLOCKS) {
    return NULL;
  }
  Block *block = &heap.blocks[heap.n_blocks++];
  *block = (Block){ .map = heap.next, .n_bytes = n_bytes };
  heap.next += n_bytes + GAP;
  return block;
}

static Block *
oldest_block(size_t n_bytes)
{
  Block *oldest = NULL;

  for (size_t i = 0; i < heap.n_blocks; i++) {
    Block *block = &heap.blocks[i];
    if (block->freed_at > 0 && block->n_bytes >= n_bytes
        && (oldest == NULL || block->freed_at < oldest->freed_at)) {
      oldest = block;
    }
  }
  return oldest;
}

void *
heap_alloc(size_t size, size_t alignment)
{
  const size_t page = (size_t)sysconf(_SC_PAGESIZE), step = MAX(alignment, 16);

  if (heap.begin == NULL || size > BYTES || step > page) {
    return NULL;
  }
  const size_t taken = (MAX(size, 1) + step - 1) / step * step;
  const size_t n_bytes = (taken + page - 1) / page * page;
  Block *block = new_block(n_bytes);
  block = block != NULL ? block : oldest_block(n_bytes);
  if (block == NULL
      || mprotect(block->map, block->n_bytes, PROT_READ | PROT_WRITE) != 0) {
    return NULL;
  }
  block->data = block->map + block->n_bytes - taken;
  block->size = size;
  block->freed_at = 0;
  memset(block->map, FILLER, block->n_bytes);
  memset(block->data, heap.fresh, size);
  return block->data;
}

bool
heap_owns(const void *memory)
{
  const char *address = memory;

  return heap.begin != NULL && address >= heap.begin && address < heap.begin + BYTES;
}

size_t
heap_size(const void *memory)
{
  const Block *block = find_block(memory);

  return block != NULL && block->freed_at == 0 ? block->size : 0;
}

static void
look_at(const Block *block)
{
  for (const char *c = block->map; c < block->map + block->n_bytes; c++) {
    const bool is_beside = c < block->data || c >= block->data + block->size;
    if (is_beside && (unsigned char)*c != FILLER) {
      heap.complaint = c < block->data
                           ? "writes before the start of a block that it has "
                             "allocated"
                           : "writes behind the end of a block that it has "
                             "allocated";
    }
  }
}

void
heap_release(void *memory)
{
  Block *block = find_block(memory);

  if (block == NULL) {
    heap.complaint = "frees what is no block that it has allocated";
  } else if (block->freed_at > 0) {
    heap.complaint = "frees a block twice";
  } else {
    look_at(block);
    madvise(block->map, block->n_bytes, MADV_DONTNEED);
    mprotect(block->map, block->n_bytes, PROT_NONE);
    block->freed_at = ++heap.n_freed;
  }
}

const char *
heap_complaint(void)
{
  for (size_t i = 0; i < heap.n_blocks; i++) {
    if (heap.blocks[i].freed_at == 0) {
      look_at(&heap.blocks[i]);
    }
  }
  return heap.complaint;
}

bool
heap_explain(const char *address, char *text, size_t size)
{
  if (!heap_owns(address)) {
    return false;
  }
  for (size_t i = 0; i < heap.n_blocks; i++) {
    const Block *block = &heap.blocks[i];
    if (address < block->map) {
      break;
    }
    if (address < block->map + block->n_bytes) {
      g_snprintf(text, size, "reads or writes a block of %zu bytes that it has freed",
                 block->size);
      return true;
    }
    if (address < block->map + block->n_bytes + GAP / 2) {
      g_snprintf(text, size,
                 "reads or writes behind the end of the %zu bytes that it "
                 "has allocated",
                 block->size);
      return true;
    }
  }
  g_snprintf(text, size, "reads or writes beside what it has allocated");
  return true;
}
