/* SPDX-License-Identifier: MIT */
/* Means and their intervals, deviations, medians, pairs. */
#include "harness/statistics/median.h"
#include "harness/statistics/normal.h"
#include "harness/statistics/sample.h"
#include "harness/statistics/student.h"

#include <glib.h>
#include <math.h>

static void
test_sample(void)
{
  const double values[] = { 2.0, 4.0, 4.0, 4.0, 5.0, 5.0, 7.0, 9.0 };

  g_assert_cmpfloat(statistics_mean(values, 8), ==, 5.0);
  g_assert_cmpfloat(statistics_deviation(values, 8), ==, sqrt(32.0 / 7.0));
  g_assert_cmpfloat(statistics_median(values, 8), ==, 4.5);
}

static void
test_median_sorts(void)
{
  const double values[] = { 9.0, 1.0, 5.0 };

  g_assert_cmpfloat(statistics_median(values, 3), ==, 5.0);
  g_assert_cmpfloat(values[0], ==, 9.0);
}

static void
test_too_few(void)
{
  const double one = 3.0;

  g_assert_true(isnan(statistics_mean(NULL, 0)));
  g_assert_true(isnan(statistics_median(NULL, 0)));
  g_assert_true(isnan(statistics_deviation(&one, 1)));
  g_assert_cmpfloat(statistics_mean(&one, 1), ==, 3.0);
  g_assert_true(isnan(statistics_pair(NULL, NULL, 0).mean));
}

/* ranks of the sign test's tables: of 10 values the 2nd and 9th at 95 %, of 20 the 6th
 * and 15th, of 100 the 40th and 61st */
static void
test_interval_of_the_median(void)
{
  static const struct {
    size_t n;
    double low, high;
  } cases[] = {
    { 6, 1.0, 6.0 }, { 10, 2.0, 9.0 }, { 20, 6.0, 15.0 }, { 100, 40.0, 61.0 }
  };
  double values[100];

  for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
    const size_t n = cases[i].n;
    for (size_t k = 0; k < n; k++) {
      values[k] = (double)(n - k);
    }
    const Interval interval = median_interval(values, n, 0.05);
    g_assert_cmpfloat(interval.low, ==, cases[i].low);
    g_assert_cmpfloat(interval.high, ==, cases[i].high);
    g_assert_cmpfloat(values[0], ==, (double)n);
  }
  g_assert_true(isnan(median_interval(values, 5, 0.05).low));
  g_assert_true(isnan(median_interval(values, 0, 0.05).high));
  /* no term underflows into nothing */
  g_autofree double *many = g_new0(double, 50000);
  g_assert_cmpfloat(median_interval(many, 50000, 0.05).low, ==, 0.0);
}

static void
test_pairs(void)
{
  const double a[] = { 0.5, 0.5, 0.5, 0.5 }, b[] = { 0.75, 0.25, 0.5, 1.0 };
  const PairedDifference pair = statistics_pair(a, b, 4);

  g_assert_cmpfloat(pair.mean, ==, 0.125);
  g_assert_cmpuint(pair.n, ==, 4);
  g_assert_cmpuint(pair.n_larger, ==, 2);
  g_assert_cmpuint(pair.n_smaller, ==, 1);
  g_assert_cmpuint(pair.n_equal, ==, 1);
}

/* closed forms: a Cauchy distribution, one with a square root, one with a cubic; and
 * what SciPy's t.ppf(0.975, n) says */
static void
test_student(void)
{
  static const struct {
    size_t n;
    double t;
  } rows[] = { { 3, 3.182446305284263 },
               { 9, 2.2621571628540993 },
               { 29, 2.045229642132703 } };

  for (double alpha = 0.01; alpha < 0.95; alpha += 0.11) {
    const double p = alpha * (2.0 - alpha);
    const double angle = acos(sqrt(p)) / 3.0;
    g_assert_cmpfloat_with_epsilon(student_quantile(1, alpha),
                                   1.0 / tan(0.5 * G_PI * alpha), 1e-8);
    g_assert_cmpfloat_with_epsilon(student_quantile(2, alpha),
                                   (1.0 - alpha) * sqrt(2.0 / p), 1e-8);
    g_assert_cmpfloat_with_epsilon(student_quantile(4, alpha),
                                   2.0 * sqrt(cos(angle) / sqrt(p) - 1.0), 1e-8);
  }
  for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
    g_assert_cmpfloat_with_epsilon(student_quantile(rows[i].n, 0.05), rows[i].t, 1e-9);
  }
  g_assert_cmpfloat_with_epsilon(student_quantile(9999, 0.05), normal_quantile(0.975),
                                 3e-4);
}

static void
test_interval_of_a_mean(void)
{
  const double values[] = { 1.0, 3.0 };
  const Interval interval = student_interval(values, 2, 0.05);

  g_assert_cmpfloat_with_epsilon(interval.low, 2.0 - 12.706204736, 1e-8);
  g_assert_cmpfloat_with_epsilon(interval.high, 2.0 + 12.706204736, 1e-8);
  g_assert_true(isnan(student_interval(values, 1, 0.05).low));
}

int
main(int argc, char **argv)
{
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/statistics/sample", test_sample);
  g_test_add_func("/statistics/median-sorts-a-copy", test_median_sorts);
  g_test_add_func("/statistics/interval-of-the-median", test_interval_of_the_median);
  g_test_add_func("/statistics/too-few-is-nan", test_too_few);
  g_test_add_func("/statistics/pairs", test_pairs);
  g_test_add_func("/statistics/student/quantile", test_student);
  g_test_add_func("/statistics/student/interval", test_interval_of_a_mean);
  return g_test_run();
}
