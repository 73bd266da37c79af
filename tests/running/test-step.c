/* SPDX-License-Identifier: MIT */
/* A step is a transaction: what it reports, refuses, skips and leaves alone. */
#include "trees.h"

#include <fenv.h>
#include <math.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define N 40

/* one tensor "w" of N elements, all 1, with a gradient of 0.5 */
typedef struct Fixture {
  optreg_optimizer *optimizer;
  float w[N], gradient[N];
} Fixture;

static void
fixture_init(Fixture *fixture, const char *yaml)
{
  g_autoptr(optreg_error) error = NULL;
  const uint64_t n = N;

  for (size_t i = 0; i < N; i++) {
    fixture->w[i] = 1.0f;
    fixture->gradient[i] = 0.5f;
  }
  fixture->optimizer = optimizer_from_text(yaml);
  optreg_optimizer_add_parameter(fixture->optimizer, "w", OPTREG_F32, &n, 1, fixture->w,
                                 fixture->gradient, &error);
  optreg_optimizer_build(fixture->optimizer, &error);
  assert_no_error(error);
}

static void
fixture_clear(Fixture *fixture)
{
  optreg_optimizer_free(fixture->optimizer);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Fixture, fixture_clear)

static optreg_status
step(Fixture *fixture)
{
  g_autoptr(optreg_error) error = NULL;
  const optreg_status status = optreg_optimizer_step(fixture->optimizer, &error);
  assert_no_error(error);
  return status;
}

static void
assert_step_fails(Fixture *fixture, optreg_error_code code, const char *message)
{
  g_autoptr(optreg_error) error = NULL;

  g_assert_cmpint(optreg_optimizer_step(fixture->optimizer, &error), ==,
                  OPTREG_STEP_ERROR);
  g_assert_cmpint(error->code, ==, code);
  g_assert_cmpstr(error->message, ==, message);
}

static const optreg_step_report *
report(const Fixture *fixture)
{
  return optreg_optimizer_last_step(fixture->optimizer);
}

static void
test_the_report_tells_what_the_step_did(void)
{
  g_auto(Fixture) fixture;
  fixture_init(&fixture, "optimizer: sgd\nlearning_rate: 0.25\nglobal_clipnorm: 1\n"
                         "loss_scale_factor: 4\n");

  g_assert_cmpuint(report(&fixture)->step, ==, 0);
  g_assert_cmpint(step(&fixture), ==, OPTREG_STEP_APPLIED);
  g_assert_cmpint(report(&fixture)->status, ==, OPTREG_STEP_APPLIED);
  g_assert_cmpuint(report(&fixture)->step, ==, 1);
  g_assert_cmpuint(report(&fixture)->micro_step, ==, 1);
  g_assert_cmpfloat(report(&fixture)->learning_rate, ==, 0.25);
  g_assert_cmpfloat(report(&fixture)->loss_scale, ==, 4.0);
  g_assert_cmpfloat(report(&fixture)->gradient_norm, ==, sqrt(N * 0.125 * 0.125));
  g_assert_cmpfloat(report(&fixture)->clip_factor, ==, 1.0);
  g_assert_cmpuint(report(&fixture)->missing, ==, 0);
  g_assert_null(report(&fixture)->nonfinite_parameter);
}

static void
test_the_report_has_the_smallest_clip_factor(void)
{
  g_auto(Fixture) fixture;
  fixture_init(&fixture, "optimizer: sgd\nglobal_clipnorm: 0.5\n");

  step(&fixture);
  g_assert_cmpfloat_with_epsilon(report(&fixture)->clip_factor, 0.5 / sqrt(N * 0.25),
                                 1e-7);
}

static void
test_without_norms_the_report_has_no_norm(void)
{
  g_auto(Fixture) fixture;
  fixture_init(&fixture, "optimizer: sgd\n");

  step(&fixture);
  g_assert_true(isnan(report(&fixture)->gradient_norm));
}

