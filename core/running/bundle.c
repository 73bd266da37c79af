/* SPDX-License-Identifier: MIT */
/* Small tensors as one. */
#include "bundle.h"

#include "running/instances.h"

#include <string.h>

#define SOON 8u /* tensors until what is asked for is there, by measurement */

/* ---- which ---- */

/* state of one element alone is no stream */
static bool
is_small(const OptregTensor *tensor)
{
  return tensor->n > 1 && tensor->n <= OPTREG_BUNDLE_SMALL && !tensor->is_overwritten
         && !tensor->is_hooked;
}

static bool
is_alike(const OptregTensor *a, const OptregTensor *b)
{
  return a->group == b->group && a->dtype == b->dtype && a->is_non_neg == b->is_non_neg;
}

void
optreg_bundles_mark(OptregTensor *tensors, size_t n)
{
  uint64_t n_elements = 0;

  for (size_t i = 0; i < n; i++) {
    OptregTensor *tensor = &tensors[i];
    n_elements += tensor->n;
    tensor->is_behind = i > 0 && is_small(tensor) && is_small(tensor - 1)
                        && is_alike(tensor - 1, tensor)
                        && n_elements <= OPTREG_BUNDLE_MOST;
    if (!tensor->is_behind) {
      n_elements = tensor->n;
    }
  }
}

/* the plugin may have given them different slots, and wrappers hang on tensors, too */
static bool
continues(const OptregTensor *tensor, const OptregTensor *next,
          const OptregInstances *instances)
{
  if (!next->is_behind || tensor->n_streams != next->n_streams
      || !optreg_instance_continues(optreg_instances_of(instances, tensor), tensor,
                                    next)) {
    return false;
  }
  for (size_t i = 0; i < tensor->n_streams; i++) {
    if (next->streams[i].data != tensor->streams[i].data + tensor->n * tensor->size) {
      return false;
    }
  }
  return true;
}

void
optreg_bundles_form(OptregWorklist *list, const OptregInstances *instances)
{
  for (size_t first = 0, next; first < list->n_chunks; first = next) {
    OptregChunk *chunks = list->chunks;
    for (next = first + 1; next < list->n_chunks; next++) {
      if (!continues(chunks[next - 1].tensor, chunks[next].tensor, instances)) {
        break;
      }
    }
    chunks[first].n_together = next - first;
    chunks[first].n_updated = chunks[first].tensor->goes_together ? next - first : 1;
  }
}

/* ---- there and back ---- */

/* a few elements of at least 4 bytes; a call of memcpy would take longer than the copy
 */
static inline void
copy(char *restrict to, const char *restrict from, size_t size)
{
  if (size < 16) {
    for (size_t i = 0; i < size; i += 4) {
      memcpy(to + i, from + i, 4);
    }
    return;
  }
  for (size_t i = 0; i + 16 < size; i += 16) {
    memcpy(to + i, from + i, 16);
  }
  memcpy(to + size - 16, from + size - 16, 16);
}

/* bytes, without a look at the tensor */
static inline size_t
size_of(const OptregChunk *chunk, const OptregCodec *codec)
{
  return (size_t)(chunk->end - chunk->begin) * codec->size;
}

/* an application's small tensors lie anywhere */
static inline void
fetch(const OptregTensor *tensor, bool takes_param)
{
  __builtin_prefetch(tensor->grad);
  if (takes_param) {
    __builtin_prefetch(tensor->data, 1);
  }
}

bool
optreg_bundle_gather(OptregBundle *bundle, const OptregChunk *chunks, size_t n,
                     size_t n_left, uint32_t flags)
{
  const bool takes_param =
      (flags & (OPTREG_STAGE_READS_PARAM | OPTREG_STAGE_WRITES_PARAM)) != 0;
  const OptregCodec *codec = chunks->tensor->codec;
  char *param = (char *)bundle->param, *gradient = (char *)bundle->gradient;

  for (size_t i = 0; i < n; i++) {
    const OptregTensor *tensor = chunks[i].tensor;
    const size_t size = size_of(&chunks[i], codec);
    if (i + SOON < n_left) {
      fetch(chunks[i + SOON].tensor, takes_param);
    }
    if (tensor->grad == NULL) {
      return false;
    }
    copy(gradient, tensor->grad, size);
    gradient += size;
    if (takes_param) {
      copy(param, tensor->data, size);
      param += size;
    }
  }
  bundle->view = *chunks->tensor;
  bundle->view.dims = NULL;
  bundle->view.ndim = 0;
  bundle->view.n = (size_t)(gradient - (char *)bundle->gradient) / codec->size;
  bundle->view.data = bundle->param;
  bundle->view.grad = bundle->gradient;
  return true;
}

void
optreg_bundle_scatter(const OptregBundle *bundle, const OptregChunk *chunks, size_t n)
{
  const char *param = (const char *)bundle->param;

  for (size_t i = 0; i < n; i++) {
    const size_t size = size_of(&chunks[i], bundle->view.codec);
    copy(chunks[i].tensor->data, param, size);
    param += size;
  }
}
