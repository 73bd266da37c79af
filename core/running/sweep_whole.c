/* SPDX-License-Identifier: MIT */
/* A tensor that the optimizer must see as a whole. */
#include "workbench.h"

/* some of the stages, tile by tile */
static void
run_part(OptregWorkbench *bench, const OptregChunk *chunk, size_t first, size_t end)
{
  const OptregTensor *tensor = chunk->tensor;
  const size_t tile_size = bench->workspace->tuning.tile_size;
  OptregTile tile = { .tensor = tensor,
                      .lanes = bench->lane_rows,
                      .kind = bench->sweep->kind,
                      .worker = bench->worker };

  for (uint64_t offset = 0; first < end && offset < tensor->n; offset += tile.n) {
    const uint64_t left = tensor->n - offset;
    tile.offset = offset;
    tile.n = left < tile_size ? (size_t)left : tile_size;
    tile.scratch = bench->whole_gradient + offset * tensor->size;
    tile.gradient = tensor->is_active ? tile.scratch : NULL;
    if (bench->whole_before != NULL) {
      tile.before = bench->whole_before + offset * tensor->size;
    }
    optreg_workbench_load_param(bench, &tile);
    optreg_workbench_begin_rows(bench, offset);
    optreg_run_stages(bench->sweep, first, end, &tile);
    optreg_workbench_end_rows(bench, chunk, &tile);
  }
}

/* only where it is wanted: in finalize the application's may be gone */
static void
load_whole_gradient(OptregWorkbench *bench, OptregTile *tile)
{
  const OptregTensor *tensor = tile->tensor;

  if ((bench->sweep->flags & OPTREG_STAGE_READS_GRADIENT) == 0 || !tensor->is_active) {
    return;
  }
  if (tensor->grad != NULL) {
    tensor->codec->load(tensor->grad, bench->whole_gradient, tile->n);
  } else {
    memset(bench->whole_gradient, 0, tile->n * tensor->size);
  }
  tile->gradient = bench->whole_gradient;
}

void
optreg_run_whole(OptregWorkbench *bench, const OptregChunk *chunk)
{
  const OptregTensor *tensor = chunk->tensor;
  const OptregSweep *sweep = bench->sweep;
  const size_t at = sweep->optimizer_at;
  OptregTile tile = { .tensor = tensor, .n = (size_t)tensor->n, .kind = sweep->kind };

  load_whole_gradient(bench, &tile);
  run_part(bench, chunk, 0, at);
  optreg_workbench_load_param(bench, &tile);
  optreg_run_stages(sweep, at, at + 1, &tile);
  run_part(bench, chunk, at + 1, sweep->n_stages);
}
