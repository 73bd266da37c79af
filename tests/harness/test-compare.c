/* SPDX-License-Identifier: MIT */
/* What `optreg compare` says: verdicts, tuning, calibration, expectations, experiment
 * files.
 */
#include "comparing.h"

/* ---- verdicts ---- */

static void
test_worse(Fixture *fixture, const void *unused)
{
  (void)unused;
  g_assert_cmpint(run(fixture, "adadelta.yaml slow.yaml --epochs 2 --out o"), ==, 0);
  assert_has(fixture->out,
             "\nslow is worse than adadelta at these settings (untuned): -");
  assert_has(fixture->out, "p=0.00195");
  assert_has(fixture->out, "Look 1: tested at 0.025");
  g_autoptr(JsonNode) results = read_json(fixture, "o/results.json");
  JsonObject *pair = json_array_get_object_element(
      json_object_get_array_member(problem_of(results, 0), "pairs"), 0);
  g_assert_cmpstr(json_object_get_string_member(pair, "verdict"), ==, "worse");
  g_assert_cmpfloat(json_object_get_double_member(pair, "p"), ==, 1.0 / 512.0);
  /* the interval excludes zero, on the side of worse */
  g_assert_cmpfloat(
      json_object_get_double_member(
          json_object_get_object_member(pair, "improvement_interval"), "high"),
      <, 0.0);
}

static void
test_identical(Fixture *fixture, const void *unused)
{
  (void)unused;
  g_assert_cmpint(run(fixture, "adadelta.yaml copy=adadelta.yaml --epochs 2 --seeds 3"),
                  ==, 0);
  assert_has(fixture->out, "\ncopy is identical to adadelta: the same weights, bit for "
                           "bit, with each of 3 seeds\n");
}

/* with the same minimum effect nothing can be told apart, with a huge one everything is
 * the same */
static void
test_inconclusive_and_equivalent(Fixture *fixture, const void *unused)
{
  (void)unused;
  cli_write(fixture, "near.yaml",
            "optimizer: adadelta\nlearning_rate: 1.0\nepsilon: 1.1e-6\n");
  g_assert_cmpint(run(fixture, "adadelta.yaml near.yaml --epochs 2 --seeds 8 --out a "
                               "--set metric.minimum_effect=1e-9"),
                  ==, 0);
  assert_has(fixture->out, "\nnear against adadelta is inconclusive");
  g_assert_cmpint(run(fixture, "adadelta.yaml near.yaml --epochs 2 --seeds 8 --out b "
                               "--set metric.minimum_effect=0.5"),
                  ==, 0);
  assert_has(fixture->out, "\nnear is equivalent to adadelta at these settings");
}

/* a loss has no worst value, so divergence scores the worst that was seen */
static void
test_divergence_in_a_loss(Fixture *fixture, const void *unused)
{
  (void)unused;
  g_assert_cmpint(run(fixture, "sgd.yaml wild.yaml --epochs 2 --seeds 8 "
                               "--set metric=loss"),
                  ==, 0);
  assert_has(fixture->out, "\nwild is worse than sgd at these settings (untuned): +");
  assert_has(fixture->out,
             "wild: diverged in 8 of 8 runs, which score the worst that any "
             "run has shown");
}

/* ---- tuning, calibration, suites ---- */

static void
test_tuning(Fixture *fixture, const void *unused)
{
  (void)unused;
  g_assert_cmpint(run(fixture, "slow.yaml sgd.yaml --epochs 3 --seeds 7 --trials 5"),
                  ==, 0);
  assert_lacks(fixture->out, "untuned");
  assert_has(fixture->out, "slow tuned: learning_rate ");
  g_autoptr(JsonNode) results = read_json(fixture, "optreg-compare/results.json");
  JsonArray *arms = json_object_get_array_member(problem_of(results, 0), "arms");
  for (guint i = 0; i < 2; i++) {
    JsonObject *arm = json_array_get_object_element(arms, i);
    JsonArray *tuning = json_object_get_array_member(arm, "tuning");
    JsonArray *runs = json_object_get_array_member(arm, "runs");
    /* equal trials, disjoint seeds */
    g_assert_cmpuint(json_array_get_length(tuning), ==, 5);
    g_assert_cmpint(
        json_object_get_int_member(json_array_get_object_element(tuning, 4), "seed"), >,
        1000000);
    g_assert_cmpint(
        json_object_get_int_member(json_array_get_object_element(runs, 6), "seed"), ==,
        7);
  }
  /* far from its optimum as configured, so another trial is better */
  g_assert_cmpint(
      json_object_get_int_member(json_array_get_object_element(arms, 0), "trial"), >,
      0);
}

