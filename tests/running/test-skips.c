/* SPDX-License-Identifier: MIT */
/* Skipped calls: what is lost with them, what counts them, and what is named. */
#include "trees.h"

#include <math.h>
#include <string.h>

/* one tensor "w" of three elements, all 0 */
typedef struct Fixture {
  optreg_optimizer *optimizer;
  float w[3], gradient[3];
} Fixture;

static void
fixture_init(Fixture *fixture, const char *yaml)
{
  g_autoptr(optreg_error) error = NULL;
  const uint64_t n = 3;

  *fixture = (Fixture){ .optimizer = optimizer_from_text(yaml),
                        .gradient = { 0.5f, 0.5f, 0.5f } };
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

/* one call with this gradient at element 1 */
static optreg_status
call(Fixture *fixture, float gradient)
{
  fixture->gradient[1] = gradient;
  return optreg_optimizer_step(fixture->optimizer, NULL);
}

static const optreg_step_report *
report(const Fixture *fixture)
{
  return optreg_optimizer_last_step(fixture->optimizer);
}

/* calls with this gradient until one is an error, at most n */
static int
calls_until_error(Fixture *fixture, float gradient, int n)
{
  int calls = 1;

  while (calls < n && call(fixture, gradient) != OPTREG_STEP_ERROR) {
    calls++;
  }
  return calls;
}

/* ---- windows that are lost ---- */

static const struct {
  const char *path, *yaml;
  float gradient;
  int expected; /* call that is the error: the tenth that is skipped */
} hopeless[] = {
  { "square-without-accumulation", "optimizer: adam\n", 1e20f, 10 },
  { "square", "optimizer: adam\ngradient_accumulation_steps: 2\n", 1e20f, 20 },
  { "square-and-average",
    "optimizer: adagrad\ngradient_accumulation_steps: 3\nuse_ema: true\n", 1e20f, 30 },
  { "sum", "optimizer: sgd\ngradient_accumulation_steps: 2\n", 3e38f, 20 },
  { "dynamic-scale",
    "optimizer: sgd\ngradient_accumulation_steps: 2\n"
    "loss_scale_factor: {dynamic: true, initial_scale: 1, dynamic_growth_steps: 5}\n",
    3e38f, 11 },
  { "unscaled", "optimizer: sgd\nloss_scale_factor: 1e-3\n", 1e37f, 10 },
  { "unscaled-in-a-window",
    "optimizer: sgd\nloss_scale_factor: 1e-3\ngradient_accumulation_steps: 2\n", 1e37f,
    10 },
};

static void
test_the_nth_skip_in_a_row_is_an_error(gconstpointer data)
{
  const size_t i = GPOINTER_TO_SIZE(data);
  g_auto(Fixture) fixture;
  g_autofree char *yaml =
      g_strconcat(hopeless[i].yaml, "max_consecutive_skips: 10\n", NULL);
  fixture_init(&fixture, yaml);

  g_assert_cmpint(calls_until_error(&fixture, hopeless[i].gradient, 1000), ==,
                  hopeless[i].expected);
  g_assert_cmpuint(report(&fixture)->skipped, ==, 10);
  g_assert_cmpuint(report(&fixture)->consecutive_skips, ==, 10);
  g_assert_cmpuint(report(&fixture)->step, ==, 0);
  g_assert_cmpuint(report(&fixture)->micro_step, ==, 0);
}

static void
test_an_update_ends_the_row(void)
{
  g_auto(Fixture) fixture;
  fixture_init(&fixture, "optimizer: sgd\nmax_consecutive_skips: 2\n"
                         "gradient_accumulation_steps: 2\n");

  for (int i = 0; i < 10; i++) {
    g_assert_cmpint(call(&fixture, 3e38f), ==, OPTREG_STEP_ACCUMULATED);
    g_assert_cmpint(call(&fixture, 3e38f), ==, OPTREG_STEP_SKIPPED_NONFINITE);
    g_assert_cmpuint(report(&fixture)->consecutive_skips, ==, 1);
    g_assert_cmpint(call(&fixture, 1.0f), ==, OPTREG_STEP_ACCUMULATED);
    g_assert_cmpuint(report(&fixture)->consecutive_skips, ==, 1);
    g_assert_cmpint(call(&fixture, 1.0f), ==, OPTREG_STEP_APPLIED);
    g_assert_cmpuint(report(&fixture)->consecutive_skips, ==, 0);
  }
  g_assert_cmpuint(report(&fixture)->skipped, ==, 10);
}

/* a window that only becomes longer is on its way: what it takes ends the row */
static void
test_a_gradient_that_is_taken_ends_the_row(void)
{
  g_auto(Fixture) fixture;
  fixture_init(&fixture, "optimizer: sgd\nmax_consecutive_skips: 2\n"
                         "gradient_accumulation_steps: 20\n");

  for (int i = 0; i < 19; i++) {
    g_assert_cmpint(call(&fixture, NAN), ==, OPTREG_STEP_SKIPPED_NONFINITE);
    g_assert_cmpint(call(&fixture, 1.0f), ==, OPTREG_STEP_ACCUMULATED);
    g_assert_cmpuint(report(&fixture)->consecutive_skips, ==, 0);
  }
  g_assert_cmpint(call(&fixture, 1.0f), ==, OPTREG_STEP_APPLIED);
  g_assert_cmpuint(report(&fixture)->micro_step, ==, 20);
}

static void
test_gradients_of_a_lost_window_are_not_counted(void)
{
  g_auto(Fixture) fixture;
  fixture_init(&fixture, "optimizer: sgd\ngradient_accumulation_steps: 3\n");

  call(&fixture, 1e38f);
  call(&fixture, 1e38f);
  call(&fixture, 3e38f);
  g_assert_cmpuint(report(&fixture)->micro_step, ==, 0);
  for (int i = 0; i < 3; i++) {
    call(&fixture, 1.0f);
  }
  g_assert_cmpuint(report(&fixture)->micro_step, ==, 3);
  g_assert_cmpuint(report(&fixture)->step, ==, 1);
  g_assert_cmpfloat_with_epsilon(fixture.w[1], -0.01f, 1e-9);
}

/* a gradient that cannot be unscaled is no fault of those before it */
static void
test_a_gradient_that_cannot_be_unscaled_leaves_the_window_alone(void)
{
  g_auto(Fixture) fixture;
  fixture_init(&fixture, "optimizer: sgd\nlearning_rate: 1\nloss_scale_factor: 0.5\n"
                         "gradient_accumulation_steps: 2\n");

  g_assert_cmpint(call(&fixture, 1.0f), ==, OPTREG_STEP_ACCUMULATED);
  g_assert_cmpint(call(&fixture, 3e38f), ==, OPTREG_STEP_SKIPPED_NONFINITE);
  g_assert_cmpuint(report(&fixture)->micro_step, ==, 1);
  g_assert_cmpint(call(&fixture, 2.0f), ==, OPTREG_STEP_APPLIED);
  g_assert_cmpfloat(fixture.w[1], ==, -3.0f);
}

static void
test_a_lost_window_lowers_a_dynamic_scale(void)
{
  static const struct {
    const char *optimizer;
    float gradient;
  } rows[] = { { "sgd", 3e38f }, { "adam", 1e20f } };

  for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
    g_auto(Fixture) fixture;
    g_autofree char *yaml = g_strdup_printf(
        "optimizer: %s\ngradient_accumulation_steps: 2\nloss_scale_factor: "
        "{dynamic: true, initial_scale: 1, dynamic_growth_steps: 1000}\n",
        rows[i].optimizer);
    fixture_init(&fixture, yaml);

    g_assert_cmpint(call(&fixture, rows[i].gradient), ==, OPTREG_STEP_ACCUMULATED);
    g_assert_cmpfloat(optreg_optimizer_scale_loss(fixture.optimizer, 1.0), ==, 1.0);
    g_assert_cmpint(call(&fixture, rows[i].gradient), ==,
                    OPTREG_STEP_SKIPPED_NONFINITE);
    g_assert_cmpfloat(optreg_optimizer_scale_loss(fixture.optimizer, 1.0), ==, 0.5);
  }
}

