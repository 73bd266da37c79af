/* SPDX-License-Identifier: MIT */
/* The tree of sums: blocks -> tensors -> groups -> model.
 *
 * A sweep leaves one value per row and block, and the largest |gradient| of each chunk.
 * Nobody else reads them: norms, reductions of the optimizer, the guard, diagnostics
 * and shadows ask here. Where a model is spread over several processes, this is where
 * their values meet. */
#ifndef OPTREG_CORE_TREE_H
#define OPTREG_CORE_TREE_H

#include "running/squares.h"
#include "running/sweep.h"

#include <string.h>

typedef struct OptregTree {
  const OptregWorklist *worklist;
  const OptregWorkspace *workspace;
  const size_t *by_name; /* tensors in byte order of their names */
  size_t n_tensors;
  bool *is_counted; /* by tensor: its gradient takes part in this call */
  double *scratch;  /* room for n_tensors */
} OptregTree;

/* ---- blocks -> tensor ---- */

/* The blocks of one tensor in `blocks`, which are cut as the worklist is; 0 where the
 * tensor does not count. op is OPTREG_SUM or OPTREG_MAX. */
double optreg_tree_tensor_of(const OptregTree *tree, const double *blocks,
                             size_t tensor, uint32_t op);

/* The same from a row of the last sweep. */
double optreg_tree_tensor(const OptregTree *tree, size_t row, size_t tensor,
                          uint32_t op);

/* ---- tensors -> group, model ---- */

/* n tensors in the order of `members`; tensor i has values[i * stride]. */
double optreg_tree_members(const OptregTree *tree, const double *values, size_t stride,
                           const size_t *members, size_t n, uint32_t op);

/* All tensors by name. */
double optreg_tree_model(const OptregTree *tree, const double *values, uint32_t op);

/* Squares of all tensors by name, in a common unit. */
OptregSquares optreg_tree_squares(const OptregTree *tree, const OptregSquares *squares);

/* ---- magnitudes ---- */

static inline double
optreg_magnitude_of_bits(uint64_t bits)
{
  double value;

  memcpy(&value, &bits, sizeof value);
  return value;
}

/* The largest |gradient| of a chunk; of all. Infinite or nan where one is. */
static inline double
optreg_tree_magnitude(const OptregTree *tree, size_t chunk)
{
  return optreg_magnitude_of_bits(tree->workspace->magnitudes[chunk]);
}
double optreg_tree_largest(const OptregTree *tree);

#endif