static void
test_clips_act_in_order_value_tensor_global(void)
{
  g_auto(Fixture) fixture;
  fixture_init(&fixture,
               "optimizer: sgd\nlearning_rate: 1\nclipvalue: 0.25\nclipnorm: 1\n"
               "global_clipnorm: 0.5\n");
  fixture.gradient[0] = 100.0f;

  step(&fixture);
  g_assert_cmpfloat(report(&fixture)->gradient_norm, ==, sqrt(N * 0.0625));
  const double each = 0.5 / sqrt(N);
  g_assert_cmpfloat_with_epsilon(1.0 - (double)fixture.w[0], each, 1e-6);
  g_assert_cmpfloat_with_epsilon(1.0 - (double)fixture.w[N - 1], each, 1e-6);
}

/* ---- non-finite gradients ---- */

static void
test_a_nonfinite_gradient_skips_the_step(void)
{
  static const float bad[] = { NAN, INFINITY, -INFINITY };

  for (size_t i = 0; i < G_N_ELEMENTS(bad); i++) {
    g_auto(Fixture) fixture;
    fixture_init(&fixture, "optimizer: adadelta\nlearning_rate: 1\nuse_ema: true\n");
    step(&fixture);
    const Fixture before = fixture;
    uint64_t n;
    const float *slot =
        optreg_optimizer_state(fixture.optimizer, 0, "accumulated_grad", &n);
    const float slot_before = slot[3];
    fixture.gradient[17] = bad[i];

    g_assert_cmpint(step(&fixture), ==, OPTREG_STEP_SKIPPED_NONFINITE);
    g_assert_cmpmem(fixture.w, sizeof fixture.w, before.w, sizeof before.w);
    g_assert_cmpfloat(slot[3], ==, slot_before);
    g_assert_cmpuint(report(&fixture)->step, ==, 1);
    g_assert_cmpuint(report(&fixture)->micro_step, ==, 1);
    g_assert_cmpuint(report(&fixture)->skipped, ==, 1);
    g_assert_cmpstr(report(&fixture)->nonfinite_parameter, ==, "w");
    g_assert_cmpuint(report(&fixture)->nonfinite_index, ==, 17);
  }
}

/* the run goes on as if the bad gradient had never come */
static void
test_after_a_skip_the_bits_are_those_without_it(void)
{
  const char *yaml = "optimizer: adadelta\nlearning_rate: 1\nuse_ema: true\n"
                     "gradient_accumulation_steps: 2\n";
  g_auto(Fixture) disturbed, quiet;
  fixture_init(&disturbed, yaml);
  fixture_init(&quiet, yaml);

  for (int i = 0; i < 6; i++) {
    if (i % 2 == 1) {
      disturbed.gradient[5] = NAN;
      g_assert_cmpint(step(&disturbed), ==, OPTREG_STEP_SKIPPED_NONFINITE);
      disturbed.gradient[5] = 0.5f;
    }
    g_assert_cmpint(step(&disturbed), ==, step(&quiet));
  }
  g_assert_cmpmem(disturbed.w, sizeof disturbed.w, quiet.w, sizeof quiet.w);
}

static void
test_too_many_skips_in_a_row_are_an_error(void)
{
  g_auto(Fixture) fixture;
  fixture_init(&fixture, "optimizer: sgd\nmax_consecutive_skips: 3\n");

  fixture.gradient[2] = NAN;
  g_assert_cmpint(step(&fixture), ==, OPTREG_STEP_SKIPPED_NONFINITE);
  g_assert_cmpint(step(&fixture), ==, OPTREG_STEP_SKIPPED_NONFINITE);
  assert_step_fails(
      &fixture, OPTREG_ERROR_NONFINITE,
      "3 steps in a row were skipped (max_consecutive_skips): the gradient of "
      "'w' is not finite at element 2");

  fixture.gradient[2] = 0.5f;
  g_assert_cmpint(step(&fixture), ==, OPTREG_STEP_APPLIED);
  g_assert_cmpuint(report(&fixture)->consecutive_skips, ==, 0);
  g_assert_cmpuint(report(&fixture)->skipped, ==, 3);
}

