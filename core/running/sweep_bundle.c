/* SPDX-License-Identifier: MIT */
/* Small tensors as one tile. */
#include "workbench.h"

/* the bits of a double from which a magnitude may refuse a step */
#define UNUSUAL ((uint64_t)(1023 + 63) << 52)

/* a look that sums has a result for each tensor; whether all are finite is asked of the
 * bundle */
static void
look_at_each(OptregWorkbench *bench, const OptregChunk *chunks, size_t n,
             OptregTile *tile)
{
  const OptregHead *head = bench->heads;
  const OptregType type = tile->tensor->type;
  const OptregStageFunc check = optreg_head_check(head, bench->sweep, type);
  const OptregStageFunc squares = optreg_head_squares(head, bench->sweep, type);

  if (check != NULL) {
    check(&head->terms, tile);
  }
  for (size_t i = 0; i < n; i++) {
    tile->n = (size_t)chunks[i].tensor->n;
    optreg_workbench_load_gradient(tile->tensor, tile);
    optreg_workbench_clear_lanes(bench);
    squares(&head->terms, tile);
    optreg_workbench_store_block(bench, chunks[i].first_block);
    tile->offset += tile->n;
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
                      .scratch = bench->gradient,
                      .lanes = bench->lane_rows,
                      .kind = sweep->kind,
                      .magnitude = magnitude };

  optreg_workbench_form_heads(bench, view);
  optreg_workbench_load_gradient(view, &tile);
  optreg_workbench_load_param(bench, &tile);
  if (sweep->n_rows > 0) {
    look_at_each(bench, chunks, n, &tile);
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
