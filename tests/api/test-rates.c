/* SPDX-License-Identifier: MIT */
/* The sources of a learning rate: which counts, which is refused, what getters tell. */
#include "trees.h"

#include <math.h>
#include <string.h>

static const char *const groups = "groups:\n"
                                  "- match: [half]\n"
                                  "  learning_rate_multiplier: 0.5\n"
                                  "- match: [own]\n"
                                  "  learning_rate: 0.0625\n";

static const char *const number = "optimizer: sgd\nlearning_rate: 0.125\n";

/* 1, 0.5, 0.25, ... */
static const char *const schedule =
    "optimizer: sgd\n"
    "learning_rate: {schedule: exponential_decay, initial_learning_rate: 1, "
    "decay_steps: 1, decay_rate: 0.5}\n";

/* scalars "half", "own" and "w" with a gradient of 1 */
typedef struct Fixture {
  optreg_optimizer *optimizer;
  float half, own, w, gradient;
  double given;
  int n_asked;
} Fixture;

static void
fixture_init(Fixture *fixture, const char *yaml)
{
  g_autofree char *text = g_strconcat(yaml, groups, NULL);
  const struct {
    const char *name;
    float *value;
  } rows[] = { { "half", &fixture->half },
               { "own", &fixture->own },
               { "w", &fixture->w } };

  *fixture = (Fixture){ .gradient = 1.0f };
  fixture->optimizer = optimizer_from_text(text);
  for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
    g_assert_true(optreg_optimizer_add_parameter(fixture->optimizer, rows[i].name,
                                                 OPTREG_F32, NULL, 0, rows[i].value,
                                                 &fixture->gradient, NULL));
  }
}

static void
fixture_clear(Fixture *fixture)
{
  optreg_optimizer_free(fixture->optimizer);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Fixture, fixture_clear)

static void
build(Fixture *fixture)
{
  g_autoptr(optreg_error) error = NULL;

  optreg_optimizer_build(fixture->optimizer, &error);
  assert_no_error(error);
}

static double
give(void *context)
{
  Fixture *fixture = context;

  fixture->n_asked++;
  return fixture->given;
}

static void
set_function(Fixture *fixture, double value)
{
  fixture->given = value;
  g_assert_true(optreg_optimizer_set_learning_rate_function(fixture->optimizer, give,
                                                            fixture, NULL));
}

static void
unset_function(Fixture *fixture)
{
  g_assert_true(optreg_optimizer_set_learning_rate_function(fixture->optimizer, NULL,
                                                            NULL, NULL));
}

/* what every getter tells for "half", "own" and the rest */
static void
assert_told(const Fixture *fixture, double half, double own, double outside)
{
  const double expected[] = { half, own, outside };
  const optreg_group_info *told;

  g_assert_cmpfloat(optreg_optimizer_learning_rate(fixture->optimizer), ==, outside);
  g_assert_cmpuint(optreg_optimizer_groups(fixture->optimizer, &told), ==, 3);
  for (size_t i = 0; i < 3; i++) {
    g_assert_cmpfloat(told[i].learning_rate, ==, expected[i]);
    g_assert_cmpfloat(optreg_optimizer_scheduled_value(
                          fixture->optimizer, i, "learning_rate",
                          optreg_optimizer_last_step(fixture->optimizer)->step),
                      ==, expected[i]);
  }
}

/* getters tell these rates, and the next step uses them */
static void
assert_used(Fixture *fixture, double half, double own, double outside)
{
  g_autoptr(optreg_error) error = NULL;

  assert_told(fixture, half, own, outside);
  fixture->half = fixture->own = fixture->w = 0.0f;
  g_assert_cmpint(optreg_optimizer_step(fixture->optimizer, &error), ==,
                  OPTREG_STEP_APPLIED);
  assert_no_error(error);
  g_assert_cmpfloat(fixture->half, ==, (float)-half);
  g_assert_cmpfloat(fixture->own, ==, (float)-own);
  g_assert_cmpfloat(fixture->w, ==, (float)-outside);
  g_assert_cmpfloat(optreg_optimizer_last_step(fixture->optimizer)->learning_rate, ==,
                    outside);
}

static void
assert_number_is_refused(const Fixture *fixture, optreg_error_code code,
                         const char *message)
{
  g_autoptr(optreg_error) error = NULL;

  g_assert_false(optreg_optimizer_set_learning_rate(fixture->optimizer, 0.5, &error));
  g_assert_cmpint(error->code, ==, code);
  g_assert_cmpstr(error->message, ==, message);
}

