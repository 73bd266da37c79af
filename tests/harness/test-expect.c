/* SPDX-License-Identifier: MIT */
/* Claims of `expect` on scores that the test makes up, and how claims are refused. */
#include "harness/comparison.h"
#include "harness/expect.h"
#include "support/status.h"

#include <math.h>
#include <string.h>

enum { N_ARMS = 3, N_SEEDS = 4, ERROR = 2 /* row of the metric */ };

/* arms a, b1 and b2; means 0.02, 0.05 and 0.06, the deviation of a is 0.001 */
static const double scores[N_ARMS][N_SEEDS] = {
  { 0.019, 0.021, 0.021, 0.019 },
  { 0.05, 0.05, 0.05, 0.05 },
  { 0.06, 0.06, 0.06, 0.06 },
};
#define DEVIATION_OF_A (0.001 * sqrt(4.0 / 3.0))

static char *folder;

static Experiment *
read_claims(const char *claims, GError **error)
{
  static ProblemSet *set;
  g_autofree char *file = g_build_filename(folder, "e.yaml", NULL);
  g_autofree char *text = g_strconcat("metric: error\nseeds: 4\narms:\n"
                                      "  a: {optimizer: sgd}\n  b1: {optimizer: sgd}\n"
                                      "  b2: {optimizer: sgd}\nexpect:\n",
                                      claims, "\n", NULL);
  char *const files[] = { file, NULL };
  const ExperimentArguments arguments = {
    .files = files, .n_seeds = -1, .epochs = -1, .batch_size = -1, .n_trials = -1
  };

  if (set == NULL) {
    set = problem_set_new(NULL, NULL);
  }
  g_assert_true(g_file_set_contents(file, text, -1, NULL));
  return experiment_new(&arguments, set, error);
}

/* all runs finished with the scores above */
static Comparison *
compare(const char *claims)
{
  g_autoptr(GError) error = NULL;
  Experiment *experiment = read_claims(claims, &error);

  g_assert_no_error(error);
  Comparison *comparison = comparison_new(experiment);
  g_ptr_array_unref(comparison_plan_evaluation(comparison));
  for (size_t arm = 0; arm < N_ARMS; arm++) {
    for (size_t i = 0; i < N_SEEDS; i++) {
      Run *run = comparison_run(comparison, 0, arm, i);
      run->state = RUN_FINISHED;
      run->last.values[SPLIT_TEST][ERROR] = scores[arm][i];
    }
  }
  return comparison;
}

static ExpectFinding
find(const Comparison *comparison, guint row)
{
  return expect_find(comparison, &g_array_index(comparison->experiment->expectations,
                                                Expectation, row));
}

static void
assert_near(double value, double expected)
{
  g_assert_cmpfloat_with_epsilon(value, expected, 1e-12);
}

static void
test_the_largest_tolerance_counts(void)
{
  static const struct {
    const char *claim;
    double tolerance;
  } cases[] = {
    { "- {arm: a, value: 2.5 %, tolerance: 0.3 pp}", 0.003 },
    { "- {arm: a, value: 2.5 %, tolerance: {absolute: 0.3 pp, relative: 20 %}}",
      0.005 },
    { "- {arm: a, value: 2.5 %, tolerance: {absolute: 0.3 pp, relative: 1 %}}", 0.003 },
    { "- {arm: a, value: -50 %, tolerance: {relative: 10 %}}", 0.05 },
  };

  for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
    g_autoptr(Comparison) comparison = compare(cases[i].claim);
    assert_near(find(comparison, 0).tolerance, cases[i].tolerance);
  }
}

/* a published run and the mean of n are apart by their deviations, not by one */
static void
test_deviations_are_of_one_run_and_a_mean(void)
{
  g_autoptr(Comparison)
      comparison = compare("- {arm: a, value: 2.5 %, tolerance: {deviations: 3}}");

  assert_near(find(comparison, 0).tolerance, 3.0 * DEVIATION_OF_A * sqrt(1.25));
}

