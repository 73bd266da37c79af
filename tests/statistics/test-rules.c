/* SPDX-License-Identifier: MIT */
/* Looks, seeds needed, verdicts, corrections: the rules one by one. */
#include "harness/random.h"
#include "harness/statistics/correction.h"
#include "harness/statistics/plan.h"
#include "harness/statistics/sign_flip.h"
#include "harness/statistics/verdict.h"

#include <math.h>

/* a clear, large difference, for tests to spoil */
static Evidence
evidence_of_better(void)
{
  return (Evidence){ .n = 10,
                     .estimate = 0.02,
                     .deviation = 0.01,
                     .p = 0.002,
                     .equivalent = { 0.015, 0.025 },
                     .alpha = 0.025,
                     .least_seeds = 7,
                     .least_effect = 0.005 };
}

static void
test_better_and_worse(void)
{
  Evidence evidence = evidence_of_better();

  g_assert_cmpint(verdict_of(&evidence).kind, ==, VERDICT_BETTER);
  evidence.estimate = -0.02;
  g_assert_cmpint(verdict_of(&evidence).kind, ==, VERDICT_WORSE);
}

static void
test_small_but_certain_is_not_better(void)
{
  Evidence evidence = evidence_of_better();

  evidence.estimate = 0.003;
  evidence.equivalent = (Interval){ 0.002, 0.004 };
  g_assert_cmpint(verdict_of(&evidence).kind, ==, VERDICT_EQUIVALENT);
  evidence.equivalent = (Interval){ 0.0005, 0.0055 };
  g_assert_cmpint(verdict_of(&evidence).kind, ==, VERDICT_INCONCLUSIVE);
}

static void
test_equivalent_needs_both_sides(void)
{
  Evidence evidence = evidence_of_better();

  evidence.p = 0.4;
  evidence.estimate = 0.001;
  evidence.equivalent = (Interval){ -0.004, 0.0049 };
  g_assert_cmpint(verdict_of(&evidence).kind, ==, VERDICT_EQUIVALENT);
  evidence.equivalent = (Interval){ -0.005, 0.0049 };
  g_assert_cmpint(verdict_of(&evidence).kind, ==, VERDICT_INCONCLUSIVE);
  evidence.equivalent = (Interval){ -INFINITY, INFINITY };
  g_assert_cmpint(verdict_of(&evidence).kind, ==, VERDICT_INCONCLUSIVE);
}

static void
test_p_at_alpha_is_not_enough(void)
{
  Evidence evidence = evidence_of_better();

  evidence.p = evidence.alpha;
  g_assert_cmpint(verdict_of(&evidence).kind, ==, VERDICT_INCONCLUSIVE);
}

static void
test_too_few_seeds_is_no_verdict(void)
{
  Evidence evidence = evidence_of_better();

  evidence.n = 6;
  g_assert_cmpint(verdict_of(&evidence).kind, ==, VERDICT_NONE);
  g_assert_cmpuint(verdict_of(&evidence).n_needed, ==, 7);
}

static void
test_identical_needs_no_test(void)
{
  Evidence evidence = evidence_of_better();

  evidence.n = 1;
  evidence.is_identical = true;
  g_assert_cmpint(verdict_of(&evidence).kind, ==, VERDICT_IDENTICAL);
}

/* 0.01 deviation, 0.005 effect, the next look at 0.0125: (2.50 + 0.84)^2 * 4 + 3.1 */
static void
test_inconclusive_says_how_many_seeds(void)
{
  Evidence evidence = evidence_of_better();

  evidence.p = 0.2;
  evidence.estimate = 0.004;
  evidence.equivalent = (Interval){ -0.002, 0.01 };
  g_assert_cmpuint(verdict_of(&evidence).n_needed, ==, 48);
  evidence.least_effect = 0.0;
  g_assert_cmpuint(verdict_of(&evidence).n_needed, ==, 0);
}

/* certain to be small, not yet certain to be small enough */
static void
test_seeds_until_equivalent(void)
{
  Evidence evidence = evidence_of_better();

  evidence.deviation = 0.001;
  evidence.estimate = 0.004;
  evidence.equivalent = (Interval){ 0.002, 0.006 };
  g_assert_cmpuint(verdict_of(&evidence).n_needed, ==, 40);
}

static void
test_looks_share_alpha(void)
{
  double sum = 0.0;

  g_assert_cmpfloat(plan_alpha_of_look(0.05, 1), ==, 0.025);
  g_assert_cmpfloat(plan_alpha_of_look(0.05, 3), ==, 0.00625);
  for (unsigned look = 1; look <= 100; look++) {
    sum += plan_alpha_of_look(0.05, look);
  }
  g_assert_cmpfloat(sum, <=, 0.05);
}

static void
test_five_seeds_never_can(void)
{
  g_assert_cmpfloat(sign_flip_smallest_p(5), ==, 0.0625);
  g_assert_cmpuint(plan_least_seeds(0.05, 1), ==, 6);
  g_assert_cmpuint(plan_least_seeds(0.025, 1), ==, 7);
  g_assert_cmpuint(plan_least_seeds(0.025, 4), ==, 9);
}

/* the example of Holm's procedure: 4, 3, 2, 1 times the sorted p, never falling */
static void
test_holm(void)
{
  const double p[] = { 0.01, 0.04, 0.03, 0.005 };
  const double expected[] = { 0.03, 0.06, 0.06, 0.02 };
  double corrected[4];

  correction_holm(p, 4, corrected);
  for (size_t i = 0; i < 4; i++) {
    g_assert_cmpfloat_with_epsilon(corrected[i], expected[i], 1e-15);
  }
}

