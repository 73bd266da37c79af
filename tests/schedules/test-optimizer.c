/* SPDX-License-Identifier: MIT */
/* Schedules as an application sees them. */
#include "trees.h"

#include <math.h>
#include <string.h>

#define LINE "{schedule: linear, initial_value: 1, end_value: 0, steps: "

static void
test_value(void)
{
  g_autoptr(optreg_optimizer) optimizer = optimizer_from_text(
      "optimizer: adadelta\nrho: 0.9\nlearning_rate: " LINE "4}\ngroups:\n"
      "- {match: a, learning_rate: 0.3}\n- {match: b, learning_rate_multiplier: 10}\n"
      "- {match: c, rho: {schedule: linear, initial_value: 0, end_value: 0.8, steps: "
      "2}}");

  g_assert_cmpfloat(optreg_optimizer_scheduled_value(optimizer, 3, "learning_rate", 1),
                    ==, 0.75);
  g_assert_cmpfloat(optreg_optimizer_scheduled_value(optimizer, 3, "rho", 1), ==, 0.9);
  g_assert_cmpfloat(optreg_optimizer_scheduled_value(optimizer, 0, "learning_rate", 1),
                    ==, 0.3);
  g_assert_cmpfloat(optreg_optimizer_scheduled_value(optimizer, 1, "learning_rate", 1),
                    ==, 7.5);
  g_assert_cmpfloat(optreg_optimizer_scheduled_value(optimizer, 2, "rho", 1), ==, 0.4);
}

static void
test_no_such_value(void)
{
  g_autoptr(optreg_optimizer) optimizer = optimizer_from_text("optimizer: adadelta");

  g_assert_true(isnan(optreg_optimizer_scheduled_value(optimizer, 1, "rho", 0)));
  g_assert_true(isnan(optreg_optimizer_scheduled_value(optimizer, 0, "rhoo", 0)));
}

static void
test_total_steps(void)
{
  g_autoptr(optreg_optimizer) optimizer =
      optimizer_from_text("optimizer: adadelta\nlearning_rate: " LINE "50%}\n"
                          "groups: [{match: a, rho: " LINE "25%}}]");
  optreg_error *error = NULL;

  g_assert_true(
      isnan(optreg_optimizer_scheduled_value(optimizer, 1, "learning_rate", 0)));
  g_assert_true(optreg_optimizer_set_total_steps(optimizer, 8, &error));
  assert_no_error(error);
  g_assert_cmpfloat(optreg_optimizer_scheduled_value(optimizer, 1, "learning_rate", 1),
                    ==, 0.75);
  g_assert_cmpfloat(optreg_optimizer_scheduled_value(optimizer, 0, "rho", 1), ==, 0.5);
  g_assert_cmpfloat(optreg_optimizer_learning_rate(optimizer), ==, 1.0);
}

/* percentages are of what the schedule counts */
static void
test_micro_steps(void)
{
  g_autoptr(optreg_optimizer) optimizer = optimizer_from_text(
      "optimizer: adadelta\ngradient_accumulation_steps: 4\n"
      "learning_rate: " LINE "50%, counter: micro_step}\nrho: " LINE "50%}");

  g_assert_true(optreg_optimizer_set_total_steps(optimizer, 8, NULL));
  g_assert_cmpfloat(optreg_optimizer_scheduled_value(optimizer, 0, "learning_rate", 8),
                    ==, 0.5);
  g_assert_cmpfloat(optreg_optimizer_scheduled_value(optimizer, 0, "rho", 2), ==, 0.5);
}

