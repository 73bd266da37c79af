/* SPDX-License-Identifier: MIT */
/* Size and power: how often the tests speak on tables whose truth is known, 10,000
 * each. Every share must lie within 3 binomial standard errors of what theory says. */
#include "harness/random.h"
#include "harness/statistics/correction.h"
#include "harness/statistics/sample.h"
#include "harness/statistics/plan.h"
#include "harness/statistics/sign_flip.h"
#include "harness/statistics/verdict.h"
#include "recorded.h"

#include <math.h>

enum { N_TABLES = 10000, N = 10, MOST = 16 };

/* every table has a stream of its own */
static RandomStream
table_stream(const char *what, uint32_t table)
{
  return random_stream(RANDOM_ROOT, what, table, RANDOM_STATISTICS, 0);
}

static void
fill_normal(const char *what, uint32_t table, double mean, double *differences,
            size_t n)
{
  RandomStream stream = table_stream(what, table);

  for (size_t i = 0; i < n; i++) {
    differences[i] = mean + random_normal(&stream);
  }
}

static void
assert_share(size_t n_rejected, double expected)
{
  const double share = (double)n_rejected / N_TABLES;
  const double error = sqrt(expected * (1.0 - expected) / N_TABLES);

  g_test_message("%.4f, expected %.4f, standard error %.4f", share, expected, error);
  g_assert_cmpfloat(fabs(share - expected), <=, 3.0 * error);
}

/* the largest reachable level below alpha: p is a multiple of 2^(1-n) */
static double
size_of(double alpha, size_t n)
{
  const double smallest = sign_flip_smallest_p(n);
  return (ceil(alpha / smallest) - 1.0) * smallest;
}

static size_t
count_rejected(const char *what, double mean, size_t n, double alpha)
{
  size_t n_rejected = 0;

  for (uint32_t table = 0; table < N_TABLES; table++) {
    double differences[MOST];
    fill_normal(what, table, mean, differences, n);
    g_autoptr(SignFlip) test = sign_flip_new(differences, n);
    n_rejected += sign_flip_p(test, 0.0) < alpha;
  }
  return n_rejected;
}

static void
test_size(void)
{
  assert_share(count_rejected("null", 0.0, N, 0.05), size_of(0.05, N));
}

/* against 400,000 tables of NumPy, whose error is far smaller */
static void
test_power(void)
{
  g_autoptr(JsonNode) root = recorded_load();
  JsonArray *rows = json_object_get_array_member(json_node_get_object(root), "power");

  g_assert_cmpuint(json_array_get_length(rows), ==, 3);
  for (guint i = 0; i < 3; i++) {
    JsonObject *row = json_array_get_object_element(rows, i);
    const size_t n_rejected =
        count_rejected("effect", json_object_get_double_member(row, "effect"),
                       (size_t)json_object_get_int_member(row, "n"),
                       json_object_get_double_member(row, "alpha"));
    assert_share(n_rejected, json_object_get_double_member(row, "share"));
  }
}

static double
binomial(size_t n, size_t k)
{
  double value = 1.0;

  for (size_t i = 0; i < k; i++) {
    value = value * (double)(n - i) / (double)(i + 1);
  }
  return value;
}

/* when all differences are +1 or -1 the sign-flip test is the sign test, whose power is
 * a sum: with 10 seeds it rejects at 9 or 10 of one sign */
static void
test_power_of_signs(void)
{
  const double share = 0.85;
  double expected = 0.0;
  size_t n_rejected = 0;

  for (size_t k = 0; k <= N; k++) {
    const double chance = binomial(N, k) * pow(share, (double)k)
                          * pow(1.0 - share, (double)(N - k));
    expected += k <= 1 || k >= 9 ? chance : 0.0;
  }
  for (uint32_t table = 0; table < N_TABLES; table++) {
    double differences[N];
    RandomStream stream = table_stream("signs", table);
    for (size_t i = 0; i < N; i++) {
      differences[i] = random_next(&stream) * 0x1p-32 < share ? 1.0 : -1.0;
    }
    g_autoptr(SignFlip) test = sign_flip_new(differences, N);
    n_rejected += sign_flip_p(test, 0.0) < 0.05;
  }
  assert_share(n_rejected, expected);
}

/* the interval covers the true difference as often as its level says */
static void
test_coverage(void)
{
  size_t n_missed = 0;

  for (uint32_t table = 0; table < N_TABLES; table++) {
    double differences[N];
    fill_normal("coverage", table, 0.7, differences, N);
    g_autoptr(SignFlip) test = sign_flip_new(differences, N);
    const Interval interval = sign_flip_interval(test, 0.05);
    n_missed += interval.low > 0.7 || interval.high < 0.7;
  }
  assert_share(n_missed, size_of(0.05, N));
}