static void
test_calibration(Fixture *fixture, const void *unused)
{
  (void)unused;
  g_assert_cmpint(
      run(fixture, "adadelta.yaml sgd.yaml --epochs 1 --seeds 2 --calibrate"), ==, 0);
  assert_has(fixture->out,
             "Calibration: adadelta against itself on other seeds is called "
             "different in ");
  g_autoptr(JsonNode) file = read_json(fixture, "optreg-compare/calibration.json");
  JsonObject *row =
      json_object_get_object_member(json_node_get_object(file), "digits-mlp");
  g_assert_cmpint(json_object_get_int_member(row, "streams"), ==, 60);
  g_assert_cmpint(json_object_get_int_member(row, "pairings"), ==, 200);
  /* 4.9 % are expected; 200 pairings that share runs scatter */
  g_assert_cmpfloat(json_object_get_double_member(row, "false_positive_rate"), <, 0.12);
  g_assert_cmpfloat(json_object_get_double_member(row, "noise_floor"), >, 0.0);
  /* the next comparison in the folder knows of it */
  g_assert_cmpint(run(fixture, "adadelta.yaml sgd.yaml --epochs 1 --seeds 3"), ==, 0);
  assert_has(fixture->err, "writing to optreg-compare\n");
  assert_has(fixture->out, "Calibration: ");
}

/* shares of targets: never falling, and at the end something is reached */
static void
check_shares(JsonObject *problem, const char *arm)
{
  JsonObject *ecdf = json_object_get_object_member(problem, "ecdf");
  JsonArray *shares =
      json_object_get_array_member(json_object_get_object_member(ecdf, "shares"), arm);
  double last = 0.0;

  g_assert_cmpuint(json_array_get_length(json_object_get_array_member(ecdf, "targets")),
                   ==, 51);
  for (guint i = 0; i < json_array_get_length(shares); i++) {
    const double share = json_array_get_double_element(shares, i);
    g_assert_cmpfloat(share, >=, last);
    last = share;
  }
  g_assert_cmpfloat(last, >, 0.0);
  g_assert_cmpfloat(last, <=, 1.0);
}

static void
test_suite(Fixture *fixture, const void *unused)
{
  (void)unused;
  g_assert_cmpint(run(fixture, "sgd.yaml adam.yaml --suite smoke --seeds 2 --set "
                               "budget.steps=20"),
                  ==, 0);
  assert_has(fixture->out, "\ndigits-mlp: ");
  assert_has(fixture->out, "\nPerformance profile: ");
  g_autoptr(JsonNode) results = read_json(fixture, "optreg-compare/results.json");
  JsonArray *problems =
      json_object_get_array_member(json_node_get_object(results), "problems");
  g_assert_cmpuint(json_array_get_length(problems), >=, 3);
  for (guint i = 0; i < json_array_get_length(problems); i++) {
    check_shares(problem_of(results, i), "adam");
  }
}

/* ---- files ---- */

static void
test_expectations(Fixture *fixture, const void *unused)
{
  (void)unused;
  cli_write(fixture, "e.yaml",
            "budget: {epochs: 3}\nseeds: 2\narms: {a: adadelta.yaml}\nexpect:\n"
            "- {arm: a, value: 85 %, tolerance: 15 pp}\n"
            "- {arm: a, split: training, metric: loss, value: 7, tolerance: 0.1}\n");
  g_assert_cmpint(run(fixture, "e.yaml"), ==, 4);
  assert_has(fixture->out, "e.yaml:5:3: a on digits-mlp: test accuracy ");
  assert_has(fixture->out, "expected 85.00 % to within 15.00 pp: met\n");
  assert_has(fixture->out, "e.yaml:6:3: a on digits-mlp: training loss ");
  assert_has(fixture->err, "1 of 2 expectations are missed");
}

static void
test_dry_run(Fixture *fixture, const void *unused)
{
  (void)unused;
  g_assert_cmpint(run(fixture, "adadelta.yaml sgd.yaml --dry-run --trials 4 --jobs 2"),
                  ==, 0);
  assert_has(fixture->out, "\ndigits-mlp  adadelta            4     10            0 ");
  assert_has(fixture->out, "\n28 runs, 2 at a time: about ");
  g_autofree char *folder = g_build_filename(fixture->folder, "optreg-compare", NULL);
  g_assert_false(g_file_test(folder, G_FILE_TEST_EXISTS));
}

static void
test_the_example_is_right(Fixture *fixture, const void *unused)
{
  g_autofree char *line = g_strdup_printf(
      "%s/../examples/digits.yaml --dry-run --jobs 2", g_getenv("OPTREG_TEST_CONFIGS"));

  (void)unused;
  g_assert_cmpint(run(fixture, line), ==, 0);
  assert_has(fixture->out, "\n54 runs, 2 at a time: about ");
}

