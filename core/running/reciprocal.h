/* SPDX-License-Identifier: MIT */
/* Dividing without the divider, where that gives the same bits. No GLib here. */
#ifndef OPTREG_CORE_RECIPROCAL_H
#define OPTREG_CORE_RECIPROCAL_H

#include "running/tile.h"

#include <math.h>
#include <string.h>

/* Whether x * reciprocal has the bits of x / divisor for every x: the divisor is a
 * power of two, whose reciprocal is exact unless it overflows. Scales and windows
 * usually are. */
static inline bool
optreg_is_exact_reciprocal(double divisor, double reciprocal)
{
  uint64_t bits;

  memcpy(&bits, &divisor, sizeof bits);
  return (bits & ((UINT64_C(1) << 52) - 1)) == 0 && isfinite(divisor)
         && isfinite(reciprocal);
}

/* The reciprocal in the type of computation; false where multiplying by it gives other
 * bits than dividing. */
static inline bool
optreg_reciprocal(OptregType type, double divisor, double *reciprocal)
{
  if (type == OPTREG_TYPE_F32) {
    divisor = (double)(float)divisor;
    *reciprocal = (double)(1.0f / (float)divisor);
  } else {
    *reciprocal = 1.0 / divisor;
  }
  return optreg_is_exact_reciprocal(divisor, *reciprocal);
}

#endif
