/* SPDX-License-Identifier: MIT */
/* Sums of squares with a unit. */
#include "squares.h"

#include "running/reduce.h"

#include <math.h>
#include <optreg/plugin.h>

/* the largest double times 2^-UNIT and the smallest times 2^UNIT have squares that fit,
 * and so have 2^64 of them together */
#define UNIT 600

/* below it the squares that underflowed might be seen in the last bit of the sum */
#define SMALLEST 0x1p-960

int
optreg_squares_unit(double sum)
{
  return sum < SMALLEST ? UNIT : isinf(sum) ? -UNIT : 0;
}

OptregSquares
optreg_squares_of(double value)
{
  const int unit = optreg_squares_unit(value * value);
  const double scaled = unit == 0 ? value : ldexp(value, unit);

  return (OptregSquares){ scaled * scaled, unit };
}

/* what underflows here is nothing beside the others */
static double
add_in(int unit, const OptregSquares *squares, size_t n, double *scratch)
{
  for (size_t i = 0; i < n; i++) {
    scratch[i] = squares[i].unit == unit
                     ? squares[i].sum
                     : ldexp(squares[i].sum, 2 * (unit - squares[i].unit));
  }
  return optreg_reduce_pairwise(scratch, n, OPTREG_SUM);
}

OptregSquares
optreg_squares_add(const OptregSquares *squares, size_t n, double *scratch)
{
  OptregSquares all = { add_in(0, squares, n, scratch), 0 };

  all.unit = optreg_squares_unit(all.sum);
  if (all.unit != 0) {
    all.sum = add_in(all.unit, squares, n, scratch);
  }
  return all;
}

double
optreg_squares_norm(OptregSquares squares)
{
  const double root = sqrt(squares.sum);

  return squares.unit == 0 ? root : ldexp(root, -squares.unit);
}
