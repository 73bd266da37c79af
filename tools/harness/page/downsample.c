/* SPDX-License-Identifier: MIT */
/* Lowest and highest value of each stretch. */
#include "downsample.h"

#include <math.h>

typedef struct Stretch {
  size_t first, end; /* not included */
} Stretch;

/* the place of the lowest (sign -1) or highest value, the first of equals */
static size_t
find_peak(const double *values, Stretch stretch, double sign)
{
  size_t peak = stretch.first;

  for (size_t i = stretch.first; i < stretch.end; i++) {
    if (isfinite(values[i])
        && (!isfinite(values[peak]) || sign * values[i] > sign * values[peak])) {
      peak = i;
    }
  }
  return peak;
}

static size_t
keep_peaks(const double *values, Stretch stretch, size_t *places)
{
  const size_t low = find_peak(values, stretch, -1.0);
  const size_t high = find_peak(values, stretch, 1.0);

  places[0] = low < high ? low : high;
  places[1] = low < high ? high : low;
  return low == high ? 1 : 2;
}

size_t
downsample(const double *values, size_t n, size_t most, size_t *places)
{
  size_t kept = 0;

  if (n <= most) {
    for (; kept < n; kept++) {
      places[kept] = kept;
    }
    return n;
  }
  const size_t n_stretches = (most - 2) / 2, inner = n - 2;
  places[kept++] = 0;
  for (size_t i = 0; i < n_stretches; i++) {
    const Stretch stretch = { 1 + i * inner / n_stretches,
                              1 + (i + 1) * inner / n_stretches };
    kept += keep_peaks(values, stretch, places + kept);
  }
  places[kept++] = n - 1;
  return kept;
}