/* the last skip of a row is an error, and a skip */
static void
test_a_step_that_fails_for_its_skips_lowers_a_dynamic_scale(void)
{
  g_auto(Fixture) fixture;
  fixture_init(&fixture, "optimizer: sgd\nmax_consecutive_skips: 1\nloss_scale_factor: "
                         "{dynamic: true, initial_scale: 8}\n");

  g_assert_cmpint(call(&fixture, NAN), ==, OPTREG_STEP_ERROR);
  g_assert_cmpfloat(optreg_optimizer_scale_loss(fixture.optimizer, 1.0), ==, 4.0);
  g_assert_cmpuint(report(&fixture)->skipped, ==, 1);
  g_assert_cmpfloat(fixture.w[0], ==, 0.0f);
}

/* the row goes on where it stood, in any call of the window */
static void
test_a_row_survives_a_checkpoint(void)
{
  static const char yaml[] = "optimizer: sgd\nmax_consecutive_skips: 3\n"
                             "gradient_accumulation_steps: 2\n";
  g_auto(Fixture) fixture, resumed;
  size_t size;
  fixture_init(&fixture, yaml);
  fixture_init(&resumed, yaml);

  for (int i = 0; i < 5; i++) {
    call(&fixture, 3e38f);
  }
  void *saved = optreg_optimizer_save_to_memory(fixture.optimizer, NULL, &size, NULL);
  g_assert_true(
      optreg_optimizer_load_from_memory(resumed.optimizer, saved, size, NULL, NULL));
  optreg_memory_free(saved);
  g_assert_cmpuint(report(&resumed)->consecutive_skips, ==, 2);
  g_assert_cmpint(call(&resumed, 3e38f), ==, OPTREG_STEP_ERROR);
  g_assert_cmpint(call(&fixture, 3e38f), ==, OPTREG_STEP_ERROR);
}