static void
test_nonfinite_error_changes_nothing(void)
{
  g_auto(Fixture) fixture;
  fixture_init(&fixture, "optimizer: sgd\nnonfinite: error\n");

  fixture.gradient[9] = INFINITY;
  assert_step_fails(
      &fixture, OPTREG_ERROR_NONFINITE,
      "the gradient of 'w' is not finite at element 9; nothing was changed "
      "(nonfinite: error)");
  g_assert_cmpfloat(fixture.w[0], ==, 1.0f);
}

static void
test_nonfinite_propagate_lets_it_through(void)
{
  g_auto(Fixture) fixture;
  fixture_init(&fixture, "optimizer: sgd\nnonfinite: propagate\n");

  fixture.gradient[9] = NAN;
  g_assert_cmpint(step(&fixture), ==, OPTREG_STEP_APPLIED);
  g_assert_true(isnan(fixture.w[9]));
  g_assert_false(isnan(fixture.w[8]));
}

/* each gradient is finite, their sum is not: the window is given up, not kept for ever
 */
static void
test_an_accumulator_that_overflows_is_given_up(void)
{
  g_auto(Fixture) fixture;
  fixture_init(&fixture, "optimizer: sgd\nlearning_rate: 1\n"
                         "gradient_accumulation_steps: 2\n");

  fixture.gradient[0] = 3e38f;
  g_assert_cmpint(step(&fixture), ==, OPTREG_STEP_ACCUMULATED);
  g_assert_cmpint(step(&fixture), ==, OPTREG_STEP_SKIPPED_NONFINITE);
  g_assert_cmpstr(report(&fixture)->nonfinite_parameter, ==, "w");

  fixture.gradient[0] = 0.5f;
  g_assert_cmpint(step(&fixture), ==, OPTREG_STEP_ACCUMULATED);
  g_assert_cmpint(step(&fixture), ==, OPTREG_STEP_APPLIED);
  g_assert_cmpfloat(fixture.w[0], ==, 0.5f);
}

static void
test_a_dynamic_loss_scale_halves_and_grows(void)
{
  g_auto(Fixture) fixture;
  fixture_init(&fixture, "optimizer: sgd\nlearning_rate: 1\n"
                         "loss_scale_factor: {dynamic: true, initial_scale: 8, "
                         "dynamic_growth_steps: 2}\n");

  g_assert_cmpfloat(optreg_optimizer_scale_loss(fixture.optimizer, 3.0), ==, 24.0);
  fixture.gradient[1] = INFINITY;
  step(&fixture);
  g_assert_cmpfloat(optreg_optimizer_scale_loss(fixture.optimizer, 1.0), ==, 4.0);
  fixture.gradient[1] = 0.5f;
  step(&fixture);
  g_assert_cmpfloat(fixture.w[0], ==, 1.0f - 0.125f);
  g_assert_cmpfloat(optreg_optimizer_scale_loss(fixture.optimizer, 1.0), ==, 4.0);
  step(&fixture);
  g_assert_cmpfloat(optreg_optimizer_scale_loss(fixture.optimizer, 1.0), ==, 8.0);
}

/* ---- missing gradients ---- */

