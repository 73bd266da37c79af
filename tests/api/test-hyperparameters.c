/* SPDX-License-Identifier: MIT */
/* Hyperparameters that the application sets: where they count, what is refused. */
#include "trees.h"

#include <math.h>
#include <string.h>

#define ALL OPTREG_WHOLE_MODEL

static const char *const sgd = "optimizer: sgd\n"
                               "learning_rate: 0.125\n"
                               "momentum: 0.5\n"
                               "groups:\n"
                               "- match: [half]\n"
                               "  learning_rate_multiplier: 0.5\n"
                               "- match: [own]\n"
                               "  learning_rate: 0.0625\n"
                               "  momentum: 0\n";

enum { HALF, OWN, REST, N_GROUPS };

static const char *const names[N_GROUPS] = { "half", "own", "w" };

/* scalars of three groups, with a gradient of 1 */
typedef struct Fixture {
  optreg_optimizer *optimizer;
  float values[N_GROUPS];
  double doubles;
  float gradient;
} Fixture;

static void
fixture_init(Fixture *fixture, const char *yaml, bool builds)
{
  g_autoptr(optreg_error) error = NULL;

  *fixture = (Fixture){ .gradient = 1.0f };
  fixture->optimizer = optimizer_from_text(yaml);
  for (size_t i = 0; i < N_GROUPS; i++) {
    optreg_optimizer_add_parameter(fixture->optimizer, names[i], OPTREG_F32, NULL, 0,
                                   &fixture->values[i], &fixture->gradient, &error);
  }
  if (builds) {
    optreg_optimizer_build(fixture->optimizer, &error);
  }
  assert_no_error(error);
}

static void
fixture_clear(Fixture *fixture)
{
  optreg_optimizer_free(fixture->optimizer);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Fixture, fixture_clear)

static double
get(const Fixture *fixture, size_t group, const char *name)
{
  return optreg_optimizer_hyperparameter(fixture->optimizer, group, name);
}

static void
set(Fixture *fixture, size_t group, const char *name, double value)
{
  g_autoptr(optreg_error) error = NULL;

  optreg_optimizer_set_hyperparameter(fixture->optimizer, group, name, value, &error);
  assert_no_error(error);
}

static void
assert_refused(Fixture *fixture, size_t group, const char *name, double value,
               optreg_error_code code, const char *message)
{
  g_autoptr(optreg_error) error = NULL;
  double before[N_GROUPS], rates[N_GROUPS];

  for (size_t i = 0; i < N_GROUPS; i++) {
    before[i] = get(fixture, i, name);
    rates[i] = get(fixture, i, "learning_rate");
  }
  g_assert_false(optreg_optimizer_set_hyperparameter(fixture->optimizer, group, name,
                                                     value, &error));
  g_assert_cmpint(error->code, ==, code);
  g_assert_cmpstr(error->message, ==, message);
  for (size_t i = 0; i < N_GROUPS; i++) {
    g_assert_true(isnan(before[i]) || get(fixture, i, name) == before[i]);
    g_assert_cmpfloat(get(fixture, i, "learning_rate"), ==, rates[i]);
  }
}

static void
assert_values(const Fixture *fixture, const char *name, double half, double own,
              double rest)
{
  g_assert_cmpfloat(get(fixture, HALF, name), ==, half);
  g_assert_cmpfloat(get(fixture, OWN, name), ==, own);
  g_assert_cmpfloat(get(fixture, REST, name), ==, rest);
  g_assert_cmpfloat(get(fixture, ALL, name), ==, rest);
}

static void
step(Fixture *fixture)
{
  g_autoptr(optreg_error) error = NULL;

  g_assert_cmpint(optreg_optimizer_step(fixture->optimizer, &error), ==,
                  OPTREG_STEP_APPLIED);
  assert_no_error(error);
}

static void
assert_moved(Fixture *fixture, double half, double own, double rest)
{
  memset(fixture->values, 0, sizeof fixture->values);
  step(fixture);
  g_assert_cmpfloat(fixture->values[HALF], ==, (float)-half);
  g_assert_cmpfloat(fixture->values[OWN], ==, (float)-own);
  g_assert_cmpfloat(fixture->values[REST], ==, (float)-rest);
}

/* ---- where a value counts ---- */

static void
test_a_value_counts_in_its_group_from_the_next_step_on(void)
{
  g_auto(Fixture) fixture;
  fixture_init(&fixture, sgd, true);

  assert_values(&fixture, "momentum", 0.5, 0.0, 0.5);
  assert_moved(&fixture, 0.0625, 0.0625, 0.125);
  set(&fixture, HALF, "momentum", 0.25);
  assert_values(&fixture, "momentum", 0.25, 0.0, 0.5);
  /* the last updates times the momentum, and the next */
  assert_moved(&fixture, 0.0625 * 0.25 + 0.0625, 0.0625, 0.125 * 0.5 + 0.125);
}

