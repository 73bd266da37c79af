/* SPDX-License-Identifier: MIT */
/* The fixed pairwise tree. */
#include "reduce.h"

#include <optreg/plugin.h>

static double
combine(double a, double b, uint32_t op)
{
  if (op == OPTREG_SUM) {
    return a + b;
  }
  return b > a || b != b ? b : a;
}

/* the largest power of two below n: where pairing neighbours level by level splits */
static size_t
left_half(size_t n)
{
  size_t half = 1;
  while (half * 2 < n) {
    half *= 2;
  }
  return half;
}

double
optreg_reduce_pairwise(const double *values, size_t n, uint32_t op)
{
  if (n < 2) {
    return n == 0 ? 0.0 : values[0];
  }
  const size_t half = left_half(n);
  return combine(optreg_reduce_pairwise(values, half, op),
                 optreg_reduce_pairwise(values + half, n - half, op), op);
}
