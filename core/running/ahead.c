/* SPDX-License-Identifier: MIT */
/* Prefetching by software. A processor follows a stream by itself, but with many at
 * once and long arithmetic in between it comes too late, and at the end of a page it
 * stops. */
#include "ahead.h"

#define LINE 64u  /* of a cache */
#define SOON 3u   /* chunks until what is asked for is there, by measurement */
#define FIRST 64u /* elements; further ones are asked for tile by tile */

static void
fetch(const void *stream, size_t begin, size_t end)
{
  for (size_t at = begin; at < end; at += LINE) {
    __builtin_prefetch((const char *)stream + at, 1);
  }
}

void
optreg_fetch_ahead(const OptregSweep *sweep, const OptregChunk *chunk,
                   const OptregTile *tile, size_t distance)
{
  const OptregTensor *tensor = tile->tensor;
  const size_t stored = tensor->codec->size;
  const uint64_t begin = tile->offset + distance;
  const uint64_t end = begin + tile->n;

  if (distance == 0 || end > chunk->end) {
    return;
  }
  if ((sweep->flags & (OPTREG_STAGE_READS_PARAM | OPTREG_STAGE_WRITES_PARAM)) != 0) {
    fetch(tensor->data, begin * stored, end * stored);
  }
  if ((sweep->flags & OPTREG_STAGE_READS_GRADIENT) != 0 && tensor->grad != NULL) {
    fetch(tensor->grad, begin * stored, end * stored);
  }
  for (size_t i = 0; i < tensor->n_streams; i++) {
    if ((tensor->streams[i].sweeps & 1u << sweep->kind) != 0) {
      fetch(tensor->streams[i].data, begin * tensor->size, end * tensor->size);
    }
  }
}

void
optreg_fetch_soon(const OptregChunk *chunk, size_t n_left)
{
  if (n_left <= SOON || chunk[SOON].begin > 0) {
    return;
  }
  const OptregTensor *tensor = chunk[SOON].tensor;
  const size_t n = tensor->n < FIRST ? (size_t)tensor->n : FIRST;
  fetch(tensor->data, 0, n * tensor->codec->size);
  if (tensor->grad != NULL) {
    fetch(tensor->grad, 0, n * tensor->codec->size);
  }
}