static void
test_before_build_it_is_set_in_the_same_way(void)
{
  g_auto(Fixture) fixture;
  g_autoptr(optreg_error) error = NULL;
  fixture_init(&fixture, sgd, false);

  set(&fixture, OWN, "momentum", 0.5);
  set(&fixture, REST, "learning_rate", 0.25);
  assert_values(&fixture, "momentum", 0.5, 0.5, 0.5);
  assert_values(&fixture, "learning_rate", 0.0625, 0.0625, 0.25);
  optreg_optimizer_build(fixture.optimizer, &error);
  assert_no_error(error);
  assert_moved(&fixture, 0.0625, 0.0625, 0.25);
  assert_moved(&fixture, 0.0625 * 1.5, 0.0625 * 1.5, 0.25 * 1.5);
}

static void
test_the_whole_model_is_every_group(void)
{
  g_auto(Fixture) fixture;
  fixture_init(&fixture, sgd, true);

  set(&fixture, ALL, "learning_rate", 1.0);
  assert_values(&fixture, "learning_rate", 0.5, 1.0, 1.0);
  assert_moved(&fixture, 0.5, 1.0, 1.0);
  /* it has left the own rate its own, and the other not */
  g_assert_true(optreg_optimizer_set_learning_rate(fixture.optimizer, 2.0, NULL));
  assert_values(&fixture, "learning_rate", 1.0, 1.0, 2.0);
}

static void
test_a_rate_that_is_set_for_a_group_is_its_own(void)
{
  g_auto(Fixture) fixture;
  fixture_init(&fixture, sgd, true);

  set(&fixture, HALF, "learning_rate", 0.5);
  assert_values(&fixture, "learning_rate", 0.25, 0.0625, 0.125);
  g_assert_true(optreg_optimizer_set_learning_rate(fixture.optimizer, 2.0, NULL));
  assert_values(&fixture, "learning_rate", 0.25, 0.0625, 2.0);
  g_assert_cmpfloat(optreg_optimizer_learning_rate(fixture.optimizer), ==, 2.0);
  /* that of the default group is the model's */
  set(&fixture, REST, "learning_rate", 1.0);
  g_assert_cmpfloat(optreg_optimizer_learning_rate(fixture.optimizer), ==, 1.0);
  g_assert_true(optreg_optimizer_set_learning_rate(fixture.optimizer, 2.0, NULL));
  assert_values(&fixture, "learning_rate", 0.25, 0.0625, 2.0);
}

static void
test_minus_zero_is_zero(void)
{
  g_auto(Fixture) fixture;
  fixture_init(&fixture, sgd, true);

  set(&fixture, ALL, "momentum", -0.0);
  g_assert_cmpint(signbit(get(&fixture, REST, "momentum")), ==, 0);
}

static void
test_groups_of_another_optimizer_are_passed_over(void)
{
  g_auto(Fixture) fixture;
  fixture_init(&fixture,
               "optimizer: sgd\n"
               "momentum: 0.5\n"
               "groups:\n"
               "- match: [half]\n"
               "  optimizer: adam\n"
               "- match: [own]\n"
               "  momentum: 0.25\n",
               true);

  g_assert_true(isnan(get(&fixture, HALF, "momentum")));
  set(&fixture, ALL, "momentum", 0.75);
  g_assert_cmpfloat(get(&fixture, OWN, "momentum"), ==, 0.75);
  g_assert_cmpfloat(get(&fixture, REST, "momentum"), ==, 0.75);
  set(&fixture, ALL, "epsilon", 0.5);
  g_assert_cmpfloat(get(&fixture, HALF, "epsilon"), ==, 0.5);
  set(&fixture, ALL, "learning_rate", 0.25);
  g_assert_cmpfloat(get(&fixture, HALF, "learning_rate"), ==, 0.25);
  g_assert_cmpfloat(get(&fixture, REST, "learning_rate"), ==, 0.25);
  assert_refused(
      &fixture, HALF, "momentum", 0.5, OPTREG_ERROR_ARGUMENT,
      "optimizer 'adam' has no hyperparameter of that name: see optreg info");
  step(&fixture);
}

/* ---- what the getter tells ---- */