static void
test_one_seed_has_no_deviation(void)
{
  g_autoptr(Comparison) comparison =
      compare("- {arm: a, value: 2 %, tolerance: {absolute: 0.3 pp, deviations: 3}}");

  for (size_t i = 1; i < N_SEEDS; i++) {
    comparison_run(comparison, 0, 0, i)->state = RUN_LOST;
  }
  const ExpectFinding finding = find(comparison, 0);
  assert_near(finding.tolerance, 0.003);
  g_assert_cmpuint(finding.n, ==, 1);
  g_assert_true(finding.is_met);
}

static void
test_what_is_met(void)
{
  static const struct {
    const char *claim;
    bool is_met;
  } cases[] = {
    { "- {arm: a, value: 2.25 %, tolerance: 0.3 pp}", true },
    { "- {arm: a, value: 2.35 %, tolerance: 0.3 pp}", false },
    { "- {arm: a, value: 1.65 %, tolerance: 0.3 pp}", false },
    { "- {arm: a, at_least: 1 %, at_most: 3 %}", true },
    { "- {arm: a, at_least: 2.5 %}", false },
    { "- {arm: a, at_most: 1.5 %}", false },
    { "- {arm: a, value: 90 %, at_least: 1 %}", true },
    { "- {arm: a, value: 2 %, tolerance: 1 pp, at_most: 1.9 %}", false },
    /* every arm that matches */
    { "- {arm: b*, at_most: 6.5 %}", true },
    { "- {arm: b*, at_most: 5.5 %}", false },
    { "- {arm: b*, at_least: 5.5 %}", false },
    { "- {arm: '*', at_least: 1 %}", true },
    /* 5 % and 6 %: a fifth more */
    { "- {arm: b2, like: b1, tolerance: {relative: 25 %}}", true },
    { "- {arm: b2, like: b1, tolerance: {relative: 15 %}}", false },
    { "- {spread: b*, at_most: 1.5 pp}", true },
    { "- {spread: b*, at_most: 0.5 pp}", false },
    { "- {spread: '*', at_least: 3.5 pp}", true },
    { "- {spread: '*', value: 4 pp, tolerance: 0.1 pp}", true },
    { "- {arm: a, metric: accuracy, at_least: 0}", true },
    { "- {arm: a, metric: accuracy, at_least: 1 %}", false },
  };

  for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
    g_autoptr(Comparison) comparison = compare(cases[i].claim);
    g_test_message("%s", cases[i].claim);
    g_assert_true(find(comparison, 0).is_met == cases[i].is_met);
  }
}

static void
test_each_value_is_a_row(void)
{
  g_autoptr(Comparison)
      comparison = compare("- values: {a: 2 %, b2: 9 %}\n  tolerance: 0.3 pp");

  g_assert_cmpuint(comparison->experiment->expectations->len, ==, 2);
  g_assert_true(find(comparison, 0).is_met);
  g_assert_false(find(comparison, 1).is_met);
}

static void
test_divergence_scores_the_worst(void)
{
  g_autoptr(Comparison) comparison = compare("- {arm: b1, at_most: 50 %}");
  Run *run = comparison_run(comparison, 0, 1, 0);

  run->state = RUN_DIVERGED;
  run->last.is_diverged = true;
  run->last.values[SPLIT_TEST][ERROR] = NAN;
  assert_near(find(comparison, 0).high, (1.0 + 3 * 0.05) / 4.0);
}

/* a loss that diverged is infinite, and nothing is as it should be */
static void
test_what_is_not_there_is_missed(void)
{
  static const char *const claims[] = {
    "- {arm: b1, at_most: 50 %}",
    "- {arm: 'b*', at_least: 0}",
    "- {spread: '*', at_least: 0}",
    "- {arm: a, like: b1, tolerance: 50 pp}",
  };

  for (size_t i = 0; i < G_N_ELEMENTS(claims); i++) {
    g_autoptr(Comparison) comparison = compare(claims[i]);
    for (size_t seed = 0; seed < N_SEEDS; seed++) {
      comparison_run(comparison, 0, 1, seed)->state = RUN_LOST;
    }
    g_test_message("%s", claims[i]);
    g_assert_false(find(comparison, 0).is_met);
  }
}

static void
test_infinity_is_missed(void)
{
  g_autoptr(Comparison) comparison = compare("- {arm: a, metric: loss, at_least: 0}");

  comparison_run(comparison, 0, 0, 0)->last.is_diverged = true;
  g_assert_false(find(comparison, 0).is_met);
}

