/* SPDX-License-Identifier: MIT */
/* Interpolation, and where to interpolate. */
#include "sampled.h"

#include <math.h>
#include <string.h>

/* the last point at or before x; the curve has one */
static size_t
find_point(const Sampled *curve, double x)
{
  size_t low = 0, high = curve->n;

  while (high - low > 1) {
    const size_t middle = low + (high - low) / 2;
    if (curve->x[middle] <= x) {
      low = middle;
    } else {
      high = middle;
    }
  }
  return low;
}

double
sampled_at(const Sampled *curve, double x)
{
  if (curve->n == 0 || !(x >= curve->x[0]) || x > curve->x[curve->n - 1]) {
    return NAN;
  }
  const size_t i = find_point(curve, x);
  if (curve->x[i] == x || i + 1 == curve->n) {
    return curve->y[i];
  }
  const double share = (x - curve->x[i]) / (curve->x[i + 1] - curve->x[i]);
  return curve->y[i] + share * (curve->y[i + 1] - curve->y[i]);
}

static const Sampled *
find_shortest(const Sampled *curves, size_t n_curves)
{
  const Sampled *shortest = &curves[0];

  for (size_t i = 1; i < n_curves; i++) {
    shortest = curves[i].n < shortest->n ? &curves[i] : shortest;
  }
  return shortest;
}

static bool
have_same_places(const Sampled *curves, size_t n_curves, const Sampled *shortest)
{
  for (size_t i = 0; i < n_curves; i++) {
    if (memcmp(curves[i].x, shortest->x, shortest->n * sizeof(double)) != 0) {
      return false;
    }
  }
  return true;
}

double *
sampled_places(const Sampled *curves, size_t n_curves, size_t *n)
{
  const Sampled *shortest = n_curves > 0 ? find_shortest(curves, n_curves) : NULL;
  double first = -INFINITY, last = INFINITY;

  *n = 0;
  if (shortest == NULL || shortest->n == 0) {
    return NULL;
  }
  if (have_same_places(curves, n_curves, shortest)) {
    *n = shortest->n;
    return g_memdup2(shortest->x, shortest->n * sizeof(double));
  }
  for (size_t i = 0; i < n_curves; i++) {
    first = fmax(first, curves[i].x[0]);
    last = fmin(last, curves[i].x[curves[i].n - 1]);
  }
  if (!(first < last)) {
    return NULL;
  }
  double *places = g_new(double, SAMPLED_PLACES);
  for (size_t i = 0; i < SAMPLED_PLACES; i++) {
    places[i] = first + (last - first) * (double)i / (SAMPLED_PLACES - 1);
  }
  *n = SAMPLED_PLACES;
  return places;
}
