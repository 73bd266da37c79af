/* SPDX-License-Identifier: MIT */
/* Sums of squares that may leave the range of a double. No GLib here.
 *
 * The square of an f64 beyond about 1e154 is infinite, and below 1e-154 it loses digits
 * or becomes 0. Squares of f32 always fit. Where the sum of an f64 gradient shows that
 * this has happened, the squares are summed again, of gradient · 2^unit. */
#ifndef OPTREG_CORE_SQUARES_H
#define OPTREG_CORE_SQUARES_H

#include <math.h>

/* the largest double times 2^-UNIT and the smallest times 2^UNIT have squares that fit,
 * and so have 2^64 of them together */
#define OPTREG_SQUARES_UNIT 600

/* below it the squares that underflowed might be seen in the last bit of the sum */
#define OPTREG_SQUARES_SMALLEST 0x1p-960

/* What it stands for is sum · 4^−unit. The unit is 0 but for the cases above. */
typedef struct OptregSquares {
  double sum;
  int unit;
} OptregSquares;

/* The unit in which squares with this sum should be summed: 0 where they are right as
 * they are, also for a nan. An infinite gradient keeps its sum infinite in any unit. */
static inline int
optreg_squares_unit(double sum)
{
  return sum < OPTREG_SQUARES_SMALLEST ? OPTREG_SQUARES_UNIT
         : isinf(sum)                  ? -OPTREG_SQUARES_UNIT
                                       : 0;
}

/* The sum in another unit. */
static inline double
optreg_squares_in(OptregSquares squares, int unit)
{
  return squares.unit == unit ? squares.sum
                              : ldexp(squares.sum, 2 * (unit - squares.unit));
}

/* value² */
static inline OptregSquares
optreg_squares_of(double value)
{
  const double sum = value * value;
  const int unit = optreg_squares_unit(sum);

  if (unit == 0) {
    return (OptregSquares){ sum, 0 };
  }
  const double scaled = ldexp(value, unit);
  return (OptregSquares){ scaled * scaled, unit };
}

/* The root: infinite or 0 only where the true one does not fit a double. */
static inline double
optreg_squares_norm(OptregSquares squares)
{
  const double root = sqrt(squares.sum);

  return squares.unit == 0 ? root : ldexp(root, -squares.unit);
}

#endif
