/* SPDX-License-Identifier: MIT */
/* How much shorter norm clipping makes a gradient, and in what arithmetic. No GLib. */
#ifndef OPTREG_CORE_SHORTENING_H
#define OPTREG_CORE_SHORTENING_H

#include "running/squares.h"
#include "running/tile.h"

/* How a gradient becomes shorter. Usually in the arithmetic of its type, as Keras does
 * it. Where a number would leave the range in which that arithmetic is exact, in double
 * by two factors, so that g · first · second is right for every |g| up to the norm. */
typedef struct OptregShortening {
  double first, second; /* usual: c and max(‖g‖, c) of a tensor; k and 1 of the model */
  double ratio;         /* of the norms after and before, at most 1 */
  bool is_usual;
} OptregShortening;

/* To at most c, a tensor or the whole model with these squares, `norm` their root; for
 * gradients of this type. */
void optreg_shorten_tensor(OptregShortening *shortening, OptregType type, double c,
                           OptregSquares squares, double norm);
OptregShortening optreg_shorten_model(OptregType type, double c, OptregSquares squares);

/* What becomes of one element. */
double optreg_shortened(OptregType type, const OptregShortening *shortening,
                        double element);

/* As the type holds it. */
static inline double
optreg_rounded(OptregType type, double value)
{
  return type == OPTREG_TYPE_F32 ? (double)(float)value : value;
}

#endif
