/* SPDX-License-Identifier: MIT */
/* The first number of a run that is not finite. No GLib here. */
#ifndef OPTREG_CORE_FINITE_H
#define OPTREG_CORE_FINITE_H

#include "running/tile.h"

/* a maximum of the bits without the sign, in one loop without branches; then, where it
 * is not that of a number, the first one */
#define OPTREG_FIRST_NONFINITE(name, integer, infinity)     \
  static inline size_t name(const void *data, size_t n)     \
  {                                                         \
    const char *values = data;                              \
    integer largest = 0, bits;                              \
    size_t i;                                               \
    for (i = 0; i < n; i++) {                               \
      memcpy(&bits, values + i * sizeof bits, sizeof bits); \
      bits &= (integer)-1 >> 1;                             \
      largest = bits > largest ? bits : largest;            \
    }                                                       \
    for (i = 0; largest >= (infinity) && i < n; i++) {      \
      memcpy(&bits, values + i * sizeof bits, sizeof bits); \
      if ((bits & ((integer)-1 >> 1)) >= (infinity)) {      \
        return i;                                           \
      }                                                     \
    }                                                       \
    return n;                                               \
  }

OPTREG_FIRST_NONFINITE(optreg_first_nonfinite_f32, uint32_t, UINT32_C(0x7f800000))
OPTREG_FIRST_NONFINITE(optreg_first_nonfinite_f64, uint64_t,
                       UINT64_C(0x7ff0000000000000))

/* its index, or n */
static inline size_t
optreg_first_nonfinite(OptregType type, const void *data, size_t n)
{
  return type == OPTREG_TYPE_F32 ? optreg_first_nonfinite_f32(data, n)
                                 : optreg_first_nonfinite_f64(data, n);
}

#endif