/* ---- words ---- */

static void
test_sentences(void)
{
  static const struct {
    const char *claim, *sentence;
  } cases[] = {
    { "- {arm: a, value: 2.25 %, tolerance: 0.3 pp}",
      "a on digits-mlp: test error 2.00 %, expected 2.25 % to within 0.30 pp: met" },
    { "- {arm: a, value: 90 %, at_least: 80 %, at_most: 95 %}",
      "a on digits-mlp: test error 2.00 %, expected 90.00 %, at least 80.00 % and at "
      "most 95.00 %: missed" },
    { "- {arm: b*, at_most: 7 %}", "b* (2 arms) on digits-mlp: test error 5.00 % to "
                                   "6.00 %, expected at most 7.00 %: met" },
    { "- {arm: b2, like: b1, tolerance: {relative: 10 %}}",
      "b2 on digits-mlp: test error 6.00 %, expected 5.00 % as of b1 to within 0.50 "
      "pp: "
      "missed" },
    { "- {spread: '*', at_least: 1 pp}",
      "spread of * (3 arms) on digits-mlp: test error "
      "4.00 pp, expected at least 1.00 pp: met" },
  };

  for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
    g_autoptr(Comparison) comparison = compare(cases[i].claim);
    const Expectation *row =
        &g_array_index(comparison->experiment->expectations, Expectation, 0);
    const ExpectFinding finding = expect_find(comparison, row);
    g_autofree char *sentence = expect_describe(comparison, row, &finding);
    g_assert_cmpstr(sentence, ==, cases[i].sentence);
  }
}

static void
test_markdown(void)
{
  g_autoptr(Comparison)
      comparison = compare("- {arm: a, value: 2.25 %, tolerance: 0.3 pp}\n"
                           "- {arm: b2, like: b1, tolerance: {relative: 10 %}}\n"
                           "- {spread: b*, at_most: 2 pp}\n"
                           "- {arm: a, metric: accuracy, at_least: 97 %}");
  g_autofree char *text = expect_to_markdown(comparison);

  g_assert_cmpstr(
      text, ==,
      "digits-mlp, test error, mean ± standard deviation of 4 seeds:\n\n"
      "| | expected | measured | permitted | |\n|---|--:|--:|---|---|\n"
      "| `a` | 2.25 % | 2.00 ± 0.12 % | ± 0.30 pp | met |\n"
      "| `b2`, like `b1` | 5.00 % | 6.00 ± 0.00 % | ± 0.50 pp | **missed** |\n"
      "| spread of `b*` (2 arms) |  | 1.00 pp | at most 2.00 pp | met |\n\n"
      "digits-mlp, test accuracy, mean ± standard deviation of 4 seeds:\n\n"
      "| | expected | measured | permitted | |\n|---|--:|--:|---|---|\n"
      "| `a` |  | 0.00 ± 0.00 % | at least 97.00 % | **missed** |\n");
}

static void
test_without_claims_there_is_no_markdown(void)
{
  g_autoptr(Comparison) comparison = compare("  []");
  g_assert_null(expect_to_markdown(comparison));
}

/* ---- refusals ---- */

