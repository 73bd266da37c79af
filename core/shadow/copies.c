/* SPDX-License-Identifier: MIT */
/* Copies of the live parameters. */
#include "copies.h"

#include <string.h>

OptregCopies *
optreg_copies_new(const OptregEngine *live, GError **error)
{
  g_autoptr(OptregCopies) copies = g_new0(OptregCopies, 1);
  const optreg_allocator *allocator = &live->options->hooks.allocator;

  copies->live = live;
  copies->arena = optreg_arena_new(allocator->allocate != NULL ? allocator : NULL);
  copies->before = g_new0(void *, live->n_tensors);
  copies->candidate = g_new0(void *, live->n_tensors);
  for (size_t i = 0; i < live->n_tensors; i++) {
    const uint64_t size = live->tensors[i].n * live->tensors[i].codec->size;
    optreg_arena_add(copies->arena, size, &copies->before[i]);
    optreg_arena_add(copies->arena, size, &copies->candidate[i]);
  }
  if (!optreg_arena_fill(copies->arena, error)) {
    g_prefix_error(error, "a shadow copies the parameters twice: ");
    return NULL;
  }
  return g_steal_pointer(&copies);
}

void
optreg_copies_free(OptregCopies *copies)
{
  if (copies != NULL) {
    optreg_arena_free(copies->arena);
    g_free(copies->before);
    g_free(copies->candidate);
    g_free(copies);
  }
}

/* the part of a tensor that a chunk covers */
static void
copy_chunk(const OptregChunk *chunk, void *to, const void *from)
{
  const size_t size = chunk->tensor->codec->size;

  memcpy((char *)to + chunk->begin * size, (const char *)from + chunk->begin * size,
         (chunk->end - chunk->begin) * size);
}

static void
take_item(void *argument, size_t item, size_t worker)
{
  const OptregCopies *copies = argument;
  const OptregWorklist *list = &copies->live->worklist;

  (void)worker;
  for (size_t i = list->items[item]; i < list->items[item + 1]; i++) {
    const OptregTensor *tensor = list->chunks[i].tensor;
    copy_chunk(&list->chunks[i], copies->before[tensor->index], tensor->data);
  }
}

static void
reset_item(void *argument, size_t item, size_t worker)
{
  const OptregCopies *copies = argument;
  const OptregWorklist *list = &copies->live->worklist;

  (void)worker;
  for (size_t i = list->items[item]; i < list->items[item + 1]; i++) {
    const size_t tensor = list->chunks[i].tensor->index;
    copy_chunk(&list->chunks[i], copies->candidate[tensor], copies->before[tensor]);
  }
}

void
optreg_copies_take(const OptregCopies *copies)
{
  optreg_executor_run(copies->live->executor, copies->live->worklist.n_items, take_item,
                      (void *)copies);
}

void
optreg_copies_reset(const OptregCopies *copies)
{
  optreg_executor_run(copies->live->executor, copies->live->worklist.n_items,
                      reset_item, (void *)copies);
}