static void
test_the_getter_follows_schedules(void)
{
  g_auto(Fixture) fixture;
  fixture_init(&fixture,
               "optimizer: sgd\n"
               "learning_rate: {schedule: exponential_decay, initial_learning_rate: 1, "
               "decay_steps: 1, decay_rate: 0.5}\n"
               "groups:\n"
               "- match: [half]\n"
               "  learning_rate_multiplier: 0.5\n"
               "- match: [own]\n"
               "  learning_rate: 0.0625\n",
               true);

  assert_values(&fixture, "learning_rate", 0.5, 0.0625, 1.0);
  assert_moved(&fixture, 0.5, 0.0625, 1.0);
  assert_values(&fixture, "learning_rate", 0.25, 0.0625, 0.5);
  assert_moved(&fixture, 0.25, 0.0625, 0.5);
}

static void
test_what_is_not_there_is_nan(void)
{
  g_auto(Fixture) fixture;
  fixture_init(&fixture, sgd, true);

  g_assert_true(isnan(get(&fixture, REST, "rho")));
  g_assert_true(isnan(get(&fixture, N_GROUPS, "momentum")));
}

/* ---- what is refused ---- */

static void
test_what_yaml_refuses_is_refused(void)
{
  const optreg_error_code code = OPTREG_ERROR_ARGUMENT;
  g_auto(Fixture) fixture, open;
  fixture_init(&fixture, sgd, true);
  fixture_init(&open, sgd, false);
  Fixture *const both[] = { &fixture, &open };

  for (size_t i = 0; i < G_N_ELEMENTS(both); i++) {
    assert_refused(both[i], ALL, "momentum", 1.5, code,
                   "momentum: 1.5 is out of range, permitted is [0, 1]");
    assert_refused(both[i], OWN, "momentum", -0.5, code,
                   "momentum: -0.5 is out of range, permitted is [0, 1]");
    assert_refused(both[i], ALL, "momentum", (double)NAN, code,
                   "momentum: nan is out of range, permitted is [0, 1]");
    assert_refused(both[i], REST, "learning_rate", (double)INFINITY, code,
                   "learning_rate: inf is out of range, permitted is [0, inf)");
    assert_refused(both[i], ALL, "nesterov", 1.0, code,
                   "nesterov cannot change between steps: write it into the "
                   "configuration");
    assert_refused(both[i], ALL, "momentun", 0.5, code,
                   "optimizer 'sgd' has no hyperparameter of that name: did you mean "
                   "'momentum'?");
    assert_refused(both[i], 3, "momentum", 0.5, code,
                   "there is no group 3: the optimizer has 3");
  }
}

static void
test_what_a_type_cannot_hold_is_refused(void)
{
  static const char message[] =
      "learning_rate: 1e39 is beyond f32, the type of parameter 'own', which ends at "
      "3.40282e38; nothing was changed";
  g_auto(Fixture) fixture;
  fixture_init(&fixture, sgd, true);

  assert_refused(&fixture, OWN, "learning_rate", 1e39, OPTREG_ERROR_ARGUMENT, message);
  /* times 0.5 it fits the first group, and no other */
  assert_refused(&fixture, ALL, "learning_rate", 5e38, OPTREG_ERROR_ARGUMENT,
                 "learning_rate: 5e38 is beyond f32, the type of parameter 'own', "
                 "which ends at 3.40282e38; nothing was changed");
  set(&fixture, HALF, "learning_rate", 5e38);
}

static void
test_nothing_replaces_a_schedule(void)
{
  g_auto(Fixture) fixture;
  fixture_init(&fixture,
               "optimizer: sgd\n"
               "momentum: 0.5\n"
               "groups:\n"
               "- match: [half]\n"
               "  learning_rate: 0.5\n"
               "- match: [own]\n"
               "  momentum: {schedule: constant, value: 0.5}\n",
               true);

  for (size_t i = 0; i < 2; i++) {
    assert_refused(&fixture, i == 0 ? OWN : ALL, "momentum", 0.25,
                   OPTREG_ERROR_ARGUMENT,
                   "momentum follows a schedule in groups[1]: write a number into the "
                   "configuration to set it");
  }
  set(&fixture, HALF, "momentum", 0.25);
  assert_values(&fixture, "momentum", 0.25, 0.5, 0.5);
}

static double
give_one(void *context)
{
  (void)context;
  return 1.0;
}

