/* SPDX-License-Identifier: MIT */
/* Small tensors as one tile. */
#include "workbench.h"

/* the bits of a double from which a magnitude may refuse a step */
#define UNUSUAL ((uint64_t)(1023 + 63) << 52)

/* each tensor has a sum of its own */
static void
sum_each(OptregWorkbench *bench, const OptregChunk *chunks, size_t n, OptregTile *tile)
{
  const OptregHead *head = &bench->heads[bench->n_heads - 1];
  const OptregStageFunc sum = optreg_head_sum_apart(head, bench->sweep, tile);
  const char *gradient = tile->gradient;
  const size_t size = tile->tensor->size;

  for (size_t i = 0; i < n; i++) {
    tile->n = (size_t)chunks[i].tensor->n;
    tile->gradient = gradient;
    optreg_workbench_clear_lanes(bench);
    sum(NULL, tile);
    optreg_workbench_store_block(bench, chunks[i].first_block);
    gradient += tile->n * size;
  }
}

/* each tensor has a norm of its own, and so a head */
static void
map_each(OptregWorkbench *bench, const OptregChunk *chunks, size_t n, OptregTile *tile)
{
  OptregHead *head = &bench->heads[0];
  const size_t size = tile->tensor->size;
  OptregTile part = *tile;
  bool is_mapped = false; /* all are, or none: they are of one group */

  for (size_t i = 0; i < n; i++) {
    const char *gradient = part.gradient;
    part.n = (size_t)chunks[i].tensor->n;
    optreg_head_refill(head, bench->sweep, chunks[i].tensor);
    optreg_head_run(head, &part);
    is_mapped = part.gradient != gradient;
    part.gradient = gradient + part.n * size;
    part.param = (char *)part.param + part.n * size;
    part.scratch = (char *)part.scratch + part.n * size;
  }
  tile->gradient = is_mapped ? tile->scratch : tile->gradient;
}

static void
run_bundle_stages(OptregWorkbench *bench, const OptregChunk *chunks, size_t n,
                  uint64_t *magnitude)
{
  const OptregSweep *sweep = bench->sweep;
  const OptregTensor *view = &bench->bundle.view;
  OptregTile tile = { .tensor = view,
                      .n = (size_t)view->n,
                      .scratch = bench->gradient,
                      .lanes = bench->lane_rows,
                      .kind = sweep->kind,
                      .magnitude = magnitude };

  optreg_workbench_take_heads(bench, view);
  optreg_workbench_load_gradient(view, &tile);
  optreg_workbench_load_param(bench, &tile);
  if (sweep->n_rows > 0) {
    sum_each(bench, chunks, n, &tile);
  } else if ((sweep->flags & OPTREG_STAGE_BY_TENSOR) != 0) {
    map_each(bench, chunks, n, &tile);
    optreg_run_stages(sweep, bench->heads[0].n_terms, sweep->n_stages, NULL, &tile);
  } else {
    optreg_run_stages(sweep, 0, sweep->n_stages, bench->heads, &tile);
  }
}

bool
optreg_run_bundle(OptregWorkbench *bench, const OptregChunk *chunks, size_t n,
                  size_t n_left, uint64_t *magnitudes)
{
  const uint32_t flags = bench->sweep->flags;
  OptregBundle *bundle = &bench->bundle;

  if (!optreg_bundle_gather(bundle, chunks, n, n_left, flags)) {
    return false;
  }
  memset(magnitudes, 0, n * sizeof *magnitudes);
  run_bundle_stages(bench, chunks, n, magnitudes);
  if ((flags & OPTREG_STAGE_WRITES_PARAM) != 0) {
    optreg_bundle_scatter(bundle, chunks, n);
  }
  return magnitudes[0] < UNUSUAL;
}
