/* SPDX-License-Identifier: MIT */
/* Several curves at the same places. */
#ifndef OPTREG_HARNESS_PAGE_SAMPLED_H
#define OPTREG_HARNESS_PAGE_SAMPLED_H

#include <glib.h>
#include <stdbool.h>
#include <stddef.h>

/* A curve: y at rising x; borrowed. */
typedef struct Sampled {
  const double *x, *y;
  size_t n;
} Sampled;

/* The curve at x by the line between its points; NaN outside of them, and beside one
 * that is not finite. */
double sampled_at(const Sampled *curve, double x);

/* Where all curves can be read: their own places as far as the shortest of them goes,
 * when they have the same ones, else SAMPLED_PLACES from where the last begins to where
 * the first ends. Owned by the caller; *n may be 0. */
enum { SAMPLED_PLACES = 200 };
double *sampled_places(const Sampled *curves, size_t n_curves, size_t *n);

#endif
