/* SPDX-License-Identifier: MIT */
/* Tiles through stages. */
#include "sweep.h"

#include "running/ahead.h"
#include "running/bundle.h"
#include "running/fp_mode.h"
#include "running/join.h"
#include "running/reduce.h"

#include <string.h>
#include <stdlib.h>

#define MAX_ROWS 64

/* what one worker needs while it runs a chunk; a few KiB on its stack */
typedef struct Bench {
  const OptregSweep *sweep;
  const OptregWorkspace *workspace;
  size_t worker;
  char *whole_gradient, *whole_before;
  double lanes[MAX_ROWS][OPTREG_LANES];
  double *lane_rows[MAX_ROWS];
  _Alignas(64) double gradient[OPTREG_BLOCK]; /* or half of it floats */
  _Alignas(64) double param[OPTREG_BLOCK];
  _Alignas(64) double before[OPTREG_BLOCK];
  OptregBundle bundle;
} Bench;

static void
run_stages(const OptregSweep *sweep, size_t first, size_t end, OptregTile *tile)
{
  for (size_t i = first; i < end; i++) {
    const OptregSweepStage *stage = &sweep->stages[i];
    if (optreg_stage_applies(stage->stage, tile->tensor)) {
      stage->run[tile->tensor->type](stage->self, tile);
    }
  }
}

/* the application's gradient is read where it lies. Where it is missing and only an
 * accumulated one is to be used, it is zero. */
static void
load_gradient(Bench *bench, OptregTile *tile)
{
  const OptregTensor *tensor = tile->tensor;

  tile->scratch = bench->gradient;
  tile->gradient = NULL;
  if (tensor->grad != NULL) {
    tile->gradient = (const char *)tensor->grad + tile->offset * tensor->codec->size;
  } else if (tensor->is_active) {
    tile->gradient = memset(tile->scratch, 0, tile->n * tensor->size);
  }
}

static void
load_param(Bench *bench, OptregTile *tile)
{
  const OptregTensor *tensor = tile->tensor;
  char *stored = (char *)tensor->data + tile->offset * tensor->codec->size;

  if (bench->sweep->copies_param) {
    tensor->codec->load(stored, bench->param, tile->n);
    tile->param = bench->param;
  } else {
    tile->param = stored;
  }
}

static void
clear_lanes(Bench *bench)
{
  memset(bench->lanes, 0, bench->sweep->n_rows * sizeof bench->lanes[0]);
}

/* lanes of a finished block, combined in the fixed tree */
static void
store_block(Bench *bench, size_t block)
{
  const OptregSweep *sweep = bench->sweep;
  const OptregWorkspace *workspace = bench->workspace;

  for (size_t row = 0; row < sweep->n_rows; row++) {
    workspace->blocks[row * workspace->n_blocks + block] =
        optreg_reduce_pairwise(bench->lanes[row], OPTREG_LANES, sweep->ops[row]);
  }
}

/* of a tile: a block begins with it, or ends */
static void
begin_rows(Bench *bench, uint64_t offset)
{
  if (bench->sweep->n_rows > 0 && offset % OPTREG_BLOCK == 0) {
    clear_lanes(bench);
  }
}

static void
end_rows(Bench *bench, const OptregChunk *chunk, const OptregTile *tile)
{
  const uint64_t end = tile->offset + tile->n;

  if (bench->sweep->n_rows > 0 && (end == chunk->end || end % OPTREG_BLOCK == 0)) {
    store_block(bench, chunk->first_block
                           + (size_t)((tile->offset - chunk->begin) / OPTREG_BLOCK));
  }
}

/* sweeps that do not run the optimizer move few streams */
static size_t
tile_size_of(const Bench *bench)
{
  const OptregTuning *tuning = &bench->workspace->tuning;
  const OptregSweepKind kind = bench->sweep->kind;

  return kind == OPTREG_SWEEP_UPDATE || kind == OPTREG_SWEEP_REDUCE
             ? tuning->tile_size
             : tuning->light_tile_size;
}

static void
run_tiles(Bench *bench, const OptregChunk *chunk, uint64_t *magnitude)
{
  const OptregSweep *sweep = bench->sweep;
  const OptregJoined joined = optreg_join(sweep, chunk->tensor);
  const size_t tile_size = tile_size_of(bench);
  OptregTile tile = { .tensor = chunk->tensor,
                      .lanes = bench->lane_rows,
                      .kind = sweep->kind,
                      .phase = sweep->phase,
                      .magnitude = magnitude,
                      .before = bench->before,
                      .worker = bench->worker };

  for (uint64_t offset = chunk->begin; offset < chunk->end; offset += tile.n) {
    const uint64_t left = chunk->end - offset;
    tile.offset = offset;
    tile.n = left < tile_size ? (size_t)left : tile_size;
    optreg_fetch_ahead(sweep, chunk, &tile, bench->workspace->tuning.prefetch);
    load_gradient(bench, &tile);
    load_param(bench, &tile);
    begin_rows(bench, offset);
    run_stages(sweep, optreg_joined_run(&joined, &tile), sweep->n_stages, &tile);
    end_rows(bench, chunk, &tile);
  }
}

/* before the optimizer tile by tile, the optimizer at once, after it tile by tile */
static void
run_part(Bench *bench, const OptregChunk *chunk, size_t first, size_t end)
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
    load_param(bench, &tile);
    begin_rows(bench, offset);
    run_stages(bench->sweep, first, end, &tile);
    end_rows(bench, chunk, &tile);
  }
}

/* only where it is wanted: in finalize the application's may be gone */
static void
load_whole_gradient(Bench *bench, OptregTile *tile)
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

