/* SPDX-License-Identifier: MIT */
/* How far a number may be from Keras'. */
#include "compare.h"

#include <math.h>
#include <stdint.h>
#include <string.h>

#define LOOSE 3e-6         /* of the largest magnitude, or of a weight */
#define LOOSE_OF_WAY 1e-3  /* of the way that a weight has gone */
#define HUGE_WEIGHT 1e4    /* from here on weights cancel ... */
#define LOOSE_OF_HUGE 1e-7 /* ... and keep the rounding of their largest value */

double
compare_element(const void *values, bool is_double, size_t index)
{
  return is_double ? ((const double *)values)[index]
                   : (double)((const float *)values)[index];
}

double
compare_largest(const double *values, size_t n)
{
  double largest = 0.0;
  for (size_t i = 0; i < n; i++) {
    largest = isfinite(values[i]) ? fmax(largest, fabs(values[i])) : largest;
  }
  return largest;
}

/* ---- distances ---- */

/* the place of a number among all numbers of its type */
static double
rank(double value, bool is_double)
{
  const float single = (float)value;
  int64_t bits;
  int32_t bits32;
  if (is_double) {
    memcpy(&bits, &value, sizeof bits);
    return (double)(bits < 0 ? INT64_MIN - bits : bits);
  }
  memcpy(&bits32, &single, sizeof bits32);
  return (double)(bits32 < 0 ? INT32_MIN - (int64_t)bits32 : bits32);
}

static double
distance(double actual, double expected, bool is_double)
{
  if (isnan(actual) || isnan(expected)) {
    return isnan(actual) && isnan(expected) ? 0.0 : INFINITY;
  }
  return fabs(rank(actual, is_double) - rank(expected, is_double));
}

/* ---- bars ---- */

static double
tolerance(Bar bar, const Compared *compared, double largest, size_t i)
{
  const double y = fabs(compared->expected[i]);
  if (bar != BAR_LOOSE) {
    return bar == BAR_DOUBLE ? 1e-12 * y : 0.0;
  }
  if (compared->field != FIELD_WEIGHT) {
    return LOOSE * largest;
  }
  const double way = fabs(compared->expected[i] - compared->initial[i]);
  const bool cancels = compared->largest >= HUGE_WEIGHT && y < compared->largest;
  return LOOSE * y + LOOSE_OF_WAY * way
         + (cancels ? LOOSE_OF_HUGE * compared->largest : 0.0);
}

static bool
is_within(Bar bar, double actual, double expected, double allowed)
{
  if (isnan(actual) || isnan(expected)) {
    return isnan(actual) && isnan(expected);
  }
  if (isinf(actual) || isinf(expected)) {
    return actual == expected;
  }
  return bar == BAR_EXACT ? actual == expected && signbit(actual) == signbit(expected)
                          : fabs(actual - expected) <= allowed;
}

static bool
is_element_within(Bar bar, const Compared *compared, double largest, size_t i)
{
  const double actual = compare_element(compared->actual, compared->is_double, i);
  return is_within(bar, actual, compared->expected[i],
                   tolerance(bar, compared, largest, i));
}

bool
compare_is_within(Bar bar, const Compared *compared)
{
  const double largest = compare_largest(compared->expected, compared->n);
  for (size_t i = 0; i < compared->n; i++) {
    if (!is_element_within(bar, compared, largest, i)) {
      return false;
    }
  }
  return true;
}

static void
fail_element(Outcome *outcome, const Compared *compared, size_t i)
{
  const double actual = compare_element(compared->actual, compared->is_double, i);
  const int digits = compared->is_double ? 17 : 9;
  outcome_fail(outcome, "%s, %s of %s[%zu]: %.*g, should be %.*g (%g ulp)",
               compared->when, compared->what, compared->name, i, digits, actual,
               digits, compared->expected[i],
               distance(actual, compared->expected[i], compared->is_double));
}

bool
compare_tensor(Outcome *outcome, Bar bar, const Compared *compared)
{
  const double largest = compare_largest(compared->expected, compared->n);
  double worst = 0.0;
  size_t worst_index = 0;
  bool is_good = true;

  for (size_t i = 0; i < compared->n; i++) {
    const double actual = compare_element(compared->actual, compared->is_double, i);
    const double ulps = distance(actual, compared->expected[i], compared->is_double);
    worst_index = ulps > worst ? i : worst_index;
    worst = fmax(worst, ulps);
    if (!is_element_within(bar, compared, largest, i)) {
      fail_element(outcome, compared, i);
      is_good = false;
    }
  }
  g_autofree char *where = g_strdup_printf("%s of %s[%zu], %s", compared->what,
                                           compared->name, worst_index, compared->when);
  outcome_note(outcome, compared->field, worst, where);
  outcome->n_compared += compared->n;
  if (outcome->is_verbose) {
    g_print("#   %s: %g ulp in %s\n", outcome->id, worst, where);
  }
  return is_good;
}
