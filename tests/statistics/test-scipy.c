/* SPDX-License-Identifier: MIT */
/* Against what SciPy says about the same samples. */
#include "harness/statistics/bootstrap.h"
#include "harness/statistics/correction.h"
#include "harness/statistics/normal.h"
#include "harness/statistics/plan.h"
#include "harness/statistics/ranks.h"
#include "harness/statistics/sign_flip.h"
#include "recorded.h"

#include <math.h>

typedef void (*CaseTest)(JsonObject *recorded, const double *differences, size_t n);

static void
for_each_case(CaseTest test)
{
  g_autoptr(JsonNode) root = recorded_load();
  JsonArray *cases = json_object_get_array_member(json_node_get_object(root), "cases");

  g_assert_cmpuint(json_array_get_length(cases), >=, 9);
  for (guint i = 0; i < json_array_get_length(cases); i++) {
    JsonObject *recorded = json_array_get_object_element(cases, i);
    size_t n;
    g_autofree double *differences = recorded_numbers(recorded, "differences", &n);
    g_test_message("%s", json_object_get_string_member(recorded, "name"));
    test(recorded, differences, n);
  }
}

static void
check_sign_flip(JsonObject *recorded, const double *differences, size_t n)
{
  g_autoptr(SignFlip) test = sign_flip_new(differences, n);

  g_assert_true(sign_flip_is_exact(test));
  g_assert_cmpfloat_with_epsilon(sign_flip_p(test, 0.0),
                                 json_object_get_double_member(recorded, "sign_flip_p"),
                                 1e-12);
}

static void
test_sign_flip(void)
{
  for_each_case(check_sign_flip);
}

/* null: the test keeps every number */
static void
check_end(JsonArray *ends, guint which, double end)
{
  if (json_array_get_null_element(ends, which)) {
    g_assert_true(isinf(end));
    return;
  }
  const double expected = json_array_get_double_element(ends, which);
  g_assert_cmpfloat_with_epsilon(end, expected, 1e-8 * fmax(1.0, fabs(expected)));
}

static void
check_interval(JsonObject *recorded, const double *differences, size_t n)
{
  g_autoptr(SignFlip) test = sign_flip_new(differences, n);
  const Interval at_95 = sign_flip_interval(test, 0.05);
  const Interval at_90 = sign_flip_interval(test, 0.10);
  JsonArray *ends_95 = json_object_get_array_member(recorded, "interval_95");
  JsonArray *ends_90 = json_object_get_array_member(recorded, "interval_90");

  check_end(ends_95, 0, at_95.low);
  check_end(ends_95, 1, at_95.high);
  check_end(ends_90, 0, at_90.low);
  check_end(ends_90, 1, at_90.high);
}

static void
test_interval(void)
{
  for_each_case(check_interval);
}

static void
check_ranks(JsonObject *recorded, const double *differences, size_t n)
{
  g_assert_cmpfloat_with_epsilon(ranks_wilcoxon_p(differences, n),
                                 json_object_get_double_member(recorded, "wilcoxon_p"),
                                 1e-12);
  g_assert_cmpfloat_with_epsilon(
      ranks_hodges_lehmann(differences, n),
      json_object_get_double_member(recorded, "hodges_lehmann"), 1e-11);
}

static void
test_ranks(void)
{
  for_each_case(check_ranks);
}

/* SciPy's own ends scatter by a known deviation; so do ours. Where means tie, SciPy
 * lets rounding decide, which may move an end to the next mean: multiples of 1/360 over
 * n */
static void
check_bca(JsonObject *recorded, const double *differences, size_t n)
{
  JsonObject *bca = json_object_get_object_member(recorded, "bca");
  size_t n_ends;
  g_autofree double *mean = recorded_numbers(bca, "mean", &n_ends);
  g_autofree double *deviation = recorded_numbers(bca, "sd", &n_ends);
  const Interval interval = bootstrap_bca(differences, n, 0.05);
  const char *name = json_object_get_string_member(recorded, "name");

  const double step = g_str_has_prefix(name, "accuracies")
                              || g_str_has_prefix(name, "zeros")
                          ? 1.001 / (360.0 * (double)n)
                          : 0.0;

  g_assert_cmpfloat(fabs(interval.low - mean[0]), <=, 4.0 * deviation[0] + step);
  g_assert_cmpfloat(fabs(interval.high - mean[1]), <=, 4.0 * deviation[1] + step);
}

