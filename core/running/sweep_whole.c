/* SPDX-License-Identifier: MIT */
/* A tensor that the optimizer must see as a whole. */
#include "workbench.h"

/* where the heads leave the gradient */
typedef struct Whole {
  const OptregChunk *chunk;
  const char *gradient; /* as it is so far; NULL: missing, or not to be read */
} Whole;

/* some of the stages, tile by tile */
static void
run_part(OptregWorkbench *bench, Whole *whole, size_t first, size_t end)
{
  const OptregTensor *tensor = whole->chunk->tensor;
  const size_t tile_size = bench->workspace->tuning.tile_size;
  const char *gradient = whole->gradient;
  OptregTile tile = { .tensor = tensor,
                      .lanes = bench->lane_rows,
                      .kind = bench->sweep->kind,
                      .worker = bench->worker };

  for (uint64_t offset = 0; first < end && offset < tensor->n; offset += tile.n) {
    const uint64_t left = tensor->n - offset;
    tile.offset = offset;
    tile.n = left < tile_size ? (size_t)left : tile_size;
    tile.scratch = bench->whole_gradient + offset * tensor->size;
    tile.gradient = gradient == NULL ? NULL
                    : gradient == (const char *)optreg_no_gradient
                        ? gradient
                        : gradient + offset * tensor->size;
    if (bench->whole_before != NULL) {
      tile.before = bench->whole_before + offset * tensor->size;
    }
    optreg_workbench_load_param(bench, &tile);
    optreg_workbench_begin_rows(bench, offset);
    optreg_run_stages(bench->sweep, first, end, bench->heads, &tile);
    optreg_workbench_end_rows(bench, whole->chunk, &tile);
    if (tile.gradient == tile.scratch) {
      whole->gradient = bench->whole_gradient;
    }
  }
}

/* only where it is wanted: in finalize the application's may be gone. A missing one has
 * a head, which adds the accumulated. */
static const char *
given_gradient(const OptregWorkbench *bench, const OptregTensor *tensor)
{
  OptregTile tile = { .offset = 0 };

  if ((bench->sweep->flags & OPTREG_STAGE_READS_GRADIENT) != 0) {
    optreg_workbench_load_gradient(tensor, &tile);
  }
  return tile.gradient;
}

void
optreg_run_whole(OptregWorkbench *bench, const OptregChunk *chunk)
{
  const OptregTensor *tensor = chunk->tensor;
  const OptregSweep *sweep = bench->sweep;
  const size_t at = sweep->optimizer_at;
  Whole whole = { chunk, given_gradient(bench, tensor) };
  OptregTile tile = { .tensor = tensor, .n = (size_t)tensor->n, .kind = sweep->kind };

  optreg_workbench_take_heads(bench, tensor);
  run_part(bench, &whole, 0, at);
  tile.gradient = whole.gradient;
  optreg_workbench_load_param(bench, &tile);
  optreg_run_stages(sweep, at, at + 1, NULL, &tile);
  run_part(bench, &whole, at + 1, sweep->n_stages);
}