static void
test_refuse_total_steps(void)
{
  static const uint64_t refused[] = { 0, UINT64_C(1) << 52, UINT64_MAX };
  g_autoptr(optreg_optimizer) optimizer =
      optimizer_from_text("optimizer: adadelta\ngradient_accumulation_steps: 4");

  for (size_t i = 0; i < G_N_ELEMENTS(refused); i++) {
    g_autoptr(optreg_error) error = NULL;
    g_assert_false(optreg_optimizer_set_total_steps(optimizer, refused[i], &error));
    g_assert_cmpint(error->code, ==, OPTREG_ERROR_ARGUMENT);
    g_assert_cmpstr(error->message, ==,
                    "the number of planned steps must be at least 1, and at most 2^53 "
                    "gradients");
  }
}

static void
test_no_build_without_total_steps(void)
{
  g_autoptr(optreg_optimizer) optimizer =
      optimizer_from_text("optimizer: adadelta\nlearning_rate: " LINE "50%}");
  g_autoptr(optreg_error) error = NULL;
  const uint64_t shape[] = { 1 };
  float weight = 0, gradient = 0;

  optreg_optimizer_add_parameter(optimizer, "w", OPTREG_F32, shape, 1, &weight,
                                 &gradient, NULL);
  g_assert_false(optreg_optimizer_build(optimizer, &error));
  g_assert_cmpint(error->code, ==, OPTREG_ERROR_CONFIG);
  g_assert_cmpstr(
      error->message, ==,
      "test.yaml: the schedule of learning_rate has a percentage of the "
      "planned steps: call optreg_optimizer_set_total_steps before build, or "
      "write steps");
  g_assert_true(optreg_optimizer_set_total_steps(optimizer, 8, NULL));
  g_assert_true(optreg_optimizer_build(optimizer, NULL));
}

/* the first schedule could follow, the second cannot: neither does */
static void
test_all_or_none(void)
{
  g_autoptr(optreg_optimizer) optimizer = optimizer_from_text(
      "optimizer: adadelta\nlearning_rate: " LINE "50%}\nrho: " LINE "1%}");
  g_autoptr(optreg_error) error = NULL;

  g_assert_true(optreg_optimizer_set_total_steps(optimizer, 100, NULL));
  g_assert_false(optreg_optimizer_set_total_steps(optimizer, 10, &error));
  g_assert_cmpint(error->code, ==, OPTREG_ERROR_CONFIG);
  g_assert_cmpstr(
      error->message, ==,
      "test.yaml:3:64: steps: 1% of 10 planned steps is less than one step");
  g_assert_cmpfloat(optreg_optimizer_scheduled_value(optimizer, 0, "learning_rate", 5),
                    ==, 0.9);
}

static void
test_listing(void)
{
  const optreg_schedule_info *const *schedules = NULL;
  const size_t n = optreg_schedules(&schedules);

  g_assert_cmpuint(n, ==, 12);
  for (size_t i = 0; i < n; i++) {
    g_assert_nonnull(schedules[i]->doc);
    g_assert_cmpuint(schedules[i]->n_parameters, >, 0);
    for (size_t j = 0; j < schedules[i]->n_parameters; j++) {
      const optreg_schedule_parameter_info *parameter = &schedules[i]->parameters[j];
      g_assert_nonnull(parameter->name);
      g_assert_nonnull(parameter->type);
      g_assert_nonnull(parameter->range);
      g_assert_nonnull(parameter->doc);
    }
  }
}

int
main(int argc, char **argv)
{
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/schedules/optimizer/value-of-each-group", test_value);
  g_test_add_func("/schedules/optimizer/no-such-value", test_no_such_value);
  g_test_add_func("/schedules/optimizer/total-steps", test_total_steps);
  g_test_add_func("/schedules/optimizer/total-micro-steps", test_micro_steps);
  g_test_add_func("/schedules/optimizer/refuse-total-steps", test_refuse_total_steps);
  g_test_add_func("/schedules/optimizer/no-build-without-total-steps",
                  test_no_build_without_total_steps);
  g_test_add_func("/schedules/optimizer/total-steps-all-or-none", test_all_or_none);
  g_test_add_func("/schedules/optimizer/listing", test_listing);
  return g_test_run();
}
