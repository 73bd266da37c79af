/* SPDX-License-Identifier: MIT */
/* From what a sweep has left to numbers of tensors, groups and the model. */
#include "running/tree.h"

#include "running/reduce.h"

double
optreg_tree_tensor_of(const OptregTree *tree, const double *blocks, size_t tensor,
                      uint32_t op)
{
  const size_t *first_block = &tree->worklist->first_block[tensor];

  return tree->is_counted[tensor] ? optreg_reduce_pairwise(
             blocks + first_block[0], first_block[1] - first_block[0], op)
                                  : 0.0;
}

double
optreg_tree_tensor(const OptregTree *tree, size_t row, size_t tensor, uint32_t op)
{
  const OptregWorkspace *workspace = tree->workspace;

  return optreg_tree_tensor_of(tree, workspace->blocks + row * workspace->n_blocks,
                               tensor, op);
}

double
optreg_tree_members(const OptregTree *tree, const double *values, size_t stride,
                    const size_t *members, size_t n, uint32_t op)
{
  for (size_t i = 0; i < n; i++) {
    tree->scratch[i] = values[members[i] * stride];
  }
  return optreg_reduce_pairwise(tree->scratch, n, op);
}

double
optreg_tree_model(const OptregTree *tree, const double *values, uint32_t op)
{
  return optreg_tree_members(tree, values, 1, tree->by_name, tree->n_tensors, op);
}

/* what underflows here is nothing beside the others */
static double
add_in(const OptregTree *tree, const OptregSquares *squares, int unit)
{
  for (size_t i = 0; i < tree->n_tensors; i++) {
    tree->scratch[i] = optreg_squares_in(squares[tree->by_name[i]], unit);
  }
  return optreg_reduce_pairwise(tree->scratch, tree->n_tensors, OPTREG_SUM);
}

OptregSquares
optreg_tree_squares(const OptregTree *tree, const OptregSquares *squares)
{
  OptregSquares all = { add_in(tree, squares, 0), 0 };

  all.unit = optreg_squares_unit(all.sum);
  if (all.unit != 0) {
    all.sum = add_in(tree, squares, all.unit);
  }
  return all;
}

/* ---- magnitudes ---- */

/* the bits of doubles that are not negative are in the order of their values */
double
optreg_tree_largest(const OptregTree *tree)
{
  const uint64_t *magnitudes = tree->workspace->magnitudes;
  uint64_t most = 0;

  for (size_t i = 0; i < tree->worklist->n_chunks; i++) {
    most = magnitudes[i] > most ? magnitudes[i] : most;
  }
  return optreg_magnitude_of_bits(most);
}