/* continuous, and in multiples of 1/360 as accuracies are, where many tie */
static void
test_interval_agrees_with_p(void)
{
  size_t n_excluded = 0;

  for (uint32_t table = 0; table < 2 * N_TABLES; table++) {
    double differences[N];
    fill_normal("agreement", table, 0.8, differences, N);
    for (size_t i = 0; i < N && table % 2 == 1; i++) {
      differences[i] = rint(2.0 * differences[i]) / 360.0;
    }
    g_autoptr(SignFlip) test = sign_flip_new(differences, N);
    const bool is_rejected = sign_flip_p(test, 0.0) < 0.05;
    const Interval interval = sign_flip_interval(test, 0.05);
    const bool excludes_zero = interval.low > 0.0 || interval.high < 0.0;
    g_assert_true(is_rejected == excludes_zero);
    n_excluded += excludes_zero;
  }
  g_assert_cmpuint(n_excluded, >, N_TABLES / 2);
  g_assert_cmpuint(n_excluded, <, 2 * N_TABLES);
}

/* three arms that are all like the control: their differences share its runs */
static size_t
count_false_findings(bool is_max_t)
{
  size_t n_false = 0;

  for (uint32_t table = 0; table < N_TABLES; table++) {
    double scores[4 * N], differences[3 * N], p[3];
    fill_normal("family", table, 0.0, scores, 4 * N);
    for (size_t i = 0; i < 3 * N; i++) {
      differences[i] = scores[N + i] - scores[i % N];
    }
    for (size_t arm = 0; arm < 3; arm++) {
      g_autoptr(SignFlip) test = sign_flip_new(differences + arm * N, N);
      p[arm] = sign_flip_p(test, 0.0);
    }
    if (is_max_t) {
      correction_max_t(differences, 3, N, p);
    } else {
      correction_holm(p, 3, p);
    }
    n_false += p[0] < 0.05 || p[1] < 0.05 || p[2] < 0.05;
  }
  return n_false;
}

static void
test_family(void)
{
  assert_share(count_false_findings(true), size_of(0.05, N));
}

/* Holm promises at most alpha, and with arms that hang together stays below it */
static void
test_family_holm(void)
{
  const size_t n_false = count_false_findings(false);

  g_test_message("%.4f", (double)n_false / N_TABLES);
  g_assert_cmpuint(n_false, <, (size_t)(0.05 * N_TABLES));
  g_assert_cmpuint(n_false, >, (size_t)(0.02 * N_TABLES));
}

static VerdictKind
judge_table(const char *what, uint32_t table, double mean, size_t n,
            double least_effect)
{
  double differences[64];

  fill_normal(what, table, mean, differences, n);
  g_autoptr(SignFlip) test = sign_flip_new(differences, n);
  const Evidence evidence = {
    .n = n,
    .estimate = statistics_mean(differences, n),
    .deviation = statistics_deviation(differences, n),
    .p = sign_flip_p(test, 0.0),
    .equivalent = sign_flip_interval(test, 0.10),
    .alpha = 0.05,
    .least_seeds = plan_least_seeds(0.05, 1),
    .least_effect = least_effect,
  };
  return verdict_of(&evidence).kind;
}

/* a difference of exactly the least effect may be called equivalent in 5 % at most */
static void
test_equivalence_is_rarely_wrong(void)
{
  size_t n_equivalent = 0;

  for (uint32_t table = 0; table < N_TABLES; table++) {
    n_equivalent += judge_table("border", table, 2.0, N, 2.0) == VERDICT_EQUIVALENT;
  }
  assert_share(n_equivalent, 0.5 * size_of(0.10, N));
}

int
main(int argc, char **argv)
{
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/statistics/size", test_size);
  g_test_add_func("/statistics/power", test_power);
  g_test_add_func("/statistics/power-of-signs", test_power_of_signs);
  g_test_add_func("/statistics/coverage", test_coverage);
  g_test_add_func("/statistics/interval-excludes-0-exactly-when-p-is-small",
                  test_interval_agrees_with_p);
  g_test_add_func("/statistics/family/max-t", test_family);
  g_test_add_func("/statistics/family/holm", test_family_holm);
  g_test_add_func("/statistics/equivalence-is-rarely-wrong",
                  test_equivalence_is_rarely_wrong);
  return g_test_run();
}
