/* SPDX-License-Identifier: MIT */
/* From the lowest to the highest of some numbers. */
#ifndef OPTREG_TOOLS_RANGE_H
#define OPTREG_TOOLS_RANGE_H

#include <math.h>
#include <stddef.h>

typedef struct Range {
  double low, high; /* infinite and the wrong way round when there is nothing */
} Range;

static const Range range_empty = { INFINITY, -INFINITY };

/* numbers that are not finite are passed over; values may be NULL */
static inline void
range_include(Range *range, const double *values, size_t i)
{
  if (values != NULL && isfinite(values[i])) {
    range->low = fmin(range->low, values[i]);
    range->high = fmax(range->high, values[i]);
  }
}

/* where the first tenth ends, which would flatten the rest of a training's curves */
static inline double
range_settles_at(const Range *x)
{
  return x->low + 0.1 * (x->high - x->low);
}

#endif
