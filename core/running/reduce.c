/* SPDX-License-Identifier: MIT */
/* The fixed pairwise tree. */
#include "reduce.h"

#include <optreg/plugin.h>

static inline double
combine(double a, double b, uint32_t op)
{
  if (op == OPTREG_SUM) {
    return a + b;
  }
  return b > a || b != b ? b : a;
}

/* a whole subtree without branches: the lanes of a block, or sixteen blocks */
static inline double
combine_lanes(const double *values, uint32_t op)
{
  double level[OPTREG_LANES / 2];

  for (size_t i = 0; i < OPTREG_LANES / 2; i++) {
    level[i] = combine(values[2 * i], values[2 * i + 1], op);
  }
  for (size_t n = OPTREG_LANES / 4; n > 0; n /= 2) {
    for (size_t i = 0; i < n; i++) {
      level[i] = combine(level[2 * i], level[2 * i + 1], op);
    }
  }
  return level[0];
}

/* Finished subtrees, the larger ones below: like the digits of a number that is counted
 * up. */
typedef struct Forest {
  double trees[64];
  size_t n;
} Forest;

/* `number` subtrees of this size came before it */
static inline void
push(Forest *forest, double tree, size_t number, uint32_t op)
{
  for (; number % 2 == 1; number /= 2) {
    tree = combine(forest->trees[--forest->n], tree, op);
  }
  forest->trees[forest->n++] = tree;
}

static inline double
reduce(const double *values, size_t n, uint32_t op)
{
  const size_t n_groups = n / OPTREG_LANES;
  const double *rest = values + n_groups * OPTREG_LANES;
  Forest forest; /* not cleared: it is large for what most sums need */

  forest.n = 0;
  for (size_t i = 0; i < n_groups; i++) {
    push(&forest, combine_lanes(values + i * OPTREG_LANES, op), i, op);
  }
  for (size_t i = 0; i < n % OPTREG_LANES; i++) {
    push(&forest, rest[i], i, op);
  }
  double all = forest.trees[--forest.n];
  while (forest.n > 0) {
    all = combine(forest.trees[--forest.n], all, op);
  }
  return all;
}

double
optreg_reduce_pairwise(const double *values, size_t n, uint32_t op)
{
  if (n < 2) {
    return n == 0 ? 0.0 : values[0];
  }
  return op == OPTREG_SUM ? reduce(values, n, OPTREG_SUM)
                          : reduce(values, n, OPTREG_MAX);
}
