/* SPDX-License-Identifier: MIT */
/* The optimizers' reductions, to where their spans find them. */
#include "running/engine_private.h"

/* a row of the sweep over the tensors of one optimizer, as if there were no others */
static double
reduce_model(const OptregEngine *engine, const OptregInstance *instance, size_t row,
             uint32_t op)
{
  size_t n_members;
  const size_t *members = optreg_instance_members(instance, &n_members);

  for (size_t i = 0; i < n_members; i++) {
    engine->per_tensor[members[i]] =
        optreg_tree_tensor(&engine->tree, row, members[i], op);
  }
  return optreg_tree_members(&engine->tree, engine->per_tensor, 1, members, n_members,
                             op);
}

static void
take_row(const OptregEngine *engine, OptregInstance *instance, size_t row)
{
  const optreg_reduction *reduction =
      &optreg_instance_descriptor(instance)->reductions[row];
  const size_t swept = optreg_instance_first_row(instance) + row;
  const bool is_model = reduction->scope == OPTREG_PER_MODEL;
  const double model = is_model ? reduce_model(engine, instance, swept, reduction->op)
                                : 0.0;
  size_t n_members;
  const size_t *members = optreg_instance_members(instance, &n_members);

  for (size_t i = 0; i < n_members; i++) {
    optreg_instance_reductions(instance, members[i])[row] =
        is_model ? model
                 : optreg_tree_tensor(&engine->tree, swept, members[i], reduction->op);
  }
}

void
optreg_engine_take_reductions(OptregEngine *engine, uint32_t phase)
{
  for (size_t i = 0; i < engine->instances.n; i++) {
    OptregInstance *instance = engine->instances.items[i];
    const OptregDescriptor *descriptor = optreg_instance_descriptor(instance);
    for (size_t row = 0; row < descriptor->n_reductions; row++) {
      if (descriptor->reductions[row].phase == phase) {
        take_row(engine, instance, row);
      }
    }
  }
}
