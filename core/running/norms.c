/* SPDX-License-Identifier: MIT */
/* The norms of gradients, from a MEASURE sweep.
 *
 * Squares of f64 may overflow or underflow. That shows in their sum, and the tensors
 * where it does are measured again in another unit. */
#include "running/engine_private.h"

static bool
may_need_unit(const OptregEngine *engine, size_t tensor)
{
  return engine->tree.is_counted[tensor]
         && engine->tensors[tensor].type == OPTREG_TYPE_F64;
}

static bool
has_guard(const OptregEngine *engine)
{
  return optreg_guard_is_on(engine->chain->wrappers[OPTREG_LINK_GUARD]);
}

static int
choose_unit(const OptregEngine *engine, size_t tensor)
{
  const int unit = optreg_squares_unit(engine->squares[tensor].sum);

  return unit != 0 && may_need_unit(engine, tensor) ? unit : 0;
}

/* returns whether there is a tensor that needs a unit, or whose sum is 0 although the
 * guard may have seen something */
static bool
sum_squares(OptregEngine *engine)
{
  bool is_any = false;

  for (size_t i = 0; i < engine->n_tensors; i++) {
    engine->squares[i] =
        (OptregSquares){ optreg_tree_tensor(&engine->tree, 0, i, OPTREG_SUM), 0 };
    is_any |= choose_unit(engine, i) != 0;
  }
  return is_any;
}

/* the guard's maximum of chunks that may have been measured as one */
static bool
are_zero(const OptregEngine *engine, size_t first, size_t end)
{
  for (size_t i = first; i < end; i++) {
    if (optreg_tree_magnitude(&engine->tree, i) != 0.0) {
      return false;
    }
  }
  return true;
}

/* a gradient of zeros needs no second look, which a step would pay each time. A tensor
 * of many chunks is zero where all of them are */
static void
pass_over_zeros(OptregEngine *engine)
{
  const OptregWorklist *list = &engine->worklist;

  for (size_t i = 0; i < engine->n_tensors; i++) {
    engine->tensors[i].unit = engine->squares[i].sum == 0.0 ? 0
                                                            : engine->tensors[i].unit;
  }
  for (size_t i = 0, next; i < list->n_chunks; i = next) {
    next = i + MAX(list->chunks[i].n_together, 1);
    for (size_t k = i; k < next && !are_zero(engine, i, next); k++) {
      const size_t tensor = list->chunks[k].tensor->index;
      engine->tensors[tensor].unit = choose_unit(engine, tensor);
    }
  }
}

static void
measure_again(OptregEngine *engine)
{
  for (size_t i = 0; i < engine->n_tensors; i++) {
    engine->tensors[i].unit = choose_unit(engine, i);
  }
  if (has_guard(engine)) {
    pass_over_zeros(engine);
  }
  optreg_sweep_run(&engine->plan->sweeps[OPTREG_SWEEP_REMEASURE], &engine->workspace,
                   engine->executor);
  for (size_t i = 0; i < engine->n_tensors; i++) {
    const int unit = engine->tensors[i].unit;
    if (unit != 0) {
      engine->squares[i] =
          (OptregSquares){ optreg_tree_tensor(&engine->tree, 0, i, OPTREG_SUM), unit };
    }
  }
}

OptregSquares
optreg_engine_take_norms(OptregEngine *engine)
{
  if (sum_squares(engine)) {
    measure_again(engine);
  }
  const OptregSquares all = optreg_tree_squares(&engine->tree, engine->squares);
  engine->report.gradient_norm = optreg_squares_norm(all);
  return all;
}