static void
test_a_number_counts_until_another_is_set(void)
{
  g_auto(Fixture) fixture;
  fixture_init(&fixture, number);

  assert_told(&fixture, 0.0625, 0.0625, 0.125);
  g_assert_true(optreg_optimizer_set_learning_rate(fixture.optimizer, 0.25, NULL));
  assert_told(&fixture, 0.125, 0.0625, 0.25);
  build(&fixture);
  assert_used(&fixture, 0.125, 0.0625, 0.25);
  g_assert_true(optreg_optimizer_set_learning_rate(fixture.optimizer, 0.5, NULL));
  assert_used(&fixture, 0.25, 0.0625, 0.5);
}

static void
test_while_there_is_a_function_no_number_is_taken(void)
{
  static const char message[] = "the learning rate comes from the application's "
                                "function: set that to NULL first";
  g_auto(Fixture) fixture;
  fixture_init(&fixture, number);

  set_function(&fixture, 0.5);
  assert_told(&fixture, 0.25, 0.0625, 0.5);
  assert_number_is_refused(&fixture, OPTREG_ERROR_STATE, message);
  build(&fixture);
  assert_number_is_refused(&fixture, OPTREG_ERROR_STATE, message);
  assert_used(&fixture, 0.25, 0.0625, 0.5);
  fixture.given = 0.25;
  assert_used(&fixture, 0.125, 0.0625, 0.25);
}

static void
test_behind_the_function_the_number_counts_again(void)
{
  g_auto(Fixture) fixture;
  fixture_init(&fixture, number);
  build(&fixture);
  g_assert_true(optreg_optimizer_set_learning_rate(fixture.optimizer, 0.25, NULL));

  set_function(&fixture, 0.5);
  assert_used(&fixture, 0.25, 0.0625, 0.5);
  unset_function(&fixture);
  assert_used(&fixture, 0.125, 0.0625, 0.25);
  g_assert_true(optreg_optimizer_set_learning_rate(fixture.optimizer, 1.0, NULL));
  assert_used(&fixture, 0.5, 0.0625, 1.0);
}

static void
test_nothing_replaces_a_schedule(void)
{
  static const char message[] = "the learning rate follows a schedule: write a number "
                                "into the configuration to set it";
  g_auto(Fixture) fixture;
  g_autoptr(optreg_error) early = NULL, late = NULL;
  fixture_init(&fixture, schedule);

  assert_number_is_refused(&fixture, OPTREG_ERROR_ARGUMENT, message);
  g_assert_false(optreg_optimizer_set_learning_rate_function(fixture.optimizer, give,
                                                             &fixture, &early));
  g_assert_cmpint(early->code, ==, OPTREG_ERROR_ARGUMENT);
  g_assert_cmpstr(early->message, ==, message);
  build(&fixture);
  g_assert_false(optreg_optimizer_set_learning_rate_function(fixture.optimizer, give,
                                                             &fixture, &late));
  unset_function(&fixture);
  assert_used(&fixture, 0.5, 0.0625, 1.0);
  assert_used(&fixture, 0.25, 0.0625, 0.5);
  g_assert_cmpint(fixture.n_asked, ==, 0);
}

/* the schedule of a group leaves the others free */
static void
test_a_groups_schedule_leaves_the_others_free(void)
{
  g_auto(Fixture) fixture;
  float w = 0.0f, own = 0.0f, gradient = 1.0f;
  const optreg_group_info *told;
  fixture_init(&fixture, number);
  optreg_optimizer_free(fixture.optimizer);
  fixture.optimizer = optimizer_from_text(
      "optimizer: sgd\nlearning_rate: 0.125\n"
      "groups:\n"
      "- match: [own]\n"
      "  learning_rate: {schedule: exponential_decay, initial_learning_rate: 1, "
      "decay_steps: 1, decay_rate: 0.5}\n");
  optreg_optimizer_add_parameter(fixture.optimizer, "w", OPTREG_F32, NULL, 0, &w,
                                 &gradient, NULL);
  optreg_optimizer_add_parameter(fixture.optimizer, "own", OPTREG_F32, NULL, 0, &own,
                                 &gradient, NULL);
  build(&fixture);

  set_function(&fixture, 0.5);
  optreg_optimizer_step(fixture.optimizer, NULL);
  g_assert_cmpfloat(w, ==, -0.5f);
  g_assert_cmpfloat(own, ==, -1.0f);
  optreg_optimizer_groups(fixture.optimizer, &told);
  g_assert_cmpfloat(told[0].learning_rate, ==, 0.5);
  g_assert_cmpfloat(told[1].learning_rate, ==, 0.5);
  optreg_optimizer_step(fixture.optimizer, NULL);
  g_assert_cmpfloat(own, ==, -1.5f);
}

