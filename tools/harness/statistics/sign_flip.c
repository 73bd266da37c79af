/* SPDX-License-Identifier: MIT */
/* The sign-flip test by the means of the two parts of every split. */
#include "sign_flip.h"

#include "flips.h"
#include "sample.h"

#include <math.h>

struct SignFlip {
  double *low, *high; /* the smaller and the larger mean of each split's parts */
  size_t n_splits;
  double tolerance;
  bool is_exact;
};

/* a random subset may be empty: it flips nothing and never rejects */
static void
add_split(SignFlip *test, size_t i, double sum, size_t n_flipped, double total,
          size_t n)
{
  if (n_flipped == 0) {
    test->low[i] = -INFINITY;
    test->high[i] = INFINITY;
    return;
  }
  const double flipped = sum / (double)n_flipped;
  const double others = (total - sum) / (double)(n - n_flipped);
  test->low[i] = fmin(flipped, others);
  test->high[i] = fmax(flipped, others);
}

SignFlip *
sign_flip_new(const double *differences, size_t n)
{
  SignFlip *test = g_new0(SignFlip, 1);
  const Flips flips = flips_for(n);
  g_auto(FlipSums) sums = { 0 };
  g_autofree uint8_t *subset = g_new0(uint8_t, flips.n_chunks);

  flip_sums_init(&sums, &flips, differences);
  test->n_splits = flips.n_flips;
  test->is_exact = flips.is_exact;
  test->tolerance = flip_sums_tolerance(&sums);
  test->low = g_new(double, flips.n_flips);
  test->high = g_new(double, flips.n_flips);
  for (size_t i = 0; i < flips.n_flips; i++) {
    flips_get(&flips, i, subset);
    add_split(test, i, flip_sums_of(&sums, subset), flips_count(&flips, subset),
              sums.total, n);
  }
  return test;
}

void
sign_flip_free(SignFlip *test)
{
  if (test != NULL) {
    g_free(test->low);
    g_free(test->high);
    g_free(test);
  }
}

double
sign_flip_p(const SignFlip *test, double mean)
{
  size_t n_extreme = 1;

  for (size_t i = 0; i < test->n_splits; i++) {
    n_extreme += test->low[i] <= mean + test->tolerance
                 && test->high[i] >= mean - test->tolerance;
  }
  return (double)n_extreme / (double)(test->n_splits + 1);
}

/* an end at zero but for rounding includes zero, as its p does */
static double
settle(const SignFlip *test, double end)
{
  return fabs(end) <= test->tolerance ? 0.0 : end;
}

Interval
sign_flip_interval(SignFlip *test, double alpha)
{
  /* so many splits must cover a mean to keep it, the one that flips nothing aside */
  const double n_needed = ceil(alpha * (double)(test->n_splits + 1)) - 1.0;
  const size_t n = test->n_splits;

  if (n_needed < 1.0) {
    return (Interval){ -INFINITY, INFINITY };
  }
  const size_t k = (size_t)n_needed;
  return (Interval){ settle(test, statistics_select(test->low, n, k - 1)),
                     settle(test, statistics_select(test->high, n, n - k)) };
}

bool
sign_flip_is_exact(const SignFlip *test)
{
  return test->is_exact;
}

double
sign_flip_smallest_p(size_t n)
{
  return n > 0 ? ldexp(1.0, 1 - (int)MIN(n, 1000)) : 1.0;
}