static void
test_while_there_is_a_function_only_own_rates_are_set(void)
{
  static const char message[] = "the learning rate comes from the application's "
                                "function: set that to NULL first";
  g_auto(Fixture) fixture;
  fixture_init(&fixture, sgd, true);
  g_assert_true(optreg_optimizer_set_learning_rate_function(fixture.optimizer, give_one,
                                                            NULL, NULL));

  assert_refused(&fixture, HALF, "learning_rate", 0.5, OPTREG_ERROR_STATE, message);
  assert_refused(&fixture, REST, "learning_rate", 0.5, OPTREG_ERROR_STATE, message);
  assert_refused(&fixture, ALL, "learning_rate", 0.5, OPTREG_ERROR_STATE, message);
  set(&fixture, OWN, "learning_rate", 0.25);
  set(&fixture, ALL, "momentum", 0.0);
  assert_moved(&fixture, 0.5, 0.25, 1.0);
}

/* a slot is there or not from build on */
static void
test_what_has_no_slot_stays_off(void)
{
  static const char message[] =
      "momentum was 0 in groups[1] when the optimizer was built, so that there is no "
      "slot 'momentum': set it before build";
  g_auto(Fixture) fixture;
  fixture_init(&fixture, sgd, true);

  assert_refused(&fixture, OWN, "momentum", 0.5, OPTREG_ERROR_ARGUMENT, message);
  assert_refused(&fixture, ALL, "momentum", 0.5, OPTREG_ERROR_ARGUMENT, message);
  set(&fixture, ALL, "momentum", 0.0);
  set(&fixture, REST, "momentum", 0.5);
  assert_moved(&fixture, 0.0625, 0.0625, 0.125);
}

/* ---- checkpoints ---- */

static void
test_a_load_leaves_values_as_they_are_and_tells_of_them(void)
{
  g_auto(Fixture) from, to;
  const optreg_difference *differences;
  size_t size;
  fixture_init(&from, sgd, true);
  fixture_init(&to, sgd, true);
  set(&from, REST, "momentum", 0.25);
  set(&from, HALF, "momentum", 0.75);
  set(&from, OWN, "learning_rate", 0.5);
  void *bytes = optreg_optimizer_save_to_memory(from.optimizer, NULL, &size, NULL);

  g_assert_true(
      optreg_optimizer_load_from_memory(to.optimizer, bytes, size, NULL, NULL));
  assert_values(&to, "momentum", 0.5, 0.0, 0.5);
  g_assert_cmpuint(optreg_optimizer_load_report(to.optimizer, &differences), ==, 3);
  g_assert_cmpstr(differences[0].text, ==,
                  "groups[1].learning_rate is 0.5 in the checkpoint; 0.0625 counts");
  g_assert_cmpstr(differences[1].text, ==,
                  "momentum is 0.25 in the checkpoint; 0.5 counts");
  g_assert_cmpstr(differences[2].text, ==,
                  "groups[0].momentum is 0.75 in the checkpoint and not set here");
  g_assert_true(
      optreg_optimizer_load_from_memory(from.optimizer, bytes, size, NULL, NULL));
  assert_values(&from, "momentum", 0.75, 0.0, 0.25);
  g_assert_cmpuint(optreg_optimizer_load_report(from.optimizer, NULL), ==, 0);
  optreg_memory_free(bytes);
}

int
main(int argc, char **argv)
{
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/hyperparameters/set/one-group",
                  test_a_value_counts_in_its_group_from_the_next_step_on);
  g_test_add_func("/hyperparameters/set/before-build",
                  test_before_build_it_is_set_in_the_same_way);
  g_test_add_func("/hyperparameters/set/whole-model",
                  test_the_whole_model_is_every_group);
  g_test_add_func("/hyperparameters/set/own-rate",
                  test_a_rate_that_is_set_for_a_group_is_its_own);
  g_test_add_func("/hyperparameters/set/minus-zero", test_minus_zero_is_zero);
  g_test_add_func("/hyperparameters/set/several-optimizers",
                  test_groups_of_another_optimizer_are_passed_over);
  g_test_add_func("/hyperparameters/get/schedules", test_the_getter_follows_schedules);
  g_test_add_func("/hyperparameters/get/nothing", test_what_is_not_there_is_nan);
  g_test_add_func("/hyperparameters/refuse/values", test_what_yaml_refuses_is_refused);
  g_test_add_func("/hyperparameters/refuse/types",
                  test_what_a_type_cannot_hold_is_refused);
  g_test_add_func("/hyperparameters/refuse/schedules",
                  test_nothing_replaces_a_schedule);
  g_test_add_func("/hyperparameters/refuse/function",
                  test_while_there_is_a_function_only_own_rates_are_set);
  g_test_add_func("/hyperparameters/refuse/absent-slots",
                  test_what_has_no_slot_stays_off);
  g_test_add_func("/hyperparameters/load",
                  test_a_load_leaves_values_as_they_are_and_tells_of_them);
  return g_test_run();
}