/* ---- what is named ---- */

static const struct {
  const char *path, *yaml, *message;
  float gradient;
  int calls;
} named[] = {
  { "given", "optimizer: sgd\n",
    "the gradient of 'w' is not finite at element 1; nothing was changed (nonfinite: "
    "error)",
    INFINITY, 1 },
  { "unscaled", "optimizer: sgd\nloss_scale_factor: 1e-3\n",
    "the unscaled gradient of 'w' is not finite at element 1; nothing was changed "
    "(nonfinite: error)",
    1e37f, 1 },
  { "unscaled-in-a-micro-step",
    "optimizer: sgd\nloss_scale_factor: 1e-3\ngradient_accumulation_steps: 3\n",
    "the unscaled gradient of 'w' is not finite at element 1; nothing was changed "
    "(nonfinite: error)",
    -1e37f, 1 },
  { "accumulated", "optimizer: sgd\ngradient_accumulation_steps: 2\n",
    "the accumulated gradient of 'w' is not finite at element 1; nothing was changed "
    "(nonfinite: error)",
    -3e38f, 2 },
  { "squared", "optimizer: adam\n",
    "the gradient of 'w' is too large to be squared at element 1; nothing was changed "
    "(nonfinite: error)",
    1e20f, 1 },
  { "squared-mean", "optimizer: adam\ngradient_accumulation_steps: 2\n",
    "the gradient of 'w' is too large to be squared at element 1; nothing was changed "
    "(nonfinite: error)",
    1e20f, 2 },
};

static void
test_the_first_bad_element_is_named(gconstpointer data)
{
  const size_t i = GPOINTER_TO_SIZE(data);
  g_auto(Fixture) fixture;
  g_autoptr(optreg_error) error = NULL;
  g_autofree char *yaml = g_strconcat(named[i].yaml, "nonfinite: error\n", NULL);
  fixture_init(&fixture, yaml);

  fixture.gradient[1] = named[i].gradient;
  for (int j = 1; j < named[i].calls; j++) {
    g_assert_cmpint(optreg_optimizer_step(fixture.optimizer, NULL), ==,
                    OPTREG_STEP_ACCUMULATED);
  }
  g_assert_cmpint(optreg_optimizer_step(fixture.optimizer, &error), ==,
                  OPTREG_STEP_ERROR);
  g_assert_cmpstr(error->message, ==, named[i].message);
  g_assert_cmpstr(report(&fixture)->nonfinite_parameter, ==, "w");
  g_assert_cmpuint(report(&fixture)->nonfinite_index, ==, 1);
}

static const struct {
  const char *path;
  void (*run)(void);
} tests[] = {
  { "/skips/row/an-update-ends-it", test_an_update_ends_the_row },
  { "/skips/row/a-gradient-that-is-taken-ends-it",
    test_a_gradient_that_is_taken_ends_the_row },
  { "/skips/row/survives-a-checkpoint", test_a_row_survives_a_checkpoint },
  { "/skips/lost-window/its-gradients-are-not-counted",
    test_gradients_of_a_lost_window_are_not_counted },
  { "/skips/lost-window/not-for-a-gradient-that-cannot-be-unscaled",
    test_a_gradient_that_cannot_be_unscaled_leaves_the_window_alone },
  { "/skips/lost-window/lowers-a-dynamic-scale",
    test_a_lost_window_lowers_a_dynamic_scale },
  { "/skips/error/lowers-a-dynamic-scale",
    test_a_step_that_fails_for_its_skips_lowers_a_dynamic_scale },
};

int
main(int argc, char **argv)
{
  g_test_init(&argc, &argv, NULL);
  for (size_t i = 0; i < G_N_ELEMENTS(tests); i++) {
    g_test_add_func(tests[i].path, tests[i].run);
  }
  for (size_t i = 0; i < G_N_ELEMENTS(hopeless); i++) {
    g_autofree char *path =
        g_strdup_printf("/skips/row/ends-in-an-error/%s", hopeless[i].path);
    g_test_add_data_func(path, GSIZE_TO_POINTER(i),
                         test_the_nth_skip_in_a_row_is_an_error);
  }
  for (size_t i = 0; i < G_N_ELEMENTS(named); i++) {
    g_autofree char *path = g_strdup_printf("/skips/named/%s", named[i].path);
    g_test_add_data_func(path, GSIZE_TO_POINTER(i),
                         test_the_first_bad_element_is_named);
  }
  return g_test_run();
}
