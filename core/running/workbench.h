/* SPDX-License-Identifier: MIT */
/* Where a worker has what it works on: the streams of a tile, and sums that are not
 * finished. No GLib here. */
#ifndef OPTREG_CORE_WORKBENCH_H
#define OPTREG_CORE_WORKBENCH_H

#include "running/bundle.h"
#include "running/head.h"
#include "running/reduce.h"
#include "running/sweep.h"

#include <glib.h>
#include <string.h>

/* what one worker needs while it runs a chunk; some 32 KiB on its stack, of the 64
 * that optreg.h asks for */
typedef struct OptregWorkbench {
  const OptregSweep *sweep;
  const OptregWorkspace *workspace;
  size_t worker;
  char *whole_gradient, *whole_before;
  double (*lanes)[OPTREG_LANES];              /* by row of the sweep */
  double **lane_rows;                         /* the same, as kernels see them */
  _Alignas(64) double gradient[OPTREG_BLOCK]; /* or half of it floats */
  _Alignas(64) double param[OPTREG_BLOCK];
  _Alignas(64) double before[OPTREG_BLOCK];
  OptregHead heads[OPTREG_MAX_HEADS]; /* of the tensor at hand: */
  size_t n_heads;
  size_t kind; /* of that tensor; SIZE_MAX: there was none yet */
  OptregBundle bundle;
} OptregWorkbench;

/* ---- the manners of running a chunk ---- */

/* Tile by tile. */
void optreg_run_tiles(OptregWorkbench *bench, const OptregChunk *chunk,
                      uint64_t *magnitude);

/* A tensor that must stay whole: before the optimizer tile by tile, the optimizer at
 * once, after it tile by tile. */
void optreg_run_whole(OptregWorkbench *bench, const OptregChunk *chunk);

/* n chunks as one, of n_left that the worker still has. False: each must be run alone.
 * What is unusual is looked at again, tensor by tensor, so that the right one is named:
 * a sweep that looks writes nothing. */
bool optreg_run_bundle(OptregWorkbench *bench, const OptregChunk *chunks, size_t n,
                       size_t n_left, uint64_t *magnitudes);

/* ---- their parts ---- */

/* What wrappers ask about a tensor, but for its norm and the place of its state. */
static inline size_t
optreg_workbench_kind(const OptregTensor *tensor)
{
  return optreg_tensor_cell(tensor) * 4 + (tensor->is_active ? 2 : 0)
         + (tensor->is_overwritten ? 1 : 0);
}

/* The heads of one tensor, in the order of the stages. */
static inline void
optreg_workbench_form_heads(OptregWorkbench *bench, const OptregTensor *tensor)
{
  const OptregSweep *sweep = bench->sweep;

  bench->n_heads = 0;
  for (size_t i = 0; i < sweep->n_stages; i++) {
    if (sweep->stages[i].n_terms > 0) {
      optreg_head_form(&bench->heads[bench->n_heads++], sweep, i, tensor);
      i += sweep->stages[i].n_terms - 1;
    }
  }
}

/* Those of its kind, as far as they are the same. */
static inline void
optreg_workbench_take_heads(OptregWorkbench *bench, const OptregTensor *tensor)
{
  const size_t kind = optreg_workbench_kind(tensor);

  if (kind != bench->kind || bench->sweep->kind == OPTREG_SWEEP_REMEASURE) {
    bench->kind = kind;
    optreg_workbench_form_heads(bench, tensor);
  } else if ((bench->sweep->flags & (OPTREG_STAGE_BY_TENSOR | OPTREG_STAGE_BY_ADDRESS))
             != 0) {
    for (size_t i = 0; i < bench->n_heads; i++) {
      optreg_head_refill(&bench->heads[i], bench->sweep, tensor);
    }
  }
}

/* Some of the stages, the heads among them beginning with this one. */
static inline void
optreg_run_stages(const OptregSweep *sweep, size_t first, size_t end,
                  const OptregHead *head, OptregTile *tile)
{
  for (size_t i = first; i < end; i++) {
    const OptregSweepStage *stage = &sweep->stages[i];
    if (stage->n_terms > 0) {
      optreg_head_run(head++, tile);
      i += stage->n_terms - 1;
    } else if (optreg_stage_applies(stage->stage, tile->tensor)) {
      stage->run[tile->tensor->type](stage->self, tile);
    }
  }
}

/* The application's gradient is read where it lies. Where it is missing and only an
 * accumulated one is to be used, it is zero. */
static inline void
optreg_workbench_load_gradient(const OptregTensor *tensor, OptregTile *tile)
{
  tile->gradient = tensor->grad != NULL
                       ? (const char *)tensor->grad + tile->offset * tensor->codec->size
                   : tensor->is_active ? (const char *)optreg_no_gradient
                                       : NULL;
}

static inline void
optreg_workbench_load_param(OptregWorkbench *bench, OptregTile *tile)
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

static inline void
optreg_workbench_clear_lanes(OptregWorkbench *bench)
{
  memset(bench->lanes, 0, bench->sweep->n_rows * sizeof bench->lanes[0]);
}

/* lanes of a finished block, combined in the fixed tree */
static inline void
optreg_workbench_store_block(OptregWorkbench *bench, size_t block)
{
  const OptregSweep *sweep = bench->sweep;
  const OptregWorkspace *workspace = bench->workspace;

  for (size_t row = 0; row < sweep->n_rows; row++) {
    workspace->blocks[row * workspace->n_blocks + block] =
        optreg_reduce_pairwise(bench->lanes[row], OPTREG_LANES, sweep->ops[row]);
  }
}

/* of a tile: a block begins with it, or ends */
static inline void
optreg_workbench_begin_rows(OptregWorkbench *bench, uint64_t offset)
{
  if (bench->sweep->n_rows > 0 && offset % OPTREG_BLOCK == 0) {
    optreg_workbench_clear_lanes(bench);
  }
}

static inline void
optreg_workbench_end_rows(OptregWorkbench *bench, const OptregChunk *chunk,
                          const OptregTile *tile)
{
  const uint64_t end = tile->offset + tile->n;

  if (bench->sweep->n_rows > 0 && (end == chunk->end || end % OPTREG_BLOCK == 0)) {
    optreg_workbench_store_block(
        bench,
        chunk->first_block + (size_t)((tile->offset - chunk->begin) / OPTREG_BLOCK));
  }
}

static inline void
optreg_workbench_init(OptregWorkbench *bench, const OptregSweep *sweep,
                      const OptregWorkspace *workspace, size_t worker)
{
  bench->sweep = sweep;
  bench->workspace = workspace;
  bench->worker = worker;
  bench->kind = SIZE_MAX;
  bench->whole_gradient = workspace->whole_gradient + worker * workspace->whole_stride;
  bench->whole_before = workspace->whole_before == NULL
                            ? NULL
                            : workspace->whole_before
                                  + worker * workspace->whole_stride;
  bench->lanes = workspace->lanes + worker * workspace->most_rows;
  bench->lane_rows = workspace->lane_rows + worker * workspace->most_rows;
  for (size_t row = 0; row < sweep->n_rows; row++) {
    bench->lane_rows[row] = bench->lanes[row];
  }
}

#endif
