/* SPDX-License-Identifier: MIT */
/* How far two rows of numbers are apart. */
#ifndef OPTREG_TOOLS_ULP_H
#define OPTREG_TOOLS_ULP_H

#include <stdbool.h>
#include <stdint.h>

typedef struct Distance {
  uint64_t n_different;        /* elements whose bits differ */
  uint64_t first;              /* index of the first one */
  uint64_t largest;            /* index of the one that is furthest apart */
  uint64_t ulp;                /* there: representable numbers between, plus 1 */
  double first_a, first_b;     /* the values at `first` and at `largest`; NaN where */
  double largest_a, largest_b; /* the type is not a float */
} Distance;

/* Compare n little-endian elements; `dtype` as in safetensors, `size` its bytes. Only
 * F32 and F64 have values; of other types the bytes are compared and ulp stays 0. A NaN
 * is further from any number than numbers are from one another. No alignment is needed.
 */
Distance ulp_compare(const void *a, const void *b, uint64_t n, const char *dtype,
                     uint64_t size);

#endif
