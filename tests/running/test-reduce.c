/* SPDX-License-Identifier: MIT */
/* The fixed pairwise tree: one order of additions, whoever adds. */
#include "running/reduce.h"

#include <glib.h>
#include <math.h>
#include <optreg/plugin.h>

static double
sum(const double *values, size_t n)
{
  return optreg_reduce_pairwise(values, n, OPTREG_SUM);
}

static void
test_nothing_sums_to_zero(void)
{
  g_assert_cmpfloat(sum(NULL, 0), ==, 0.0);
}

/* neighbours first: ((1e16 + 1) + (-1e16 + 1)) is 0 in that order, 2 in exact
 * arithmetic and 1 when added from the left */
static void
test_neighbours_are_added_first(void)
{
  const double values[] = { 1e16, 1.0, -1e16, 1.0 };

  g_assert_cmpfloat(sum(values, 4), ==, (1e16 + 1.0) + (-1e16 + 1.0));
  g_assert_cmpfloat(sum(values, 4), !=, ((1e16 + 1.0) - 1e16) + 1.0);
}

static void
test_an_odd_last_one_is_carried_on(void)
{
  const double v[] = { 0.1, 1e10, -0.3, 7e-5, 1e-12, 3e8, -1e10 };

  g_assert_cmpfloat(sum(v, 3), ==, (v[0] + v[1]) + v[2]);
  g_assert_cmpfloat(sum(v, 5), ==, ((v[0] + v[1]) + (v[2] + v[3])) + v[4]);
  g_assert_cmpfloat(sum(v, 6), ==, ((v[0] + v[1]) + (v[2] + v[3])) + (v[4] + v[5]));
  g_assert_cmpfloat(sum(v, 7), ==,
                    ((v[0] + v[1]) + (v[2] + v[3])) + ((v[4] + v[5]) + v[6]));
}

/* the same tree built the other way: level by level in place */
static void
test_levels_and_halves_are_one_tree(void)
{
  for (size_t n = 1; n < 200; n++) {
    double values[200], levels[200];
    for (size_t i = 0; i < n; i++) {
      values[i] = levels[i] = sin((double)(i * i + n))
                              * pow(10.0, (double)(i % 17) - 8.0);
    }
    for (size_t left = n; left > 1; left = (left + 1) / 2) {
      for (size_t i = 0; i < left / 2; i++) {
        levels[i] = levels[2 * i] + levels[2 * i + 1];
      }
      if (left % 2 == 1) {
        levels[left / 2] = levels[left - 1];
      }
    }
    g_assert_cmpfloat(sum(values, n), ==, levels[0]);
  }
}

static void
test_a_maximum_keeps_nan(void)
{
  const double values[] = { 1.0, 5.0, 2.0 }, poisoned[] = { 1.0, NAN, 2.0 };

  g_assert_cmpfloat(optreg_reduce_pairwise(values, 3, OPTREG_MAX), ==, 5.0);
  g_assert_true(isnan(optreg_reduce_pairwise(poisoned, 3, OPTREG_MAX)));
}

/* what a kernel adds up does not depend on where its spans end */
static void
test_lanes_do_not_depend_on_cuts(void)
{
  float g[1000];
  for (size_t i = 0; i < G_N_ELEMENTS(g); i++) {
    g[i] = sinf((float)i) * powf(10.0f, (float)(i % 13) - 6.0f);
  }
  double whole[OPTREG_LANES] = { 0 };
  OPTREG_ACCUMULATE(whole, G_N_ELEMENTS(g), i, g[i] * g[i]);

  for (size_t tile = OPTREG_LANES; tile <= 512; tile *= 2) {
    double cut[OPTREG_LANES] = { 0 };
    for (size_t at = 0; at < G_N_ELEMENTS(g); at += tile) {
      const float *here = g + at;
      OPTREG_ACCUMULATE(cut, MIN(tile, G_N_ELEMENTS(g) - at), i, here[i] * here[i]);
    }
    g_assert_cmpmem(cut, sizeof cut, whole, sizeof whole);
  }
}

int
main(int argc, char **argv)
{
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/reduce/nothing-sums-to-zero", test_nothing_sums_to_zero);
  g_test_add_func("/reduce/neighbours-are-added-first",
                  test_neighbours_are_added_first);
  g_test_add_func("/reduce/an-odd-last-one-is-carried-on",
                  test_an_odd_last_one_is_carried_on);
  g_test_add_func("/reduce/levels-and-halves-are-one-tree",
                  test_levels_and_halves_are_one_tree);
  g_test_add_func("/reduce/a-maximum-keeps-nan", test_a_maximum_keeps_nan);
  g_test_add_func("/reduce/lanes-do-not-depend-on-cuts",
                  test_lanes_do_not_depend_on_cuts);
  return g_test_run();
}
