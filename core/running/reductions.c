/* SPDX-License-Identifier: MIT */
/* An optimizer's reductions, to where its spans find them. */
#include "running/engine_private.h"

static double
reduce_model(const OptregEngine *engine, size_t row, uint32_t op)
{
  for (size_t i = 0; i < engine->n_tensors; i++) {
    engine->per_tensor[i] = optreg_tree_tensor(&engine->tree, row, i, op);
  }
  return optreg_tree_model(&engine->tree, engine->per_tensor, op);
}

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
          is_model ? model
                   : optreg_tree_tensor(&engine->tree, row, i, reduction->op);
    }
  }
}