static void
fill(double *differences, size_t n, double mean)
{
  RandomStream stream = random_stream(RANDOM_ROOT, "rules", 1, RANDOM_STATISTICS, 0);

  for (size_t i = 0; i < n; i++) {
    differences[i] = mean + random_normal(&stream);
  }
}

static void
test_max_t_of_one_is_the_sign_flip_test(void)
{
  static const size_t sizes[] = { 1, 7, 8, 9, 16, 20, 21, 40 };

  for (size_t i = 0; i < G_N_ELEMENTS(sizes); i++) {
    double differences[40], corrected;
    fill(differences, sizes[i], 0.2);
    g_autoptr(SignFlip) test = sign_flip_new(differences, sizes[i]);
    correction_max_t(differences, 1, sizes[i], &corrected);
    g_assert_cmpfloat(corrected, ==, sign_flip_p(test, 0.0));
  }
}

/* a seed that an arm lacks says nothing about it */
static void
test_max_t_with_a_missing_seed(void)
{
  double differences[11], corrected;

  fill(differences, 10, 0.5);
  g_autoptr(SignFlip) test = sign_flip_new(differences, 10);
  differences[10] = NAN;
  correction_max_t(differences, 1, 11, &corrected);
  g_assert_cmpfloat(corrected, ==, sign_flip_p(test, 0.0));
}

/* beyond 20 seeds flips are drawn: near the exact answer, and the same each time */
static void
test_many_seeds_are_sampled(void)
{
  double differences[21];

  fill(differences, 21, 0.3);
  g_autoptr(SignFlip) exact = sign_flip_new(differences, 20);
  g_autoptr(SignFlip) sampled = sign_flip_new(differences, 21);
  g_autoptr(SignFlip) again = sign_flip_new(differences, 21);
  g_assert_true(sign_flip_is_exact(exact));
  g_assert_false(sign_flip_is_exact(sampled));
  g_assert_cmpfloat(sign_flip_p(sampled, 0.0), ==, sign_flip_p(again, 0.0));

  const Interval interval = sign_flip_interval(sampled, 0.05);
  g_assert_cmpfloat(sign_flip_p(sampled, interval.low), >=, 0.05);
  g_assert_cmpfloat(sign_flip_p(sampled, interval.low - 1e-6), <, 0.05);
  g_assert_cmpfloat(sign_flip_p(sampled, interval.high + 1e-6), <, 0.05);
}

/* 30 differences of +1 and 2 of -1: the binomial tail */
static void
test_sampled_p_is_near_the_sign_test(void)
{
  double differences[24];

  for (size_t i = 0; i < 24; i++) {
    differences[i] = i < 7 ? -1.0 : 1.0;
  }
  g_autoptr(SignFlip) test = sign_flip_new(differences, 24);
  /* 2 P(X <= 7), X ~ Binomial(24, 1/2) = 2 * 536155 / 2^24 */
  g_assert_cmpfloat_with_epsilon(sign_flip_p(test, 0.0), 2.0 * 536155.0 / 0x1p24,
                                 0.003);
}

static void
test_no_difference_is_p_1(void)
{
  const double zeros[8] = { 0.0 };
  g_autoptr(SignFlip) test = sign_flip_new(zeros, 8);
  const Interval interval = sign_flip_interval(test, 0.05);

  g_assert_cmpfloat(sign_flip_p(test, 0.0), ==, 1.0);
  g_assert_cmpfloat(interval.low, ==, 0.0);
  g_assert_cmpfloat(interval.high, ==, 0.0);
}

int
main(int argc, char **argv)
{
  static const struct {
    const char *path;
    void (*run)(void);
  } tests[] = {
    { "/verdict/better-and-worse", test_better_and_worse },
    { "/verdict/small-but-certain-is-not-better",
      test_small_but_certain_is_not_better },
    { "/verdict/equivalent-needs-both-sides", test_equivalent_needs_both_sides },
    { "/verdict/p-at-alpha-is-not-enough", test_p_at_alpha_is_not_enough },
    { "/verdict/too-few-seeds-is-no-verdict", test_too_few_seeds_is_no_verdict },
    { "/verdict/identical-needs-no-test", test_identical_needs_no_test },
    { "/verdict/inconclusive-says-how-many-seeds",
      test_inconclusive_says_how_many_seeds },
    { "/verdict/seeds-until-equivalent", test_seeds_until_equivalent },
    { "/plan/looks-share-alpha", test_looks_share_alpha },
    { "/plan/five-seeds-never-can", test_five_seeds_never_can },
    { "/correction/holm", test_holm },
    { "/correction/max-t-of-one-is-the-sign-flip-test",
      test_max_t_of_one_is_the_sign_flip_test },
    { "/correction/max-t-with-a-missing-seed", test_max_t_with_a_missing_seed },
    { "/sign-flip/many-seeds-are-sampled", test_many_seeds_are_sampled },
    { "/sign-flip/sampled-p-is-near-the-sign-test",
      test_sampled_p_is_near_the_sign_test },
    { "/sign-flip/no-difference-is-p-1", test_no_difference_is_p_1 },
  };

  g_test_init(&argc, &argv, NULL);
  for (size_t i = 0; i < G_N_ELEMENTS(tests); i++) {
    g_test_add_func(tests[i].path, tests[i].run);
  }
  return g_test_run();
}
