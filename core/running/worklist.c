/* SPDX-License-Identifier: MIT */
/* Tensors -> chunks -> items. */
#include "worklist.h"

#include <glib.h>

/* large enough to hide the hand-out, small enough to share a small model */
#define CHUNK (64u * OPTREG_BLOCK)

/* what one more tensor costs, in elements */
#define TENSOR_COST 128u

static size_t
n_blocks(uint64_t n)
{
  return (size_t)((n + OPTREG_BLOCK - 1) / OPTREG_BLOCK);
}

static void
cut(const OptregTensor *tensor, size_t first_block, GArray *chunks)
{
  const uint64_t step = tensor->is_whole ? tensor->n : CHUNK;

  for (uint64_t begin = 0; begin < tensor->n; begin += step) {
    const OptregChunk chunk = { tensor,
                                begin,
                                MIN(begin + step, tensor->n),
                                first_block + (size_t)(begin / OPTREG_BLOCK),
                                1,
                                1 };
    g_array_append_val(chunks, chunk);
  }
}

static void
gather(OptregWorklist *list)
{
  GArray *items = g_array_new(FALSE, FALSE, sizeof(size_t));
  uint64_t weight = CHUNK;

  for (size_t i = 0; i < list->n_chunks; i++) {
    if (weight >= CHUNK && !list->chunks[i].tensor->is_behind) {
      g_array_append_val(items, i);
      weight = 0;
    }
    weight += list->chunks[i].end - list->chunks[i].begin + TENSOR_COST;
  }
  list->n_items = items->len;
  g_array_append_val(items, list->n_chunks);
  list->items = (size_t *)(void *)g_array_free(items, FALSE);
}

void
optreg_worklist_init(OptregWorklist *list, const OptregTensor *tensors, size_t n)
{
  GArray *chunks = g_array_new(FALSE, FALSE, sizeof(OptregChunk));

  list->first_block = g_new0(size_t, n + 1);
  list->largest_whole = 0;
  for (size_t i = 0; i < n; i++) {
    cut(&tensors[i], list->first_block[i], chunks);
    list->first_block[i + 1] = list->first_block[i] + n_blocks(tensors[i].n);
    if (tensors[i].is_whole) {
      list->largest_whole = MAX(list->largest_whole, tensors[i].n * tensors[i].size);
    }
  }
  list->n_chunks = chunks->len;
  list->chunks = (OptregChunk *)(void *)g_array_free(chunks, FALSE);
  gather(list);
}

void
optreg_worklist_clear(OptregWorklist *list)
{
  g_free(list->chunks);
  g_free(list->items);
  g_free(list->first_block);
}
