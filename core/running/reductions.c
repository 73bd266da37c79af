/* SPDX-License-Identifier: MIT */
/* From blocks to an optimizer's reductions. */
#include "running/engine_private.h"
#include "running/reduce.h"

double
optreg_engine_reduce_tensor(const OptregEngine *engine, size_t row, size_t tensor,
                            uint32_t op)
{
  const size_t *first_block = engine->worklist.first_block;
  const double *blocks = engine->workspace.blocks + row * engine->workspace.n_blocks;

  if (!engine->is_measured[tensor]) {
    return 0.0;
  }
  return optreg_reduce_pairwise(blocks + first_block[tensor],
                                first_block[tensor + 1] - first_block[tensor], op);
}

static double
reduce_model(const OptregEngine *engine, size_t row, uint32_t op)
{
  for (size_t i = 0; i < engine->n_tensors; i++) {
    engine->per_tensor[i] =
        optreg_engine_reduce_tensor(engine, row, engine->by_name[i], op);
  }
  return optreg_reduce_pairwise(engine->per_tensor, engine->n_tensors, op);
}

/* results of a phase, where the optimizer's spans find them */
void
optreg_engine_take_reductions(OptregEngine *engine, uint32_t phase)
{
  const OptregDescriptor *descriptor = engine->descriptor;

  for (size_t row = 0; row < descriptor->n_reductions; row++) {
    const optreg_reduction *reduction = &descriptor->reductions[row];
    if (reduction->phase != phase) {
      continue;
    }
    const bool is_model = reduction->scope == OPTREG_PER_MODEL;
    const double model = is_model ? reduce_model(engine, row, reduction->op) : 0.0;
    for (size_t i = 0; i < engine->n_tensors; i++) {
      optreg_instance_reductions(engine->instance, i)[row] =
          is_model ? model : optreg_engine_reduce_tensor(engine, row, i, reduction->op);
    }
  }
}
