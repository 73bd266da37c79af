/* SPDX-License-Identifier: MIT */
/* Small tensors as one tile. */
#include "running/join.h"
#include "workbench.h"

/* the bits of a double from which a magnitude may refuse a step */
#define UNUSUAL ((uint64_t)(1023 + 63) << 52)

/* the last stage, which sums, over each tensor of the bundle by itself */
static void
sum_each(OptregWorkbench *bench, const OptregChunk *chunks, size_t n,
         const OptregTile *bundle)
{
  const OptregSweep *sweep = bench->sweep;
  const char *gradient = bundle->gradient;
  OptregTile tile = *bundle;

  for (size_t i = 0; i < n; i++) {
    tile.n = (size_t)chunks[i].tensor->n;
    tile.gradient = gradient;
    optreg_workbench_clear_lanes(bench);
    optreg_run_stages(sweep, sweep->n_stages - 1, sweep->n_stages, &tile);
    optreg_workbench_store_block(bench, chunks[i].first_block);
    gradient += tile.n * bundle->tensor->size;
  }
}

static void
run_bundle_stages(OptregWorkbench *bench, const OptregChunk *chunks, size_t n,
                  uint64_t *magnitude)
{
  const OptregSweep *sweep = bench->sweep;
  const OptregTensor *view = &bench->bundle.view;
  OptregTile tile = { .tensor = view,
                      .n = (size_t)view->n,
                      .lanes = bench->lane_rows,
                      .kind = sweep->kind,
                      .magnitude = magnitude };

  optreg_workbench_load_gradient(bench, &tile);
  optreg_workbench_load_param(bench, &tile);
  if (sweep->n_rows > 0) {
    optreg_run_stages(sweep, 0, sweep->n_stages - 1, &tile);
    sum_each(bench, chunks, n, &tile);
  } else {
    const OptregJoined joined = optreg_join(sweep, view);
    optreg_run_stages(sweep, optreg_joined_run(&joined, &tile), sweep->n_stages, &tile);
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
