/* SPDX-License-Identifier: MIT */
/* Tiles through stages. */
#include "sweep.h"

#include "running/ahead.h"
#include "running/fp_mode.h"
#include "running/workbench.h"

typedef struct Run {
  const OptregSweep *sweep;
  const OptregWorkspace *workspace;
} Run;

static void
run_chunk(OptregWorkbench *bench, const OptregChunk *chunk, uint64_t *magnitude)
{
  const OptregSweep *sweep = bench->sweep;

  if (!chunk->tensor->is_active
      && (sweep->flags & OPTREG_STAGE_WITHOUT_GRADIENT) == 0) {
    return;
  }
  if (sweep->kind == OPTREG_SWEEP_REDUCE && sweep->phase >= chunk->tensor->n_phases) {
    return;
  }
  if (chunk->tensor->is_whole && sweep->optimizer_at < sweep->n_stages) {
    optreg_run_whole(bench, chunk);
  } else {
    optreg_run_tiles(bench, chunk, magnitude);
  }
}

/* measured well enough the first time */
static inline bool
is_passed_over(const OptregSweep *sweep, const OptregTensor *tensor)
{
  return sweep->kind == OPTREG_SWEEP_REMEASURE && tensor->unit == 0;
}

static void
run_chunks(OptregWorkbench *bench, size_t begin, size_t end)
{
  const OptregWorkspace *workspace = bench->workspace;
  const OptregChunk *chunks = workspace->worklist->chunks;

  for (size_t i = begin; i < end; i++) {
    if (is_passed_over(bench->sweep, chunks[i].tensor)) {
      continue;
    }
    optreg_fetch_soon(&chunks[i], end - i);
    if (bench->sweep->kind != OPTREG_SWEEP_REMEASURE) {
      workspace->magnitudes[i] = 0; /* the guard's is still wanted */
    }
    run_chunk(bench, &chunks[i], &workspace->magnitudes[i]);
  }
}

/* chunks that this sweep may run as one */
static inline size_t
n_together(const OptregSweep *sweep, const OptregChunk *chunk)
{
  return !sweep->is_bundled                      ? 1
         : sweep->optimizer_at < sweep->n_stages ? chunk->n_updated
                                                 : chunk->n_together;
}

static void
run_item(void *argument, size_t item, size_t worker)
{
  const Run *run = argument;
  const OptregWorkspace *workspace = run->workspace;
  const OptregWorklist *list = workspace->worklist;
  const size_t end = list->items[item + 1];
  OptregWorkbench bench;

  optreg_workbench_init(&bench, run->sweep, workspace, worker);
  for (size_t i = list->items[item], next; i < end; i = next) {
    const size_t n = n_together(run->sweep, &list->chunks[i]);
    next = i + n;
    if (n < 2
        || !optreg_run_bundle(&bench, &list->chunks[i], n, end - i,
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
  const OptregChunk chunk = { &view, 0, tensor->n, 0, 1, 1 };
  uint64_t magnitude = 0;
  OptregWorkbench bench;

  view.data = data;
  optreg_workbench_init(&bench, sweep, workspace, 0);
  run_chunk(&bench, &chunk, &magnitude);
  optreg_fp_mode_leave(&caller);
}