static void
test_refusals(void)
{
  static const struct {
    const char *claim, *message;
  } cases[] = {
    { "- {value: 1, tolerance: 1}",
      "e.yaml:8:3: an expectation is about one of arm, spread and values" },
    { "- {arm: a, spread: b*, at_most: 1}",
      "e.yaml:8:3: an expectation is about one of arm, spread and values" },
    { "- {arm: a, value: 1}",
      "e.yaml:8:3: an expectation needs a value with its tolerance, or at_least or" },
    { "- {arm: a, at_mots: 1}",
      "e.yaml:8:12: unknown key 'at_mots', did you mean 'at_most'?" },
    { "- {arm: c, at_most: 1}", "e.yaml:8:9: no arm is called 'c'" },
    { "- {arm: c*, at_most: 1}", "e.yaml:8:9: no arm matches 'c*'" },
    { "- {arm: a, like: c, tolerance: 1}", "e.yaml:8:18: no arm is called 'c'" },
    { "- {values: {a: 1, c: 2}, tolerance: 1}", "e.yaml:8:19: no arm is called 'c'" },
    { "- {values: {a: one}, tolerance: 1}",
      "e.yaml:8:16: a is 'one', must be a number" },
    { "- {values: [a], tolerance: 1}",
      "e.yaml:8:12: 'values' must be a mapping, not a list" },
    { "- {values: {a: 1}, value: 2, tolerance: 1}",
      "e.yaml:8:4: values has one for each arm; remove 'value' or 'like'" },
    { "- {arm: b*, value: 1, tolerance: 1}", "e.yaml:8:3: a value is for one arm, and "
                                             "2 match 'b*'; give at_least or at_most" },
    { "- {arm: a, value: 1, like: b1, tolerance: 1}",
      "e.yaml:8:28: give value or like, not both" },
    { "- {arm: a, at_most: 1, tolerance: 1}",
      "e.yaml:8:3: a tolerance belongs to a value; add 'value' or 'like'" },
    { "- {arm: a, value: 1, tolerance: -1}",
      "e.yaml:8:33: tolerance must not be negative" },
    { "- {arm: a, value: 1, tolerance: {relative: -1 %}}",
      "e.yaml:8:44: relative must not be negative" },
    { "- {arm: a, value: 1, tolerance: {}}",
      "e.yaml:8:33: tolerance needs one of absolute, relative and deviations" },
    { "- {arm: a, value: 1, tolerance: {sd: 3}}", "e.yaml:8:34: unknown key 'sd'" },
    { "- {arm: a, like: b1, tolerance: {deviations: 3}}",
      "e.yaml:8:3: deviations are of one arm's seeds and go with 'arm' and 'value'" },
    { "- {arm: a, at_least: 2, at_most: 1}",
      "e.yaml:8:22: at_least is above at_most, which nothing can meet" },
    { "- {spread: a, at_most: 1}",
      "e.yaml:8:3: a spread is between arms, and 'a' is only one; write a pattern, as "
      "in \"a*\"" },
    { "- {spread: b*, like: a, tolerance: 1}", "e.yaml:8:3: 'like' is for an arm" },
    { "- {arm: a, metric: eror, at_most: 1}",
      "e.yaml:8:20: digits-mlp: no metric is called 'eror'" },
    { "  a: 1", "e.yaml:8:3: 'expect' must be a list, not a mapping" },
  };

  for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
    g_autoptr(GError) error = NULL;
    g_autoptr(Experiment) experiment = read_claims(cases[i].claim, &error);
    g_test_message("%s", cases[i].claim);
    g_assert_null(experiment);
    g_assert_error(error, STATUS_ERROR, STATUS_USAGE);
    g_test_message("%s", error->message);
    g_assert_nonnull(strstr(error->message, cases[i].message));
  }
}

int
main(int argc, char **argv)
{
  g_test_init(&argc, &argv, NULL);
  folder = g_dir_make_tmp("optreg-expect-XXXXXX", NULL);
  g_test_add_func("/expect/tolerance/the-largest-counts",
                  test_the_largest_tolerance_counts);
  g_test_add_func("/expect/tolerance/deviations-are-of-one-run-and-a-mean",
                  test_deviations_are_of_one_run_and_a_mean);
  g_test_add_func("/expect/tolerance/one-seed-has-no-deviation",
                  test_one_seed_has_no_deviation);
  g_test_add_func("/expect/what-is-met", test_what_is_met);
  g_test_add_func("/expect/each-value-is-a-row", test_each_value_is_a_row);
  g_test_add_func("/expect/divergence-scores-the-worst",
                  test_divergence_scores_the_worst);
  g_test_add_func("/expect/missed/what-is-not-there", test_what_is_not_there_is_missed);
  g_test_add_func("/expect/missed/infinity", test_infinity_is_missed);
  g_test_add_func("/expect/sentences", test_sentences);
  g_test_add_func("/expect/markdown", test_markdown);
  g_test_add_func("/expect/no-markdown-without-claims",
                  test_without_claims_there_is_no_markdown);
  g_test_add_func("/expect/refusals", test_refusals);
  return g_test_run();
}