static void
run_whole(Bench *bench, const OptregChunk *chunk)
{
  const OptregTensor *tensor = chunk->tensor;
  const OptregSweep *sweep = bench->sweep;
  const size_t at = sweep->optimizer_at;
  OptregTile tile = { .tensor = tensor, .n = (size_t)tensor->n, .kind = sweep->kind };

  load_whole_gradient(bench, &tile);
  run_part(bench, chunk, 0, at);
  load_param(bench, &tile);
  run_stages(sweep, at, at + 1, &tile);
  run_part(bench, chunk, at + 1, sweep->n_stages);
}

static void
run_chunk(Bench *bench, const OptregChunk *chunk, uint64_t *magnitude)
{
  const OptregSweep *sweep = bench->sweep;

  if (!chunk->tensor->is_active
      && (sweep->flags & OPTREG_STAGE_WITHOUT_GRADIENT) == 0) {
    return;
  }
  if (chunk->tensor->is_whole && sweep->optimizer_at < sweep->n_stages) {
    run_whole(bench, chunk);
  } else {
    run_tiles(bench, chunk, magnitude);
  }
}

static void
set_up(Bench *bench, const OptregSweep *sweep, const OptregWorkspace *workspace,
       size_t worker)
{
  bench->sweep = sweep;
  bench->workspace = workspace;
  bench->worker = worker;
  bench->whole_gradient = workspace->whole_gradient + worker * workspace->whole_stride;
  bench->whole_before = workspace->whole_before == NULL
                            ? NULL
                            : workspace->whole_before
                                  + worker * workspace->whole_stride;
  for (size_t row = 0; row < sweep->n_rows; row++) {
    bench->lane_rows[row] = bench->lanes[row];
  }
}

typedef struct Run {
  const OptregSweep *sweep;
  const OptregWorkspace *workspace;
} Run;

static void
run_chunks(Bench *bench, size_t begin, size_t end)
{
  const OptregWorkspace *workspace = bench->workspace;
  const OptregChunk *chunks = workspace->worklist->chunks;

  for (size_t i = begin; i < end; i++) {
    optreg_fetch_soon(&chunks[i], end - i);
    workspace->magnitudes[i] = 0;
    run_chunk(bench, &chunks[i], &workspace->magnitudes[i]);
  }
}

/* the bits of a double from which a magnitude may refuse a step */
#define UNUSUAL ((uint64_t)(1023 + 63) << 52)

/* the last stage, which sums, over each tensor of the bundle by itself */
static void
sum_each(Bench *bench, const OptregChunk *chunks, size_t n, const OptregTile *bundle)
{
  const OptregSweep *sweep = bench->sweep;
  const char *gradient = bundle->gradient;
  OptregTile tile = *bundle;

  for (size_t i = 0; i < n; i++) {
    tile.n = (size_t)chunks[i].tensor->n;
    tile.gradient = gradient;
    clear_lanes(bench);
    run_stages(sweep, sweep->n_stages - 1, sweep->n_stages, &tile);
    store_block(bench, chunks[i].first_block);
    gradient += tile.n * bundle->tensor->size;
  }
}

static void
run_bundle_stages(Bench *bench, const OptregChunk *chunks, size_t n,
                  uint64_t *magnitude)
{
  const OptregSweep *sweep = bench->sweep;
  const OptregTensor *view = &bench->bundle.view;
  OptregTile tile = { .tensor = view,
                      .n = (size_t)view->n,
                      .lanes = bench->lane_rows,
                      .kind = sweep->kind,
                      .magnitude = magnitude };

  load_gradient(bench, &tile);
  load_param(bench, &tile);
  if (sweep->n_rows > 0) {
    run_stages(sweep, 0, sweep->n_stages - 1, &tile);
    sum_each(bench, chunks, n, &tile);
  } else {
    const OptregJoined joined = optreg_join(sweep, view);
    run_stages(sweep, optreg_joined_run(&joined, &tile), sweep->n_stages, &tile);
  }
}

/* What is unusual is looked at again, tensor by tensor, so that the right one is named:
 * a sweep that looks writes nothing. */
static bool
run_bundle(Bench *bench, const OptregChunk *chunks, size_t n, size_t n_left,
           uint64_t *magnitudes)
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

static void
run_item(void *argument, size_t item, size_t worker)
{
  const Run *run = argument;
  const OptregWorkspace *workspace = run->workspace;
  const OptregWorklist *list = workspace->worklist;
  const size_t end = list->items[item + 1];
  Bench bench;

  set_up(&bench, run->sweep, workspace, worker);
  for (size_t i = list->items[item], next; i < end; i = next) {
    const size_t n = run->sweep->is_bundled ? list->chunks[i].n_together : 1;
    next = i + n;
    if (n < 2
        || !run_bundle(&bench, &list->chunks[i], n, end - i,
                       &workspace->magnitudes[i])) {
      run_chunks(&bench, i, next);
    }
  }
}

void
optreg_sweep_run(const OptregSweep *sweep, const OptregWorkspace *workspace,
                 OptregExecutor *executor)
{
  Run run = { sweep, workspace };
  optreg_executor_run(executor, workspace->worklist->n_items, run_item, &run);
}

void
optreg_sweep_run_tensor(const OptregSweep *sweep, const OptregWorkspace *workspace,
                        const OptregTensor *tensor, void *data)
{
  const OptregFpMode caller = optreg_fp_mode_enter();
  OptregTensor view = *tensor;
  const OptregChunk chunk = { &view, 0, tensor->n, 0, 1 };
  uint64_t magnitude = 0;
  Bench bench;

  view.data = data;
  set_up(&bench, sweep, workspace, 0);
  run_chunk(&bench, &chunk, &magnitude);
  optreg_fp_mode_leave(&caller);
}
