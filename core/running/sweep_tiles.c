/* SPDX-License-Identifier: MIT */
/* A chunk tile by tile. */
#include "running/ahead.h"
#include "workbench.h"

/* sweeps that do not run the optimizer move few streams */
static size_t
tile_size_of(const OptregWorkbench *bench)
{
  const OptregTuning *tuning = &bench->workspace->tuning;
  const OptregSweepKind kind = bench->sweep->kind;

  return kind == OPTREG_SWEEP_UPDATE || kind == OPTREG_SWEEP_REDUCE
             ? tuning->tile_size
             : tuning->light_tile_size;
}

void
optreg_run_tiles(OptregWorkbench *bench, const OptregChunk *chunk, uint64_t *magnitude)
{
  const OptregSweep *sweep = bench->sweep;
  const size_t tile_size = tile_size_of(bench);
  OptregTile tile = { .tensor = chunk->tensor,
                      .lanes = bench->lane_rows,
                      .kind = sweep->kind,
                      .phase = sweep->phase,
                      .scratch = bench->gradient,
                      .magnitude = magnitude,
                      .before = bench->before,
                      .worker = bench->worker };

  optreg_workbench_take_heads(bench, chunk->tensor);
  for (uint64_t offset = chunk->begin; offset < chunk->end; offset += tile.n) {
    const uint64_t left = chunk->end - offset;
    tile.offset = offset;
    tile.n = left < tile_size ? (size_t)left : tile_size;
    optreg_fetch_ahead(sweep, chunk, &tile, bench->workspace->tuning.prefetch);
    optreg_workbench_load_gradient(chunk->tensor, &tile);
    optreg_workbench_load_param(bench, &tile);
    optreg_workbench_begin_rows(bench, offset);
    optreg_run_stages(sweep, 0, sweep->n_stages, bench->heads, &tile);
    optreg_workbench_end_rows(bench, chunk, &tile);
  }
}