static void
test_the_function_is_asked_once_in_a_step(void)
{
  g_auto(Fixture) fixture;
  fixture_init(&fixture, number);
  build(&fixture);
  set_function(&fixture, 0.5);
  g_assert_cmpint(fixture.n_asked, ==, 0);

  optreg_optimizer_step(fixture.optimizer, NULL);
  g_assert_cmpint(fixture.n_asked, ==, 1);
  optreg_optimizer_groups(fixture.optimizer, NULL);
  g_assert_cmpint(fixture.n_asked, ==, 1);
}

/* schedules follow the counters of the checkpoint; numbers and functions stay here */
static void
test_a_load_brings_counters_and_no_rates(void)
{
  g_auto(Fixture) scheduled, numbered;
  size_t scheduled_size, numbered_size;
  fixture_init(&scheduled, schedule);
  fixture_init(&numbered, number);
  build(&scheduled);
  build(&numbered);
  optreg_optimizer_step(scheduled.optimizer, NULL);
  void *scheduled_bytes =
      optreg_optimizer_save_to_memory(scheduled.optimizer, NULL, &scheduled_size, NULL);
  void *numbered_bytes =
      optreg_optimizer_save_to_memory(numbered.optimizer, NULL, &numbered_size, NULL);

  optreg_optimizer_step(scheduled.optimizer, NULL);
  g_assert_true(optreg_optimizer_load_from_memory(scheduled.optimizer, scheduled_bytes,
                                                  scheduled_size, NULL, NULL));
  assert_used(&scheduled, 0.25, 0.0625, 0.5);
  g_assert_true(optreg_optimizer_set_learning_rate(numbered.optimizer, 0.25, NULL));
  g_assert_true(optreg_optimizer_load_from_memory(numbered.optimizer, numbered_bytes,
                                                  numbered_size, NULL, NULL));
  assert_used(&numbered, 0.125, 0.0625, 0.25);
  set_function(&numbered, 0.5);
  g_assert_true(optreg_optimizer_load_from_memory(numbered.optimizer, numbered_bytes,
                                                  numbered_size, NULL, NULL));
  assert_used(&numbered, 0.25, 0.0625, 0.5);
  optreg_memory_free(scheduled_bytes);
  optreg_memory_free(numbered_bytes);
}

static void
test_a_load_reports_that_a_function_gave_the_rate(void)
{
  g_auto(Fixture) fixture;
  const optreg_difference *differences;
  size_t size;
  fixture_init(&fixture, number);
  build(&fixture);
  set_function(&fixture, 0.5);
  void *bytes = optreg_optimizer_save_to_memory(fixture.optimizer, NULL, &size, NULL);
  unset_function(&fixture);

  g_assert_true(
      optreg_optimizer_load_from_memory(fixture.optimizer, bytes, size, NULL, NULL));
  g_assert_cmpuint(optreg_optimizer_load_report(fixture.optimizer, &differences), ==,
                   1);
  g_assert_cmpstr(
      differences[0].text, ==,
      "learning_rate is the application's function in the checkpoint; 0.125 "
      "counts");
  optreg_memory_free(bytes);
}

int
main(int argc, char **argv)
{
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/rates/number", test_a_number_counts_until_another_is_set);
  g_test_add_func("/rates/function/no-number-is-taken",
                  test_while_there_is_a_function_no_number_is_taken);
  g_test_add_func("/rates/function/the-number-comes-back",
                  test_behind_the_function_the_number_counts_again);
  g_test_add_func("/rates/function/is-asked-once",
                  test_the_function_is_asked_once_in_a_step);
  g_test_add_func("/rates/schedule/nothing-replaces-it",
                  test_nothing_replaces_a_schedule);
  g_test_add_func("/rates/schedule/of-a-group",
                  test_a_groups_schedule_leaves_the_others_free);
  g_test_add_func("/rates/load/counters-and-no-rates",
                  test_a_load_brings_counters_and_no_rates);
  g_test_add_func("/rates/load/reports-a-function",
                  test_a_load_reports_that_a_function_gave_the_rate);
  return g_test_run();
}