/* the library's words, at the place in the experiment file */
static void
test_errors(Fixture *fixture, const void *unused)
{
  static const struct {
    const char *line, *message;
  } cases[] = {
    { "e.yaml", "optreg: e.yaml:3:30: unknown key 'rhoo', did you mean 'rho'?\n" },
    { "f.yaml",
      "optreg: f.yaml:3:35: rho: 1.9 is out of range, permitted is [0, 1]\n" },
    { "f.yaml --set arms.a.rho=7",
      "optreg: --set arms.a.rho=7: rho: 7 is out of range, permitted is [0, 1]\n" },
    { "f.yaml --set arms.b.rho=1", "optreg: --set arms.b.rho=1: there is no 'b'" },
    { "f.yaml adam.yaml", "optreg: f.yaml is an experiment file and stands alone" },
    { "percent.yaml --set budget.seconds=1",
      "optreg: percent.yaml:2:16: learning_rate has a schedule in percent of the "
      "training" },
    { "e.yaml --trials 0", "optreg: --trials must be in 1..10000, not 0" },
  };

  (void)unused;
  cli_write(fixture, "e.yaml",
            "seeds: 2\narms:\n  a: {config: adadelta.yaml, rhoo: 1}\n");
  cli_write(fixture, "f.yaml",
            "seeds: 2\narms:\n  a: {config: adadelta.yaml, rho: 1.9}\n");
  cli_write(fixture, "percent.yaml",
            "optimizer: sgd\nlearning_rate: {schedule: linear, initial_value: 0.1, "
            "end_value: 0, steps: 50%}\n");
  for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
    g_assert_cmpint(run(fixture, cases[i].line), ==, 2);
    assert_has(fixture->err, cases[i].message);
    g_assert_cmpstr(fixture->out, ==, "");
  }
}

/* what names of arms and configurations say is text in the page */
static void
test_report_is_escaped(Fixture *fixture, const void *unused)
{
  (void)unused;
  cli_write(fixture, "e.yaml",
            "name: <script>alert(1)</script>\nbudget: {epochs: 1}\nseeds: 1\n"
            "arms: {a: sgd.yaml, b: adam.yaml}\nout: o\n");
  g_assert_cmpint(run(fixture, "e.yaml"), ==, 0);
  g_autofree char *path = g_build_filename(fixture->folder, "o", "report.html", NULL);
  g_autofree char *html = NULL;
  g_assert_true(g_file_get_contents(path, &html, NULL, NULL));
  assert_has(html, "<h1 dir=\"auto\">&lt;script&gt;alert(1)&lt;/script&gt;</h1>");
  assert_lacks(html, "<script>alert");
}

#define TWO                               \
  "optimizer: sgd\nlearning_rate: 0.05\n" \
  "groups:\n- {match: '*/bias', optimizer: adam}\n"

/* an arm whose groups name another optimizer: it is known by both plugins */
static void
test_an_optimizer_per_group(Fixture *fixture, const void *unused)
{
  (void)unused;
  cli_write(fixture, "two.yaml", TWO);
  g_assert_cmpint(run(fixture, "two.yaml sgd.yaml --epochs 1 --seeds 1 --out two"), ==,
                  0);
  g_autofree char *manifest = cli_read(fixture, "two/manifest.json");
  assert_has(manifest, "\"sgd and adam\"");
  assert_has(manifest, "/sgd.so and ");
}

int
main(int argc, char **argv)
{
  static const struct {
    const char *path;
    FixtureTest run;
  } tests[] = {
    { "/compare/verdict/worse", test_worse },
    { "/compare/verdict/identical", test_identical },
    { "/compare/verdict/inconclusive-and-equivalent",
      test_inconclusive_and_equivalent },
    { "/compare/divergence-in-a-loss", test_divergence_in_a_loss },
    { "/compare/tuning", test_tuning },
    { "/compare/calibration", test_calibration },
    { "/compare/suite", test_suite },
    { "/compare/expectations-exit-4", test_expectations },
    { "/compare/dry-run", test_dry_run },
    { "/compare/example", test_the_example_is_right },
    { "/compare/errors-exit-2", test_errors },
    { "/compare/report-is-escaped", test_report_is_escaped },
    { "/compare/an-optimizer-per-group", test_an_optimizer_per_group },
  };

  g_test_init(&argc, &argv, NULL);
  for (size_t i = 0; i < G_N_ELEMENTS(tests); i++) {
    g_test_add(tests[i].path, Fixture, NULL, set_up, tests[i].run, tear_down);
  }
  return g_test_run();
}