static void
test_bca(void)
{
  for_each_case(check_bca);
}

static void
test_wilcoxon_of_many(void)
{
  g_autoptr(JsonNode) root = recorded_load();
  JsonObject *many = json_object_get_object_member(json_node_get_object(root), "many");
  size_t n;
  g_autofree double *differences = recorded_numbers(many, "differences", &n);

  g_assert_cmpfloat_with_epsilon(ranks_wilcoxon_p(differences, n),
                                 json_object_get_double_member(many, "wilcoxon_p"),
                                 1e-10);
}

static void
check_max_t(JsonObject *table)
{
  JsonArray *rows = json_object_get_array_member(table, "differences");
  const guint m = json_array_get_length(rows);
  const guint n = json_array_get_length(json_array_get_array_element(rows, 0));
  g_autofree double *differences = g_new(double, (size_t)m *n);
  g_autofree double *corrected = g_new(double, m);
  size_t n_expected;
  g_autofree double *expected = recorded_numbers(table, "p", &n_expected);

  for (guint i = 0; i < m * n; i++) {
    differences[i] =
        json_array_get_double_element(json_array_get_array_element(rows, i / n), i % n);
  }
  correction_max_t(differences, m, n, corrected);
  for (guint i = 0; i < m; i++) {
    g_assert_cmpfloat_with_epsilon(corrected[i], expected[i], 1e-12);
  }
}

static void
test_max_t(void)
{
  g_autoptr(JsonNode) root = recorded_load();
  JsonArray *tables = json_object_get_array_member(json_node_get_object(root), "max_t");

  for (guint i = 0; i < json_array_get_length(tables); i++) {
    check_max_t(json_array_get_object_element(tables, i));
  }
}

/* pairs [x, f(x)] */
static void
check_function(const char *name, double (*function)(double))
{
  g_autoptr(JsonNode) root = recorded_load();
  JsonArray *pairs = json_object_get_array_member(json_node_get_object(root), name);

  for (guint i = 0; i < json_array_get_length(pairs); i++) {
    JsonArray *pair = json_array_get_array_element(pairs, i);
    const double expected = json_array_get_double_element(pair, 1);
    const double value = function(json_array_get_double_element(pair, 0));
    g_assert_cmpfloat_with_epsilon(value, expected, 1e-12 * fabs(expected) + 1e-15);
  }
}

static void
test_normal(void)
{
  check_function("cdf", normal_cdf);
  check_function("quantile", normal_quantile);
}

/* the smallest number with a power of 80 %, by the noncentral t distribution */
static void
test_seeds(void)
{
  g_autoptr(JsonNode) root = recorded_load();
  JsonArray *rows = json_object_get_array_member(json_node_get_object(root), "seeds");

  for (guint i = 0; i < json_array_get_length(rows); i++) {
    JsonObject *row = json_array_get_object_element(rows, i);
    const double ratio = json_object_get_double_member(row, "ratio");
    const double alpha = json_object_get_double_member(row, "alpha");
    const gint64 expected = json_object_get_int_member(row, "n");
    const gint64 n = (gint64)plan_seeds(1.0, ratio, alpha);
    g_assert_cmpint(ABS(n - expected), <=, 1);
  }
}

int
main(int argc, char **argv)
{
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/statistics/scipy/sign-flip", test_sign_flip);
  g_test_add_func("/statistics/scipy/interval-inverts-the-test", test_interval);
  g_test_add_func("/statistics/scipy/wilcoxon-and-hodges-lehmann", test_ranks);
  g_test_add_func("/statistics/scipy/wilcoxon-of-80", test_wilcoxon_of_many);
  g_test_add_func("/statistics/scipy/bca", test_bca);
  g_test_add_func("/statistics/scipy/max-t", test_max_t);
  g_test_add_func("/statistics/scipy/normal", test_normal);
  g_test_add_func("/statistics/scipy/seeds-for-a-power-of-80", test_seeds);
  return g_test_run();
}
