/* SPDX-License-Identifier: MIT */
/* Distances between numbers, counted by stepping from one to the next. */
#include "support/ulp.h"

#include <glib.h>
#include <math.h>

static uint64_t
distance_f32(float a, float b)
{
  return ulp_compare(&a, &b, 1, "F32", sizeof a).ulp;
}

static uint64_t
distance_f64(double a, double b)
{
  return ulp_compare(&a, &b, 1, "F64", sizeof a).ulp;
}

/* from a towards b, with the C library's own steps */
static uint64_t
count_steps(float a, float b)
{
  uint64_t n = 0;

  for (; a != b; a = nextafterf(a, b)) {
    n++;
  }
  return n;
}

static void
test_neighbours(void)
{
  static const float values[] = { 1.0f, -1.0f, 0x1p-126f, -0x1p-126f, 1e-45f, 3e38f };

  for (size_t i = 0; i < G_N_ELEMENTS(values); i++) {
    const double value = (double)values[i];
    g_assert_cmpuint(distance_f32(values[i], nextafterf(values[i], INFINITY)), ==, 1);
    g_assert_cmpuint(distance_f32(values[i], nextafterf(values[i], -INFINITY)), ==, 1);
    g_assert_cmpuint(distance_f64(value, nextafter(value, INFINITY)), ==, 1);
    g_assert_cmpuint(distance_f64(value, nextafter(value, -INFINITY)), ==, 1);
  }
}

static void
test_far_apart(void)
{
  g_assert_cmpuint(distance_f32(1.0f, 1.001f), ==, count_steps(1.0f, 1.001f));
  g_assert_cmpuint(distance_f32(1.001f, 1.0f), ==, count_steps(1.0f, 1.001f));
  /* across zero, the step from -0 to 0 included */
  g_assert_cmpuint(distance_f32(-3e-45f, 3e-45f), ==, count_steps(-3e-45f, 3e-45f) + 1);
  g_assert_cmpuint(distance_f64(-5e-324, 5e-324), ==, 3);
}

static void
test_zeros_differ_by_their_sign(void)
{
  g_assert_cmpuint(distance_f32(0.0f, -0.0f), ==, 1);
  g_assert_cmpuint(distance_f32(0.0f, 0.0f), ==, 0);
}

static void
test_nan_is_furthest(void)
{
  const float a[] = { 1.0f, NAN, -3e38f }, b[] = { 1.5f, 1.0f, 3e38f };
  const Distance distance = ulp_compare(a, b, 3, "F32", sizeof a[0]);

  g_assert_cmpuint(distance.n_different, ==, 3);
  g_assert_cmpuint(distance.first, ==, 0);
  g_assert_cmpuint(distance.largest, ==, 1);
  g_assert_cmpuint(distance.ulp, ==, UINT64_MAX);
  g_assert_cmpfloat(distance.first_b, ==, 1.5);
  g_assert_true(isnan(distance.largest_a));
}

static void
test_equal_nans_are_equal(void)
{
  const float a = NAN;

  g_assert_cmpuint(ulp_compare(&a, &a, 1, "F32", sizeof a).n_different, ==, 0);
}

static void
test_bytes_have_no_distance(void)
{
  const Distance distance = ulp_compare("abcd", "abxy", 4, "U8", 1);

  g_assert_cmpuint(distance.n_different, ==, 2);
  g_assert_cmpuint(distance.first, ==, 2);
  g_assert_cmpuint(distance.ulp, ==, 0);
  g_assert_true(isnan(distance.first_a));
}

int
main(int argc, char **argv)
{
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/ulp/neighbours", test_neighbours);
  g_test_add_func("/ulp/far-apart", test_far_apart);
  g_test_add_func("/ulp/zeros", test_zeros_differ_by_their_sign);
  g_test_add_func("/ulp/nan-is-furthest", test_nan_is_furthest);
  g_test_add_func("/ulp/equal-nans", test_equal_nans_are_equal);
  g_test_add_func("/ulp/bytes", test_bytes_have_no_distance);
  return g_test_run();
}
