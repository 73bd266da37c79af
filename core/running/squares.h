/* SPDX-License-Identifier: MIT */
/* Sums of squares that may leave the range of a double. No GLib here.
 *
 * The square of an f64 beyond about 1e154 is infinite, and below 1e-154 it loses digits
 * or becomes 0. Squares of f32 always fit. Where the sum of an f64 gradient shows that
 * this has happened, the squares are summed again, of gradient · 2^unit. */
#ifndef OPTREG_CORE_SQUARES_H
#define OPTREG_CORE_SQUARES_H

#include <stddef.h>

/* What it stands for is sum · 4^−unit. The unit is 0 but for the cases above. */
typedef struct OptregSquares {
  double sum;
  int unit;
} OptregSquares;

/* The unit in which squares with this sum should be summed: 0 where they are right as
 * they are, also for a nan. An infinite gradient keeps its sum infinite in any unit. */
int optreg_squares_unit(double sum);

/* value² */
OptregSquares optreg_squares_of(double value);

/* All together, in the pairwise tree; `scratch` has room for n. */
OptregSquares optreg_squares_add(const OptregSquares *squares, size_t n,
                                 double *scratch);

/* The root: infinite or 0 only where the true one does not fit a double. */
double optreg_squares_norm(OptregSquares squares);

#endif
