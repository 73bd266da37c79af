/* SPDX-License-Identifier: MIT */
/* Parameters of other kinds: f64, overwritten, constrained; gradients too large. */
#include "trees.h"

#include <float.h>
#include <math.h>
#include <string.h>

#define N 5

/* one tensor "w" of N elements, each 1, with a gradient of 0.5 */
typedef struct Fixture {
  optreg_optimizer *optimizer;
  float w[N], gradient[N];
} Fixture;

static void
fixture_init(Fixture *fixture, const char *yaml)
{
  const uint64_t n = N;

  for (size_t i = 0; i < N; i++) {
    fixture->w[i] = 1.0f;
    fixture->gradient[i] = 0.5f;
  }
  fixture->optimizer = optimizer_from_text(yaml);
  optreg_optimizer_add_parameter(fixture->optimizer, "w", OPTREG_F32, &n, 1, fixture->w,
                                 fixture->gradient, NULL);
}

static void
fixture_build(Fixture *fixture, const char *yaml)
{
  g_autoptr(optreg_error) error = NULL;

  fixture_init(fixture, yaml);
  optreg_optimizer_build(fixture->optimizer, &error);
  assert_no_error(error);
}

static void
build(Fixture *fixture)
{
  g_autoptr(optreg_error) error = NULL;

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

/* ---- f64 ---- */

static void
add_f64(optreg_optimizer *optimizer, const char *name, double *data, const double *grad)
{
  g_autoptr(optreg_error) error = NULL;
  const uint64_t n = N;

  optreg_optimizer_add_parameter(optimizer, name, OPTREG_F64, &n, 1, data, grad,
                                 &error);
  assert_no_error(error);
}

/* Zeiler 2012, algorithm 1, written down once more */
static void
test_adadelta_in_f64_follows_the_paper(void)
{
  g_autoptr(optreg_optimizer) optimizer =
      optimizer_from_text("optimizer: adadelta\nlearning_rate: 1\nepsilon: 1e-6\n");
  g_autoptr(optreg_error) error = NULL;
  double w[N] = { 1, 2, 3, 4, 5 }, gradient[N], x[N], a[N] = { 0 }, d[N] = { 0 };
  memcpy(x, w, sizeof x);
  add_f64(optimizer, "w", w, gradient);
  optreg_optimizer_build(optimizer, &error);

  for (int t = 0; t < 10; t++) {
    for (int i = 0; i < N; i++) {
      gradient[i] = sin(i + 3.0 * t);
      a[i] = 0.95 * a[i] + (1.0 - 0.95) * (gradient[i] * gradient[i]);
      const double delta = -(sqrt(d[i] + 1e-6) * gradient[i] / sqrt(a[i] + 1e-6));
      d[i] = 0.95 * d[i] + (1.0 - 0.95) * (delta * delta);
      x[i] += delta;
    }
    g_assert_cmpint(optreg_optimizer_step(optimizer, &error), ==, OPTREG_STEP_APPLIED);
  }
  assert_no_error(error);
  g_assert_cmpmem(w, sizeof w, x, sizeof x);
}

static void
test_state_of_f64_is_f64(void)
{
  g_autoptr(optreg_optimizer) optimizer = optimizer_from_text(
      "optimizer: sgd\nmomentum: 0.5\nuse_ema: true\ngradient_accumulation_steps: 2\n");
  double w[N] = { 0 }, gradient[N] = { 0.1, 0.2, 0.3, 0.4, 0.5 };
  static const char *const roles[] = { "momentum", "ema", "gradient_accumulator" };
  uint64_t n;
  add_f64(optimizer, "w", w, gradient);
  g_assert_true(optreg_optimizer_build(optimizer, NULL));

  optreg_optimizer_step(optimizer, NULL);
  for (size_t i = 0; i < G_N_ELEMENTS(roles); i++) {
    g_assert_nonnull(optreg_optimizer_state(optimizer, 0, roles[i], &n));
    g_assert_cmpuint(n, ==, N);
  }
  g_assert_cmpmem(optreg_optimizer_state(optimizer, 0, roles[2], &n), sizeof gradient,
                  gradient, sizeof gradient);
  g_assert_cmpuint(optreg_optimizer_state_bytes(optimizer), ==, 3 * N * sizeof(double));
}

static void
test_f32_and_f64_share_a_model(void)
{
  g_auto(Fixture) fixture;
  double w[N] = { 1, 1, 1, 1, 1 }, gradient[N] = { 0.5, 0.5, 0.5, 0.5, 0.5 };
  fixture_init(&fixture, "optimizer: sgd\nlearning_rate: 1\nglobal_clipnorm: 0.1\n"
                         "use_ema: true\n");
  add_f64(fixture.optimizer, "v", w, gradient);
  build(&fixture);

  g_assert_cmpint(step(&fixture), ==, OPTREG_STEP_APPLIED);
  g_assert_cmpfloat_with_epsilon(
      optreg_optimizer_last_step(fixture.optimizer)->gradient_norm, sqrt(2 * N * 0.25),
      1e-12);
  g_assert_cmpfloat_with_epsilon(w[0], 1.0 - 0.1 / sqrt(2 * N), 1e-12);
  g_assert_cmpfloat_with_epsilon((double)fixture.w[0], w[0], 1e-6);
}

static void
test_f64_needs_a_kernel(void)
{
  g_autoptr(optreg_optimizer) optimizer = optimizer_from_text("optimizer: test_adam\n");
  g_autoptr(optreg_error) error = NULL;
  double w[N] = { 0 };
  add_f64(optimizer, "w", w, NULL);

  g_assert_false(optreg_optimizer_build(optimizer, &error));
  g_assert_cmpint(error->code, ==, OPTREG_ERROR_ARGUMENT);
  g_assert_cmpstr(
      error->message, ==,
      "parameter 'w' is f64, but the optimizer 'test_adam' has no f64 kernel "
      "for it");
}

static void
test_a_nonfinite_f64_gradient_is_found(void)
{
  g_autoptr(optreg_optimizer) optimizer = optimizer_from_text("optimizer: sgd\n");
  double w[N] = { 0 }, gradient[N] = { 0, 1e300, 0, -INFINITY, 0 };
  add_f64(optimizer, "w", w, gradient);
  g_assert_true(optreg_optimizer_build(optimizer, NULL));

  g_assert_cmpint(optreg_optimizer_step(optimizer, NULL), ==,
                  OPTREG_STEP_SKIPPED_NONFINITE);
  g_assert_cmpuint(optreg_optimizer_last_step(optimizer)->nonfinite_index, ==, 3);
  gradient[3] = 0.0;
  g_assert_cmpint(optreg_optimizer_step(optimizer, NULL), ==, OPTREG_STEP_APPLIED);
}

/* ---- overwritten ---- */

static void
test_an_overwritten_parameter_takes_its_gradient(void)
{
  g_auto(Fixture) fixture;
  float scale[2] = { 7.0f, 8.0f };
  const float fresh[2] = { -3.0f, 100.0f };
  const uint64_t n = 2;
  uint64_t n_state;
  fixture_init(&fixture, "optimizer: adadelta\nlearning_rate: 1\nclipvalue: 1\n"
                         "weight_decay: 0.5\nuse_ema: true\nloss_scale_factor: 4\n");
  optreg_optimizer_add_parameter(fixture.optimizer, "scale", OPTREG_F32, &n, 1, scale,
                                 fresh, NULL);
  g_assert_true(optreg_optimizer_set_overwrite(fixture.optimizer, 1, NULL));
  build(&fixture);

  g_assert_cmpint(step(&fixture), ==, OPTREG_STEP_APPLIED);
  g_assert_cmpmem(scale, sizeof scale, fresh, sizeof fresh);
  g_assert_null(
      optreg_optimizer_state(fixture.optimizer, 1, "accumulated_grad", &n_state));
  g_assert_null(optreg_optimizer_state(fixture.optimizer, 1, "ema", &n_state));
  g_assert_true(optreg_optimizer_eval_view(fixture.optimizer, 1, NULL) == scale);
}

/* as Keras: an elementwise maximum that starts at 0 */
static void
test_overwriting_accumulates_the_largest(void)
{
  g_auto(Fixture) fixture;
  static const float gradients[] = { -3.0f, -5.0f, 2.0f, 1.0f };
  static const float expected[] = { 1.0f, 0.0f, 0.0f, 2.0f };
  fixture_init(&fixture, "optimizer: sgd\ngradient_accumulation_steps: 2\n");
  optreg_optimizer_set_overwrite(fixture.optimizer, 0, NULL);
  build(&fixture);

  for (int i = 0; i < 4; i++) {
    fixture.gradient[0] = gradients[i];
    step(&fixture);
    g_assert_cmpfloat(fixture.w[0], ==, expected[i]);
  }
}

/* ---- constraints ---- */

static void
test_non_neg_acts_before_the_average(void)
{
  g_auto(Fixture) fixture;
  uint64_t n;
  fixture_init(&fixture, "optimizer: sgd\nlearning_rate: 4\nuse_ema: true\n");
  optreg_optimizer_set_non_neg(fixture.optimizer, 0, NULL);
  build(&fixture);
  fixture.gradient[1] = 0.125f;

  step(&fixture);
  g_assert_cmpfloat(fixture.w[0], ==, 0.0f);
  g_assert_cmpfloat(fixture.w[1], ==, 0.5f);
  const float *average = optreg_optimizer_state(fixture.optimizer, 0, "ema", &n);
  g_assert_cmpfloat(average[0], ==, 0.0f);
}

typedef struct Hook {
  size_t calls, last_index;
  const void *last_data;
} Hook;

static void
clamp_to_one_half(void *context, size_t index, void *data)
{
  Hook *hook = context;
  float *w = data;

  hook->calls++;
  hook->last_index = index;
  hook->last_data = data;
  for (size_t i = 0; i < N; i++) {
    w[i] = fminf(w[i], 0.5f);
  }
}

static void
test_a_constraint_acts_before_the_average(void)
{
  g_auto(Fixture) fixture;
  Hook hook = { 0 };
  uint64_t n;
  fixture_init(&fixture, "optimizer: sgd\nlearning_rate: 0.25\nuse_ema: true\n"
                         "ema_momentum: 0.5\n");
  optreg_optimizer_set_constraint(fixture.optimizer, 0, clamp_to_one_half, &hook, NULL);
  build(&fixture);

  step(&fixture);
  step(&fixture);
  g_assert_cmpuint(hook.calls, ==, 2);
  g_assert_cmpuint(hook.last_index, ==, 0);
  g_assert_true(hook.last_data == fixture.w);
  g_assert_cmpfloat(fixture.w[0], ==, 0.375f);
  const float *average = optreg_optimizer_state(fixture.optimizer, 0, "ema", &n);
  g_assert_cmpfloat(average[0], ==, 0.4375f);
}

static void
test_a_constraint_waits_for_a_gradient(void)
{
  g_auto(Fixture) fixture;
  Hook hook = { 0 };
  float other = 1.0f, other_gradient = 1.0f;
  fixture_init(&fixture, "optimizer: sgd\n");
  optreg_optimizer_add_parameter(fixture.optimizer, "other", OPTREG_F32, NULL, 0,
                                 &other, &other_gradient, NULL);
  optreg_optimizer_set_constraint(fixture.optimizer, 0, clamp_to_one_half, &hook, NULL);
  build(&fixture);

  optreg_optimizer_set_gradient(fixture.optimizer, 0, NULL, NULL);
  step(&fixture);
  g_assert_cmpuint(hook.calls, ==, 0);
  g_assert_cmpfloat(fixture.w[0], ==, 1.0f);
}

static void
test_marks_come_before_build(void)
{
  g_auto(Fixture) fixture;
  optreg_error *error = NULL;
  fixture_init(&fixture, "optimizer: sgd\n");

  g_assert_false(optreg_optimizer_set_non_neg(fixture.optimizer, 3, &error));
  g_assert_cmpstr(error->message, ==, "there is no parameter 3: the model has 1");
  g_clear_pointer(&error, optreg_error_free);
  build(&fixture);
  g_assert_false(optreg_optimizer_set_overwrite(fixture.optimizer, 0, &error));
  g_assert_cmpstr(error->message, ==,
                  "the optimizer is built: this call comes before build");
  optreg_error_free(error);
}

/* ---- gradients whose square overflows ---- */

/* the field's trap: accumulated_grad becomes infinite and the element never moves again
 */
static void
test_a_gradient_that_cannot_be_squared_is_skipped(void)
{
  g_auto(Fixture) fixture;
  fixture_build(&fixture, "optimizer: adadelta\n");
  fixture.gradient[2] = 1e20f;

  g_assert_cmpint(step(&fixture), ==, OPTREG_STEP_SKIPPED_NONFINITE);
  const optreg_step_report *report = optreg_optimizer_last_step(fixture.optimizer);
  g_assert_cmpstr(report->nonfinite_parameter, ==, "w");
  g_assert_cmpuint(report->nonfinite_index, ==, 2);
  fixture.gradient[2] = 1.8e19f;
  g_assert_cmpint(step(&fixture), ==, OPTREG_STEP_APPLIED);
}

static void
test_clipping_saves_a_gradient_that_cannot_be_squared(void)
{
  static const char *const clips[] = { "clipvalue: 1", "clipnorm: 1",
                                       "global_clipnorm: 1" };

  for (size_t i = 0; i < G_N_ELEMENTS(clips); i++) {
    g_auto(Fixture) fixture;
    g_autofree char *yaml = g_strdup_printf("optimizer: adadelta\n%s\n", clips[i]);
    fixture_build(&fixture, yaml);
    fixture.gradient[2] = 1e20f;
    g_assert_cmpint(step(&fixture), ==, OPTREG_STEP_APPLIED);
    g_assert_cmpfloat(fixture.w[2], <, 1.0f);
    g_assert_true(isfinite(fixture.w[2]));
  }
}

static void
test_sgd_does_not_square(void)
{
  g_auto(Fixture) fixture;
  fixture_build(&fixture, "optimizer: sgd\nlearning_rate: 1\n");
  fixture.gradient[2] = 1e20f;

  g_assert_cmpint(step(&fixture), ==, OPTREG_STEP_APPLIED);
  g_assert_cmpfloat(fixture.w[2], ==, -1e20f);
}

static void
test_nonfinite_error_names_the_square(void)
{
  g_auto(Fixture) fixture;
  g_autoptr(optreg_error) error = NULL;
  fixture_build(&fixture, "optimizer: adadelta\nnonfinite: error\n");
  fixture.gradient[4] = -1e30f;

  g_assert_cmpint(optreg_optimizer_step(fixture.optimizer, &error), ==,
                  OPTREG_STEP_ERROR);
  g_assert_cmpstr(
      error->message, ==,
      "the gradient of 'w' is too large to be squared at element 4; nothing "
      "was changed (nonfinite: error)");
}

/* ---- accumulation ---- */

/* Keras throws the sum away; see docs/keras.md */
static void
test_a_gradient_missing_at_the_end_keeps_the_sum(void)
{
  g_auto(Fixture) fixture;
  float other = 1.0f, other_gradient = 0.0f;
  fixture_init(&fixture,
               "optimizer: sgd\nlearning_rate: 1\ngradient_accumulation_steps: 2\n");
  optreg_optimizer_add_parameter(fixture.optimizer, "other", OPTREG_F32, NULL, 0,
                                 &other, &other_gradient, NULL);
  build(&fixture);

  step(&fixture);
  optreg_optimizer_set_gradient(fixture.optimizer, 0, NULL, NULL);
  g_assert_cmpint(step(&fixture), ==, OPTREG_STEP_APPLIED);
  g_assert_cmpfloat(fixture.w[0], ==, 0.75f);
  g_assert_cmpuint(optreg_optimizer_last_step(fixture.optimizer)->missing, ==, 1);

  step(&fixture);
  step(&fixture);
  g_assert_cmpfloat(fixture.w[0], ==, 0.75f);
}

/* ---- the dynamic loss scale ---- */

static void
test_the_dynamic_scale_stays_a_normal_float(void)
{
  g_auto(Fixture) fixture;
  fixture_build(&fixture, "optimizer: sgd\nmax_consecutive_skips: 1000\n"
                          "loss_scale_factor: {dynamic: true, initial_scale: 1, "
                          "dynamic_growth_steps: 1}\n");

  fixture.gradient[0] = NAN;
  for (int i = 0; i < 200; i++) {
    step(&fixture);
  }
  g_assert_cmpfloat(optreg_optimizer_scale_loss(fixture.optimizer, 1.0), ==,
                    (double)FLT_MIN);
  fixture.gradient[0] = 0.0f;
  memset(fixture.gradient, 0, sizeof fixture.gradient);
  for (int i = 0; i < 400; i++) {
    step(&fixture);
  }
  g_assert_cmpfloat(optreg_optimizer_scale_loss(fixture.optimizer, 1.0), ==, 0x1p127);
}

/* ---- the application's learning rate ---- */

static double
give(void *context)
{
  double *value = context;
  return *value;
}

static void
test_the_application_gives_the_learning_rate(void)
{
  g_auto(Fixture) fixture;
  g_autoptr(optreg_error) error = NULL;
  double learning_rate = 0.5;
  fixture_build(&fixture, "optimizer: sgd\n");
  g_assert_true(optreg_optimizer_set_learning_rate_function(fixture.optimizer, give,
                                                            &learning_rate, NULL));

  step(&fixture);
  g_assert_cmpfloat(fixture.w[0], ==, 0.75f);
  g_assert_cmpfloat(optreg_optimizer_last_step(fixture.optimizer)->learning_rate, ==,
                    0.5);
  learning_rate = -1.0;
  g_assert_cmpint(optreg_optimizer_step(fixture.optimizer, &error), ==,
                  OPTREG_STEP_ERROR);
  g_assert_cmpstr(error->message, ==,
                  "learning_rate: -1 is out of range: see optreg info");
  g_assert_cmpfloat(fixture.w[0], ==, 0.75f);
}

/* ---- what changes without an update, or without a gradient ---- */

static void
count_call(void *context, size_t index, void *data)
{
  (void)index;
  (void)data;
  ++*(int *)context;
}

static void
test_bounds_hold_in_calls_that_only_accumulate(void)
{
  g_auto(Fixture) fixture;
  int n_calls = 0;
  fixture_init(&fixture, "optimizer: sgd\ngradient_accumulation_steps: 3\n");
  optreg_optimizer_set_non_neg(fixture.optimizer, 0, NULL);
  optreg_optimizer_set_constraint(fixture.optimizer, 0, count_call, &n_calls, NULL);
  build(&fixture);

  fixture.w[2] = -4.0f;
  g_assert_cmpint(step(&fixture), ==, OPTREG_STEP_ACCUMULATED);
  g_assert_cmpfloat(fixture.w[2], ==, 0.0f);
  g_assert_cmpint(n_calls, ==, 1);

  fixture.w[2] = -4.0f;
  fixture.gradient[0] = NAN;
  g_assert_cmpint(step(&fixture), ==, OPTREG_STEP_SKIPPED_NONFINITE);
  g_assert_cmpfloat(fixture.w[2], ==, -4.0f);
  g_assert_cmpint(n_calls, ==, 1);
}

/* the average reads a parameter without a gradient, and overwrites it when that is due
 */
static void
test_the_average_overwrites_a_parameter_without_a_gradient(void)
{
  g_autoptr(optreg_optimizer) optimizer =
      optimizer_from_text("optimizer: sgd\nweight_decay: 0.5\nuse_ema: true\n"
                          "ema_momentum: 0.5\nema_overwrite_frequency: 2\n");
  g_autoptr(optreg_error) error = NULL;
  float w = 1.0f, v = 4.0f, gradient = 0.5f;
  optreg_optimizer_add_parameter(optimizer, "w", OPTREG_F32, NULL, 0, &w, &gradient,
                                 &error);
  optreg_optimizer_add_parameter(optimizer, "v", OPTREG_F32, NULL, 0, &v, NULL, &error);
  optreg_optimizer_build(optimizer, &error);
  assert_no_error(error);

  optreg_optimizer_step(optimizer, NULL);
  g_assert_cmpfloat(v, ==, 4.0f);
  v = 9.0f;
  optreg_optimizer_step(optimizer, NULL);
  g_assert_cmpfloat(v, ==, 6.5f);
  v = 9.0f;
  optreg_optimizer_step(optimizer, NULL);
  g_assert_cmpfloat(v, ==, 9.0f);
}

static const struct {
  const char *path;
  void (*run)(void);
} tests[] = {
  { "/parameters/bounds-hold-while-accumulating",
    test_bounds_hold_in_calls_that_only_accumulate },
  { "/parameters/average-overwrites-without-a-gradient",
    test_the_average_overwrites_a_parameter_without_a_gradient },
  { "/parameters/f64/adadelta-follows-the-paper",
    test_adadelta_in_f64_follows_the_paper },
  { "/parameters/f64/state-is-f64", test_state_of_f64_is_f64 },
  { "/parameters/f64/shares-a-model-with-f32", test_f32_and_f64_share_a_model },
  { "/parameters/f64/needs-a-kernel", test_f64_needs_a_kernel },
  { "/parameters/f64/nonfinite-is-found", test_a_nonfinite_f64_gradient_is_found },
  { "/parameters/overwrite/takes-the-gradient",
    test_an_overwritten_parameter_takes_its_gradient },
  { "/parameters/overwrite/accumulates-the-largest",
    test_overwriting_accumulates_the_largest },
  { "/parameters/constraint/non-neg-before-the-average",
    test_non_neg_acts_before_the_average },
  { "/parameters/constraint/hook-before-the-average",
    test_a_constraint_acts_before_the_average },
  { "/parameters/constraint/waits-for-a-gradient",
    test_a_constraint_waits_for_a_gradient },
  { "/parameters/marks-come-before-build", test_marks_come_before_build },
  { "/parameters/square/too-large-is-skipped",
    test_a_gradient_that_cannot_be_squared_is_skipped },
  { "/parameters/square/clipping-saves-it",
    test_clipping_saves_a_gradient_that_cannot_be_squared },
  { "/parameters/square/sgd-does-not-square", test_sgd_does_not_square },
  { "/parameters/square/error-names-it", test_nonfinite_error_names_the_square },
  { "/parameters/accumulation/missing-at-the-end-keeps-the-sum",
    test_a_gradient_missing_at_the_end_keeps_the_sum },
  { "/parameters/loss-scale/stays-a-normal-float",
    test_the_dynamic_scale_stays_a_normal_float },
  { "/parameters/learning-rate-function",
    test_the_application_gives_the_learning_rate },
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
