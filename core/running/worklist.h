/* SPDX-License-Identifier: MIT */
/* How the tensors are cut into items of work. */
#ifndef OPTREG_CORE_WORKLIST_H
#define OPTREG_CORE_WORKLIST_H

#include "running/tile.h"

/* A run of whole blocks of one tensor, or a tensor that must stay whole. */
typedef struct OptregChunk {
  const OptregTensor *tensor;
  uint64_t begin, end;
  size_t first_block; /* of the chunk, counted over all tensors */
  size_t n_together;  /* chunks from this one on that may be run as one */
  size_t n_updated;   /* likewise, where the optimizer runs */
} OptregChunk;

/* Items are runs of chunks: large tensors are cut, small ones put together. */
typedef struct OptregWorklist {
  OptregChunk *chunks;
  size_t n_chunks;
  size_t *items; /* item i is chunks[items[i]] .. chunks[items[i + 1] - 1] */
  size_t n_items;
  size_t *first_block;    /* by tensor; n_tensors + 1 entries */
  uint64_t largest_whole; /* bytes of the largest tensor that must stay whole */
} OptregWorklist;

void optreg_worklist_init(OptregWorklist *list, const OptregTensor *tensors, size_t n);
void optreg_worklist_clear(OptregWorklist *list);

#endif
