/* SPDX-License-Identifier: MIT */
/* State that would overflow: the step is refused before anything is written, or, where
 * nobody could know, the overflow is found behind it. */
#include "trees.h"

#include <math.h>
#include <string.h>

enum { N = 3, MOST = 2000 };

/* "other", then "w" of n elements, all 0 but for the gradient at element 1 */
typedef struct Fixture {
  optreg_optimizer *optimizer;
  float other, other_gradient, w[MOST], gradient[MOST];
  uint64_t n;
} Fixture;

static void
fixture_init(Fixture *fixture, const char *yaml, uint64_t n)
{
  g_autoptr(optreg_error) error = NULL;

  *fixture = (Fixture){ .optimizer = optimizer_from_text(yaml), .n = n };
  optreg_optimizer_add_parameter(fixture->optimizer, "other", OPTREG_F32, NULL, 0,
                                 &fixture->other, &fixture->other_gradient, &error);
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
step(Fixture *fixture, size_t i, float gradient)
{
  memset(fixture->gradient, 0, sizeof fixture->gradient);
  fixture->gradient[i] = gradient;
  return optreg_optimizer_step(fixture->optimizer, NULL);
}

/* all state and the weights */
static GBytes *
everything(const Fixture *fixture)
{
  const optreg_save_options options = { .with_parameters = true };
  size_t size;
  void *bytes =
      optreg_optimizer_save_to_memory(fixture->optimizer, &options, &size, NULL);

  g_assert_nonnull(bytes);
  return g_bytes_new_with_free_func(bytes, size, optreg_memory_free, bytes);
}

/* ---- refused before anything is written ---- */

#define REFUSED(name, i)                                                            \
  "the " name " of 'w' would not be finite at element " #i "; nothing was changed " \
  "(nonfinite: error)"

static const struct {
  const char *path, *yaml;
  float gradient;
  int n_taken; /* steps before the one that is refused */
  const char *message;
} overflows[] = {
  { "adagrad", "optimizer: adagrad\n", 1.8e19f, 1, REFUSED("accumulator", 1) },
  { "adagrad-many", "optimizer: adagrad\n", 8e18f, 5, REFUSED("accumulator", 1) },
  { "momentum-of-1", "optimizer: sgd\nlearning_rate: 1\nmomentum: 1\n", 2e38f, 1,
    REFUSED("momentum", 1) },
  { "rmsprop-momentum", "optimizer: rmsprop\nlearning_rate: 1e38\nmomentum: 1\n", 1.0f,
    1, REFUSED("momentum", 1) },
  { "nesterov", "optimizer: sgd\nlearning_rate: 1\nmomentum: 1\nnesterov: true\n",
    1e38f, 1, REFUSED("value", 1) },
  { "value", "optimizer: sgd\nlearning_rate: 1\n", -3e38f, 1, REFUSED("value", 1) },
  { "clipped", "optimizer: adagrad\nclipvalue: 1.5e19\n", 1e30f, 1,
    REFUSED("accumulator", 1) },
  { "mean-of-a-window", "optimizer: adagrad\ngradient_accumulation_steps: 2\n", 1.8e19f,
    3, REFUSED("accumulator", 1) },
  { "whole-tensor", "optimizer: test_whole\n", 1.8e19f, 1, REFUSED("squares", 1) },
  { "promises-nothing", "optimizer: test_sum\nlearning_rate: 0\n", 3e38f, 1,
    REFUSED("total", 1) },
};

static void
test_the_step_that_would_overflow_is_refused(gconstpointer data)
{
  const size_t row = GPOINTER_TO_SIZE(data);
  static const uint64_t sizes[] = { N, MOST }; /* in a bundle, and in tiles */

  for (size_t i = 0; i < G_N_ELEMENTS(sizes); i++) {
    g_auto(Fixture) fixture;
    g_autoptr(optreg_error) error = NULL;
    g_autofree char *yaml =
        g_strconcat(overflows[row].yaml, "nonfinite: error\n", NULL);
    fixture_init(&fixture, yaml, sizes[i]);
    for (int j = 0; j < overflows[row].n_taken; j++) {
      g_assert_cmpint(step(&fixture, 1, overflows[row].gradient), >=,
                      OPTREG_STEP_APPLIED);
    }
    g_autoptr(GBytes) before = everything(&fixture);

    g_assert_cmpint(optreg_optimizer_step(fixture.optimizer, &error), ==,
                    OPTREG_STEP_ERROR);
    g_assert_cmpint(error->code, ==, OPTREG_ERROR_NONFINITE);
    g_assert_cmpstr(error->message, ==, overflows[row].message);
    const optreg_step_report *report = optreg_optimizer_last_step(fixture.optimizer);
    g_assert_cmpstr(report->nonfinite_parameter, ==, "w");
    g_assert_cmpuint(report->nonfinite_index, ==, 1);
    g_autoptr(GBytes) after = everything(&fixture);
    g_assert_true(g_bytes_equal(before, after));
  }
}

/* the first skip, then the row, as for any overflow */
static void
test_it_is_a_skip_like_any_other(void)
{
  g_auto(Fixture) fixture;
  fixture_init(&fixture, "optimizer: adagrad\nmax_consecutive_skips: 2\n", N);

  g_assert_cmpint(step(&fixture, 1, 1.8e19f), ==, OPTREG_STEP_APPLIED);
  g_assert_cmpint(step(&fixture, 1, 1.8e19f), ==, OPTREG_STEP_SKIPPED_NONFINITE);
  g_assert_cmpint(step(&fixture, 1, 1.8e19f), ==, OPTREG_STEP_ERROR);
  g_assert_cmpint(step(&fixture, 1, 1.0f), ==, OPTREG_STEP_APPLIED);
}

/* the largest gradient and the largest sum are those of different elements */
static void
test_what_only_looks_like_an_overflow_is_taken(void)
{
  g_auto(Fixture) fixture;
  uint64_t n;
  fixture_init(&fixture, "optimizer: adagrad\n", N);

  for (size_t i = 0; i < N; i++) {
    g_assert_cmpint(step(&fixture, i, 1.8e19f), ==, OPTREG_STEP_APPLIED);
  }
  const float *sum = optreg_optimizer_state(fixture.optimizer, 1, "accumulator", &n);
  for (size_t i = 0; i < N; i++) {
    g_assert_cmpfloat(sum[i], ==, 1.8e19f * 1.8e19f);
    g_assert_cmpint(step(&fixture, i, 1e19f), ==, OPTREG_STEP_SKIPPED_NONFINITE);
    g_assert_cmpuint(optreg_optimizer_last_step(fixture.optimizer)->nonfinite_index, ==,
                     i);
  }
}

static void
test_a_resumed_run_knows_its_state(void)
{
  g_auto(Fixture) fixture, resumed;
  gsize size;
  fixture_init(&fixture, "optimizer: adagrad\n", N);
  fixture_init(&resumed, "optimizer: adagrad\n", N);
  step(&resumed, 1, 1.0f);
  step(&fixture, 1, 1.8e19f);
  g_autoptr(GBytes) saved = everything(&fixture);
  const void *bytes = g_bytes_get_data(saved, &size);

  g_assert_true(
      optreg_optimizer_load_from_memory(resumed.optimizer, bytes, size, NULL, NULL));
  g_assert_cmpint(step(&resumed, 1, 1.8e19f), ==, OPTREG_STEP_SKIPPED_NONFINITE);
}

static void
test_f64_has_its_own_limit(void)
{
  g_autoptr(optreg_optimizer) optimizer = optimizer_from_text("optimizer: adagrad\n");
  double w = 0.0, gradient = 1e30;
  optreg_optimizer_add_parameter(optimizer, "w", OPTREG_F64, NULL, 0, &w, &gradient,
                                 NULL);
  g_assert_true(optreg_optimizer_build(optimizer, NULL));

  for (int i = 0; i < 5; i++) {
    g_assert_cmpint(optreg_optimizer_step(optimizer, NULL), ==, OPTREG_STEP_APPLIED);
  }
  gradient = 1.2e154;
  g_assert_cmpint(optreg_optimizer_step(optimizer, NULL), ==, OPTREG_STEP_APPLIED);
  g_assert_cmpint(optreg_optimizer_step(optimizer, NULL), ==,
                  OPTREG_STEP_SKIPPED_NONFINITE);
}

/* the sum of a window is state like any other */
static void
test_a_sum_is_given_up_when_it_overflows(void)
{
  g_auto(Fixture) fixture;
  uint64_t n;
  fixture_init(&fixture, "optimizer: sgd\ngradient_accumulation_steps: 4\n", N);
  const float *sum =
      optreg_optimizer_state(fixture.optimizer, 1, "gradient_accumulator", &n);

  g_assert_cmpint(step(&fixture, 1, 3e38f), ==, OPTREG_STEP_ACCUMULATED);
  g_assert_cmpint(step(&fixture, 1, 3e38f), ==, OPTREG_STEP_SKIPPED_NONFINITE);
  g_assert_cmpfloat(sum[1], ==, 3e38f);
  g_assert_cmpstr(optreg_optimizer_last_step(fixture.optimizer)->nonfinite_parameter,
                  ==, "w");
  g_assert_cmpuint(optreg_optimizer_last_step(fixture.optimizer)->micro_step, ==, 0);
  g_assert_cmpint(step(&fixture, 1, 3e38f), ==, OPTREG_STEP_ACCUMULATED);
  g_assert_cmpint(step(&fixture, 1, -3e38f), ==, OPTREG_STEP_ACCUMULATED);
  g_assert_cmpint(step(&fixture, 1, 3e38f), ==, OPTREG_STEP_ACCUMULATED);
}

/* a constant gradient: for some rounding makes velocity smaller than the square of the
 * average, and Keras's formula the root of a negative number */
static void
test_a_centered_deviation_has_a_root(void)
{
  static const char *const momenta[] = { "", "momentum: 0.5\n" };

  for (size_t i = 0; i < G_N_ELEMENTS(momenta); i++) {
    g_autofree char *yaml =
        g_strconcat("optimizer: rmsprop\ncentered: true\n", momenta[i], NULL);
    for (float gradient = 100.1f; gradient < 1e6f; gradient *= 1.7f) {
      g_auto(Fixture) fixture;
      fixture_init(&fixture, yaml, N);
      for (int j = 0; j < 200; j++) {
        g_assert_cmpint(step(&fixture, 1, gradient), ==, OPTREG_STEP_APPLIED);
        g_assert_true(isfinite(fixture.w[1]));
      }
    }
  }
}

static void
test_propagation_lets_it_through(void)
{
  g_auto(Fixture) fixture;
  uint64_t n;
  fixture_init(&fixture, "optimizer: adagrad\nnonfinite: propagate\n", N);

  step(&fixture, 1, 1.8e19f);
  g_assert_cmpint(step(&fixture, 1, 1.8e19f), ==, OPTREG_STEP_APPLIED);
  const float *sum = optreg_optimizer_state(fixture.optimizer, 1, "accumulator", &n);
  g_assert_true(isinf(sum[1]));
}

/* ---- found behind the step ---- */

static void
test_a_slot_that_promises_nothing_is_looked_at(void)
{
  static const uint64_t sizes[] = { N, MOST };

  for (size_t i = 0; i < G_N_ELEMENTS(sizes); i++) {
    g_auto(Fixture) fixture;
    g_autoptr(optreg_error) error = NULL;
    fixture_init(&fixture, "optimizer: test_sum\nfactor: 1e20\n", sizes[i]);
    g_assert_cmpint(step(&fixture, 1, 1.0f), ==, OPTREG_STEP_APPLIED);
    g_assert_cmpint(step(&fixture, 1, 1.0f), ==, OPTREG_STEP_APPLIED);

    g_assert_cmpint(optreg_optimizer_step(fixture.optimizer, &error), ==,
                    OPTREG_STEP_ERROR);
    g_assert_cmpint(error->code, ==, OPTREG_ERROR_NONFINITE);
    g_assert_cmpstr(
        error->message, ==,
        "the optimizer is broken until a checkpoint is loaded: the total of "
        "'w' is not finite at element 1 after this step, and optimizer "
        "'test_sum' does not say how it grows");
    g_assert_false(optreg_optimizer_finalize(fixture.optimizer, NULL));
  }
}

static void
test_a_slot_of_a_tensor_is_looked_at(void)
{
  g_auto(Fixture) fixture;
  g_autoptr(optreg_error) error = NULL;
  fixture_init(&fixture, "optimizer: test_whole\nfactor: 1e30\n", N);
  for (int i = 0; i < 11; i++) {
    g_assert_cmpint(step(&fixture, 0, 1.0f), ==, OPTREG_STEP_APPLIED);
  }

  g_assert_cmpint(optreg_optimizer_step(fixture.optimizer, &error), ==,
                  OPTREG_STEP_ERROR);
  g_assert_nonnull(
      strstr(error->message, "the seen of 'w' is not finite at element 0"));
}

static void
test_a_slot_of_the_model_is_looked_at(void)
{
  g_auto(Fixture) fixture;
  g_autoptr(optreg_error) error = NULL;
  fixture_init(&fixture, "optimizer: test_sum\ngrowth: 1e30\n", N);

  for (int i = 0; i < 10; i++) {
    g_assert_cmpint(step(&fixture, 1, 1.0f), ==, OPTREG_STEP_APPLIED);
  }
  g_autoptr(GBytes) before = everything(&fixture);
  g_assert_cmpint(optreg_optimizer_step(fixture.optimizer, &error), ==,
                  OPTREG_STEP_ERROR);
  g_assert_cmpstr(error->message, ==,
                  "optimizer 'test_sum': begin_step would leave 'clock' not finite; "
                  "nothing was changed");
  g_autoptr(GBytes) after = everything(&fixture);
  g_assert_true(g_bytes_equal(before, after));
}

static const struct {
  const char *path;
  void (*run)(void);
} tests[] = {
  { "/overflow/refused/is-a-skip", test_it_is_a_skip_like_any_other },
  { "/overflow/refused/not-what-only-looks-like-one",
    test_what_only_looks_like_an_overflow_is_taken },
  { "/overflow/refused/after-a-resume", test_a_resumed_run_knows_its_state },
  { "/overflow/refused/f64", test_f64_has_its_own_limit },
  { "/overflow/refused/sum-of-a-window", test_a_sum_is_given_up_when_it_overflows },
  { "/overflow/centered-deviation", test_a_centered_deviation_has_a_root },
  { "/overflow/propagated", test_propagation_lets_it_through },
  { "/overflow/found/slot", test_a_slot_that_promises_nothing_is_looked_at },
  { "/overflow/found/slot-of-a-tensor", test_a_slot_of_a_tensor_is_looked_at },
  { "/overflow/found/slot-of-the-model", test_a_slot_of_the_model_is_looked_at },
};

int
main(int argc, char **argv)
{
  g_test_init(&argc, &argv, NULL);
  for (size_t i = 0; i < G_N_ELEMENTS(tests); i++) {
    g_test_add_func(tests[i].path, tests[i].run);
  }
  for (size_t i = 0; i < G_N_ELEMENTS(overflows); i++) {
    g_autofree char *path = g_strdup_printf("/overflow/refused/%s", overflows[i].path);
    g_test_add_data_func(path, GSIZE_TO_POINTER(i),
                         test_the_step_that_would_overflow_is_refused);
  }
  return g_test_run();
}