static void
test_a_missing_gradient_leaves_its_parameter_alone(void)
{
  g_autoptr(optreg_optimizer) optimizer =
      optimizer_from_text("optimizer: sgd\nlearning_rate: 1\nweight_decay: 0.5\n");
  g_autoptr(optreg_error) error = NULL;
  float a = 1.0f, b = 1.0f, gradient = 0.25f;

  optreg_optimizer_add_parameter(optimizer, "a", OPTREG_F32, NULL, 0, &a, &gradient,
                                 &error);
  optreg_optimizer_add_parameter(optimizer, "b", OPTREG_F32, NULL, 0, &b, NULL, &error);
  optreg_optimizer_build(optimizer, &error);
  optreg_optimizer_step(optimizer, &error);
  assert_no_error(error);

  g_assert_cmpfloat(a, ==, 0.25f);
  g_assert_cmpfloat(b, ==, 1.0f);
  g_assert_cmpuint(optreg_optimizer_last_step(optimizer)->missing, ==, 1);
}

static void
test_no_gradient_at_all_is_an_error(void)
{
  g_auto(Fixture) fixture;
  fixture_init(&fixture, "optimizer: sgd\n");

  optreg_optimizer_set_gradient(fixture.optimizer, 0, NULL, NULL);
  assert_step_fails(&fixture, OPTREG_ERROR_ARGUMENT,
                    "no parameter has a gradient: give at least one before step");
  g_assert_cmpuint(report(&fixture)->step, ==, 0);
}

/* ---- weights to deploy ---- */

static void
test_the_eval_view_is_the_average(void)
{
  g_auto(Fixture) fixture;
  fixture_init(&fixture,
               "optimizer: sgd\nlearning_rate: 1\nuse_ema: true\nema_momentum: 0.5\n");

  g_assert_true(optreg_optimizer_eval_view(fixture.optimizer, 0, NULL) == fixture.w);
  step(&fixture);
  step(&fixture);
  const Fixture before = fixture;
  const float *view = optreg_optimizer_eval_view(fixture.optimizer, 0, NULL);

  g_assert_cmpfloat(view[0], ==, 0.25f);
  g_assert_cmpmem(fixture.w, sizeof fixture.w, before.w, sizeof before.w);
  g_assert_true(optreg_optimizer_finalize(fixture.optimizer, NULL));
  g_assert_cmpfloat(fixture.w[0], ==, 0.25f);
}

static void
test_finalize_before_a_step_keeps_the_parameters(void)
{
  g_auto(Fixture) fixture;
  fixture_init(&fixture, "optimizer: sgd\nuse_ema: true\n");

  g_assert_true(optreg_optimizer_finalize(fixture.optimizer, NULL));
  g_assert_cmpfloat(fixture.w[0], ==, 1.0f);
}

static void
test_the_average_ignores_micro_steps(void)
{
  g_auto(Fixture) fixture;
  uint64_t n;
  fixture_init(&fixture, "optimizer: sgd\nlearning_rate: 1\nuse_ema: true\n"
                         "ema_momentum: 0.5\ngradient_accumulation_steps: 3\n");
  const float *average = optreg_optimizer_state(fixture.optimizer, 0, "ema", &n);

  for (int i = 0; i < 8; i++) {
    step(&fixture);
  }
  g_assert_cmpuint(report(&fixture)->step, ==, 2);
  g_assert_cmpfloat(fixture.w[0], ==, 0.0f);
  g_assert_cmpfloat(average[0], ==, 0.25f);
}

static void
test_overwriting_copies_the_average_into_the_parameter(void)
{
  g_auto(Fixture) fixture;
  fixture_init(&fixture, "optimizer: sgd\nlearning_rate: 1\nuse_ema: true\n"
                         "ema_momentum: 0.5\nema_overwrite_frequency: 2\n");

  step(&fixture);
  g_assert_cmpfloat(fixture.w[0], ==, 0.5f);
  step(&fixture);
  g_assert_cmpfloat(fixture.w[0], ==, 0.25f);
}

/* a whole tensor's gradient may be gone when training has ended */
static void
test_finalize_does_not_look_at_gradients(void)
{
  g_autoptr(optreg_optimizer) optimizer = optimizer_from_text("optimizer: test_fail\n");
  g_autoptr(optreg_error) error = NULL;
  const size_t size = (size_t)sysconf(_SC_PAGESIZE);
  float *gradient = mmap(NULL, size, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  float w[N] = { 0 };
  const uint64_t n = N;
  optreg_optimizer_add_parameter(optimizer, "w", OPTREG_F32, &n, 1, w, gradient,
                                 &error);
  optreg_optimizer_build(optimizer, &error);
  optreg_optimizer_step(optimizer, &error);
  munmap(gradient, size);

  g_assert_nonnull(optreg_optimizer_eval_view(optimizer, 0, &error));
  g_assert_true(optreg_optimizer_finalize(optimizer, &error));
  assert_no_error(error);
}

/* ---- values at run time ---- */

static void
test_a_new_learning_rate_reaches_groups_by_their_rule(void)
{
  g_autoptr(optreg_optimizer)
      optimizer = optimizer_from_text("optimizer: sgd\nlearning_rate: 1\ngroups:\n- "
                                      "{match: half, learning_rate_multiplier: "
                                      "0.5}\n- {match: own, learning_rate: 0.125}\n");
  g_autoptr(optreg_error) error = NULL;
  float values[3] = { 1.0f, 1.0f, 1.0f }, gradient = 1.0f;
  static const char *const names[] = { "half", "own", "other" };

  for (int i = 0; i < 3; i++) {
    optreg_optimizer_add_parameter(optimizer, names[i], OPTREG_F32, NULL, 0, &values[i],
                                   &gradient, &error);
  }
  optreg_optimizer_build(optimizer, &error);
  g_assert_true(optreg_optimizer_set_learning_rate(optimizer, 0.5, &error));
  optreg_optimizer_step(optimizer, &error);
  assert_no_error(error);

  g_assert_cmpfloat(values[0], ==, 0.75f);
  g_assert_cmpfloat(values[1], ==, 0.875f);
  g_assert_cmpfloat(values[2], ==, 0.5f);
  g_assert_cmpfloat(optreg_optimizer_learning_rate(optimizer), ==, 0.5);
}

static void
test_a_learning_rate_out_of_range_is_refused(void)
{
  static const double bad[] = { -1.0, NAN, INFINITY };
  static const char *const messages[] = {
    "learning_rate: -1 is out of range: see optreg info",
    "learning_rate: nan is out of range: see optreg info",
    "learning_rate: inf is out of range: see optreg info",
  };

  for (size_t i = 0; i < G_N_ELEMENTS(bad); i++) {
    g_auto(Fixture) fixture;
    g_autoptr(optreg_error) error = NULL;
    fixture_init(&fixture, "optimizer: sgd\n");
    g_assert_false(
        optreg_optimizer_set_learning_rate(fixture.optimizer, bad[i], &error));
    g_assert_cmpstr(error->message, ==, messages[i]);
    g_assert_cmpfloat(optreg_optimizer_learning_rate(fixture.optimizer), ==, 0.01);
  }
}

/* weights loaded after build, before training */
static void
test_changed_parameters_are_copied_again(void)
{
  g_auto(Fixture) fixture;
  uint64_t n;
  fixture_init(&fixture, "optimizer: test_schedulefree\n");
  const float *copy = optreg_optimizer_state(fixture.optimizer, 0, "momentum", &n);

  g_assert_nonnull(copy);
  fixture.w[7] = 42.0f;
  g_assert_cmpfloat(copy[7], ==, 1.0f);
  g_assert_true(optreg_optimizer_parameters_changed(fixture.optimizer, NULL));
  g_assert_cmpfloat(copy[7], ==, 42.0f);
}

/* 0.1 is not a double: rounded up it is another one */
static void
test_the_callers_rounding_does_not_reach_the_configuration(void)
{
  fesetround(FE_UPWARD);
  g_autoptr(optreg_optimizer)
      optimizer = optimizer_from_text("optimizer: sgd\nlearning_rate: 0.3\n");
  const int mode_after = fegetround();
  fesetround(FE_TONEAREST);

  g_assert_cmpint(mode_after, ==, FE_UPWARD);
  g_assert_cmpfloat(optreg_optimizer_learning_rate(optimizer), ==, 0.3);
}

/* a schedule rounds, too: 0.1 times a third is another number when rounded up */
static void
test_the_callers_rounding_does_not_reach_a_schedule(void)
{
  const char *yaml = "optimizer: sgd\nlearning_rate: {schedule: inverse_time_decay, "
                     "initial_learning_rate: 0.1, decay_steps: 1, decay_rate: 1}\n";
  g_auto(Fixture) plain, rounded;
  fixture_init(&plain, yaml);
  fixture_init(&rounded, yaml);

  for (int i = 0; i < 5; i++) {
    step(&plain);
    fesetround(FE_UPWARD);
    step(&rounded);
    fesetround(FE_TONEAREST);
    g_assert_cmpfloat(report(&rounded)->learning_rate, ==,
                      report(&plain)->learning_rate);
  }
  g_assert_cmpmem(rounded.w, sizeof rounded.w, plain.w, sizeof plain.w);
}

static const struct {
  const char *path;
  void (*run)(void);
} tests[] = {
  { "/step/report/tells-what-the-step-did", test_the_report_tells_what_the_step_did },
  { "/step/report/has-the-smallest-clip-factor",
    test_the_report_has_the_smallest_clip_factor },
  { "/step/report/without-norms-there-is-no-norm",
    test_without_norms_the_report_has_no_norm },
  { "/step/clips-act-in-order", test_clips_act_in_order_value_tensor_global },
  { "/step/nonfinite/skips", test_a_nonfinite_gradient_skips_the_step },
  { "/step/nonfinite/leaves-no-trace",
    test_after_a_skip_the_bits_are_those_without_it },
  { "/step/nonfinite/too-many-in-a-row", test_too_many_skips_in_a_row_are_an_error },
  { "/step/nonfinite/error-changes-nothing", test_nonfinite_error_changes_nothing },
  { "/step/nonfinite/propagate-lets-it-through",
    test_nonfinite_propagate_lets_it_through },
  { "/step/nonfinite/accumulator-overflow",
    test_an_accumulator_that_overflows_is_given_up },
  { "/step/dynamic-loss-scale", test_a_dynamic_loss_scale_halves_and_grows },
  { "/step/missing/leaves-the-parameter-alone",
    test_a_missing_gradient_leaves_its_parameter_alone },
  { "/step/missing/everywhere-is-an-error", test_no_gradient_at_all_is_an_error },
  { "/step/deploy/eval-view-is-the-average", test_the_eval_view_is_the_average },
  { "/step/deploy/finalize-before-a-step",
    test_finalize_before_a_step_keeps_the_parameters },
  { "/step/deploy/finalize-does-not-look-at-gradients",
    test_finalize_does_not_look_at_gradients },
  { "/step/ema/ignores-micro-steps", test_the_average_ignores_micro_steps },
  { "/step/ema/overwrites", test_overwriting_copies_the_average_into_the_parameter },
  { "/step/learning-rate/reaches-groups-by-their-rule",
    test_a_new_learning_rate_reaches_groups_by_their_rule },
  { "/step/learning-rate/out-of-range", test_a_learning_rate_out_of_range_is_refused },
  { "/step/learning-rate/callers-rounding",
    test_the_callers_rounding_does_not_reach_the_configuration },
  { "/step/learning-rate/callers-rounding-of-a-schedule",
    test_the_callers_rounding_does_not_reach_a_schedule },
  { "/step/parameters-changed", test_changed_parameters_are_copied_again },
};

int
main(int argc, char **argv)
{
  g_test_init(&argc, &argv, NULL);
  for (size_t i = 0; i < G_N_ELEMENTS(tests); i++) {
    g_test_add_func(tests[i].path, tests[i].run);
  }
  return g_test_run();
}
