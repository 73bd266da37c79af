/* SPDX-License-Identifier: MIT */
/* What the ABI promises around the kernels: failures, reductions, slots, finalize. */
#include "trees.h"

#include <string.h>

/* Two tensors, "a" of shape [3, 5] and "b" of shape [4], with fixed numbers. */
typedef struct Fixture {
  optreg_optimizer *optimizer;
  float a[15], b[4], a_gradient[15], b_gradient[4];
} Fixture;

static void
fixture_init(Fixture *fixture, const char *yaml)
{
  const uint64_t a_shape[] = { 3, 5 }, b_shape[] = { 4 };
  for (int i = 0; i < 15; i++) {
    fixture->a[i] = 1.0f - 0.125f * (float)i;
    fixture->a_gradient[i] = 0.25f + 0.5f * (float)(i % 3);
  }
  for (int i = 0; i < 4; i++) {
    fixture->b[i] = 0.5f * (float)i;
    fixture->b_gradient[i] = -0.25f;
  }
  fixture->optimizer = optimizer_from_text(yaml);
  optreg_optimizer_add_parameter(fixture->optimizer, "a", OPTREG_F32, a_shape, 2,
                                 fixture->a, fixture->a_gradient, NULL);
  optreg_optimizer_add_parameter(fixture->optimizer, "b", OPTREG_F32, b_shape, 1,
                                 fixture->b, fixture->b_gradient, NULL);
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
fixture_clear(Fixture *fixture)
{
  optreg_optimizer_free(fixture->optimizer);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Fixture, fixture_clear)

static void
fixture_step(Fixture *fixture)
{
  g_autoptr(optreg_error) error = NULL;
  optreg_optimizer_step(fixture->optimizer, &error);
  assert_no_error(error);
}

static void
assert_step_fails(Fixture *fixture, optreg_error_code code, const char *message)
{
  g_autoptr(optreg_error) error = NULL;
  g_assert_cmpint(optreg_optimizer_step(fixture->optimizer, &error), ==,
                  OPTREG_STEP_ERROR);
  g_assert_nonnull(error);
  g_test_message("%s", error->message);
  g_assert_cmpint(error->code, ==, code);
  g_assert_nonnull(strstr(error->message, message));
}

static const float *
state_of(const Fixture *fixture, size_t index, const char *role, uint64_t expected_n)
{
  uint64_t n = 0;
  const float *state = optreg_optimizer_state(fixture->optimizer, index, role, &n);
  g_assert_nonnull(state);
  g_assert_cmpuint(n, ==, expected_n);
  return state;
}

/* ---- failures ---- */

/* the groups are asked in turn; one configuration for each place of the failing one */
static const char *const begin_step_fails_in_group[] = {
  "optimizer: test_fail\nfail_in: begin_step\n"
  "groups:\n  - match: [a]\n    fail_in: nowhere\n",
  "optimizer: test_fail\n"
  "groups:\n  - match: [a]\n    fail_in: begin_step\n",
};

static void
test_failed_begin_step_changes_nothing(gconstpointer yaml)
{
  g_auto(Fixture) fixture = { 0 };
  fixture_build(&fixture, yaml);
  fixture_step(&fixture);
  const Fixture before = fixture;

  optreg_optimizer_set_learning_rate(fixture.optimizer, 0.0, NULL);
  assert_step_fails(&fixture, OPTREG_ERROR_PLUGIN, "begin_step was told to fail");
  g_assert_cmpmem(fixture.a, sizeof fixture.a, before.a, sizeof before.a);
  g_assert_cmpfloat(state_of(&fixture, 0, "count", 15)[0], ==, 1.0f);
  g_assert_cmpuint(optreg_optimizer_last_step(fixture.optimizer)->step, ==, 1);

  /* counters of group and model that were restored are 2 now, not 3 */
  optreg_optimizer_set_learning_rate(fixture.optimizer, 0.5, NULL);
  fixture_step(&fixture);
  g_assert_cmpfloat(fixture.a[0], ==, before.a[0] - 0.5f / 4.0f * before.a_gradient[0]);
  g_assert_cmpfloat(fixture.b[0], ==, before.b[0] - 0.5f / 4.0f * before.b_gradient[0]);
}

static void
test_model_slots_advance_once_a_step(void)
{
  g_auto(Fixture) fixture = { 0 };
  fixture_build(&fixture,
                "optimizer: test_fail\n"
                "groups:\n  - match: [b]\n    learning_rate_multiplier: 0.5\n");
  const Fixture before = fixture;
  fixture_step(&fixture);
  fixture_step(&fixture);
  g_assert_cmpfloat(before.a[0] - fixture.a[0], ==,
                    0.5f * before.a_gradient[0] * 1.25f);
  g_assert_cmpfloat(before.b[0] - fixture.b[0], ==,
                    0.25f * before.b_gradient[0] * 1.25f);
}

static void
test_failed_kernel_breaks_the_optimizer(void)
{
  g_auto(Fixture) fixture = { 0 };
  fixture_build(&fixture, "optimizer: test_fail\nfail_in: update\n");
  fixture_step(&fixture);
  optreg_optimizer_set_learning_rate(fixture.optimizer, 0.0, NULL);
  assert_step_fails(&fixture, OPTREG_ERROR_PLUGIN, "update was told to fail");
  assert_step_fails(&fixture, OPTREG_ERROR_STATE, "broken");
}

static void
test_failed_kernel_says_that_the_optimizer_is_broken(void)
{
  g_auto(Fixture) fixture = { 0 };
  fixture_build(&fixture, "optimizer: test_fail\nfail_in: update\nlearning_rate: 0\n");
  assert_step_fails(&fixture, OPTREG_ERROR_PLUGIN, "broken");
}

static void
assert_build_fails(const char *yaml, const char *message, const char *name)
{
  g_auto(Fixture) fixture = { 0 };
  g_autoptr(optreg_error) error = NULL;
  fixture_init(&fixture, yaml);
  g_assert_false(optreg_optimizer_build(fixture.optimizer, &error));
  g_test_message("%s", error->message);
  g_assert_cmpint(error->code, ==, OPTREG_ERROR_PLUGIN);
  g_assert_nonnull(strstr(error->message, message));
  g_assert_nonnull(strstr(error->message, name));
}

static void
test_failed_build_names_the_optimizer(void)
{
  assert_build_fails("optimizer: test_fail\nfail_in: build\n", "build was told to fail",
                     "test_fail");
}

static void
test_failed_build_tensor_names_the_parameter(void)
{
  assert_build_fails("optimizer: test_fail\n"
                     "groups:\n  - match: [b]\n    fail_in: build_tensor\n",
                     "build_tensor was told to fail", "'b'");
}

static void
test_failed_finalize_is_reported(void)
{
  g_auto(Fixture) fixture = { 0 };
  g_autoptr(optreg_error) error = NULL;
  fixture_build(&fixture, "optimizer: test_fail\nfail_in: finalize\n");
  const Fixture before = fixture;
  g_assert_false(optreg_optimizer_finalize(fixture.optimizer, &error));
  g_assert_cmpint(error->code, ==, OPTREG_ERROR_PLUGIN);
  g_assert_nonnull(strstr(error->message, "finalize was told to fail"));
  g_assert_cmpmem(fixture.a, sizeof fixture.a, before.a, sizeof before.a);
}

/* ---- the plan ---- */

static void
assert_step_sweeps(const char *yaml, const char *expected)
{
  g_auto(Fixture) fixture = { 0 };
  const optreg_sweep_info *sweeps = NULL;
  g_autoptr(GString) names = g_string_new(NULL);
  fixture_build(&fixture, yaml);
  const size_t n = optreg_optimizer_sweeps(fixture.optimizer, &sweeps);
  for (size_t i = 0; i < n; i++) {
    if (g_str_equal(sweeps[i].call, "step")) {
      g_string_append_printf(names, "%s%s", names->len > 0 ? ", " : "", sweeps[i].name);
    }
  }
  g_assert_cmpstr(names->str, ==, expected);
}

static void
test_a_reduction_adds_a_sweep(void)
{
  assert_step_sweeps("optimizer: test_lamb\nglobal_clipnorm: 1\n",
                     "measure, reduce 0, update");
  assert_step_sweeps("optimizer: test_lamb\nnonfinite: propagate\n",
                     "reduce 0, update");
  assert_step_sweeps("optimizer: test_phases\nglobal_clipnorm: 1\n",
                     "measure, reduce 0, reduce 1, update");
  assert_step_sweeps("optimizer: test_adam\nglobal_clipnorm: 1\n", "measure, update");
  assert_step_sweeps("optimizer: test_adam\nnonfinite: propagate\n", "update");
}

/* ---- slots ---- */

static void
test_a_slot_starts_at_its_groups_hyperparameter(void)
{
  g_auto(Fixture) fixture = { 0 };
  fixture_build(&fixture,
                "optimizer: test_adagrad\ninitial_accumulator_value: 0.5\n"
                "groups:\n  - match: [b]\n    initial_accumulator_value: 2\n");
  g_assert_cmpfloat(state_of(&fixture, 0, "sum_of_squares", 15)[14], ==, 0.5f);
  g_assert_cmpfloat(state_of(&fixture, 1, "sum_of_squares", 4)[3], ==, 2.0f);
}

static void
test_a_slot_starts_as_a_copy_of_the_parameter(void)
{
  g_auto(Fixture) fixture = { 0 };
  fixture_build(&fixture, "optimizer: test_schedulefree\n");
  g_assert_cmpmem(state_of(&fixture, 0, "momentum", 15), sizeof fixture.a, fixture.a,
                  sizeof fixture.a);
}

static void
test_changed_parameters_are_copied_again_before_the_first_update(void)
{
  g_auto(Fixture) fixture = { 0 };
  g_autoptr(optreg_error) error = NULL;
  fixture_build(&fixture, "optimizer: test_schedulefree\n");
  fixture.a[7] = 42.0f;
  optreg_optimizer_parameters_changed(fixture.optimizer, &error);
  assert_no_error(error);
  g_assert_cmpfloat(state_of(&fixture, 0, "momentum", 15)[7], ==, 42.0f);

  fixture_step(&fixture);
  const float point = state_of(&fixture, 0, "momentum", 15)[7];
  fixture.a[7] = 11.0f;
  optreg_optimizer_parameters_changed(fixture.optimizer, &error);
  g_assert_cmpfloat(state_of(&fixture, 0, "momentum", 15)[7], ==, point);
}

static void
test_build_tensor_chooses_shapes(void)
{
  g_auto(Fixture) fixture = { 0 };
  fixture_build(&fixture, "optimizer: test_adafactor\n");
  state_of(&fixture, 0, "r", 3);
  state_of(&fixture, 0, "c", 5);
  g_assert_null(optreg_optimizer_state(fixture.optimizer, 0, "velocity", NULL));
  state_of(&fixture, 1, "velocity", 4);
  g_assert_null(optreg_optimizer_state(fixture.optimizer, 1, "r", NULL));
  g_assert_null(optreg_optimizer_state(fixture.optimizer, 1, "c", NULL));
}

static void
test_square_slots_hold_products(void)
{
  g_auto(Fixture) fixture = { 0 };
  fixture_build(&fixture, "optimizer: test_shampoo\n");
  fixture_step(&fixture);
  const float *g = fixture.a_gradient;
  const float *left = state_of(&fixture, 0, "left", 9);
  const float *right = state_of(&fixture, 0, "right", 25);
  float rows_0_and_2 = 0.0f, columns_4_and_1 = 0.0f;
  for (int k = 0; k < 5; k++) {
    rows_0_and_2 += g[k] * g[10 + k];
  }
  for (int k = 0; k < 3; k++) {
    columns_4_and_1 += g[5 * k + 4] * g[5 * k + 1];
  }
  g_assert_cmpfloat(left[2], ==, rows_0_and_2);
  g_assert_cmpfloat(right[4 * 5 + 1], ==, columns_4_and_1);
  g_assert_cmpfloat(state_of(&fixture, 0, "count", 1)[0], ==, 1.0f);
  g_assert_cmpfloat(state_of(&fixture, 1, "count", 1)[0], ==, 1.0f);
}

/* ---- options ---- */

static void
test_a_plugin_sets_the_default_of_weight_decay(void)
{
  g_autoptr(optreg_optimizer)
      optimizer = optimizer_from_text("optimizer: test_shampoo\n");
  const optreg_option_info *options = NULL;
  const size_t n = optreg_optimizer_options(optimizer, &options);
  size_t i = 0;
  while (i < n && !g_str_equal(options[i].name, "weight_decay")) {
    i++;
  }
  g_assert_cmpuint(i, <, n);
  g_assert_cmpstr(options[i].value, ==, "0.01");
  g_assert_cmpstr(options[i].origin, ==, "default of test_shampoo");
}

/* ---- messages ---- */

static void
keep_message(void *context, uint32_t level, const char *message)
{
  g_string_append_printf(context, "%u: %s\n", level, message);
}

static void
test_a_plugins_messages_reach_the_application(void)
{
  g_auto(Fixture) fixture = { 0 };
  g_autoptr(GString) messages = g_string_new(NULL);
  g_autoptr(optreg_error) error = NULL;
  fixture_init(&fixture, "optimizer: test_shampoo\n");
  optreg_optimizer_set_log(fixture.optimizer, keep_message, messages, &error);
  optreg_optimizer_build(fixture.optimizer, &error);
  assert_no_error(error);
  g_assert_cmpstr(messages->str, ==, "1: test_shampoo was built\n");
}

/* ---- configurations ---- */

static void
test_configuration(gconstpointer path)
{
  Fixture fixture = { 0 };
  g_autoptr(optreg_registry) registry = built_plugins();
  g_autoptr(optreg_error) error = NULL;
  const uint64_t shape[] = { 4 };
  g_autoptr(optreg_optimizer)
      optimizer = optreg_optimizer_from_file(registry, path, &error);
  assert_no_error(error);
  optreg_optimizer_add_parameter(optimizer, "dense/bias", OPTREG_F32, shape, 1,
                                 fixture.b, fixture.b_gradient, &error);
  optreg_optimizer_set_total_steps(optimizer, 100, &error);
  optreg_optimizer_build(optimizer, &error);
  assert_no_error(error);
}

static void
test_there_are_configurations(gconstpointer n_files)
{
  g_assert_cmpuint(GPOINTER_TO_UINT(n_files), >=, 5);
}

static void
add_configuration_tests(void)
{
  g_autofree char *directory = source_path("../configs");
  g_autoptr(GDir) files = g_dir_open(directory, 0, NULL);
  const char *name;
  guint n_files = 0;
  while (files != NULL && (name = g_dir_read_name(files)) != NULL) {
    g_autofree char *path = g_strconcat("/configs/builds/", name, NULL);
    if (g_str_has_suffix(name, ".yaml")) {
      n_files++;
      g_test_add_data_func_full(path, g_build_filename(directory, name, NULL),
                                test_configuration, g_free);
    }
  }
  g_test_add_data_func("/configs/are-there", GUINT_TO_POINTER(n_files),
                       test_there_are_configurations);
}

static const struct {
  const char *path;
  void (*run)(void);
} tests[] = {
  { "/slots/of-the-model-advance-once", test_model_slots_advance_once_a_step },
  { "/failure/kernel/breaks-the-optimizer", test_failed_kernel_breaks_the_optimizer },
  { "/failure/kernel/says-so", test_failed_kernel_says_that_the_optimizer_is_broken },
  { "/failure/build/names-the-optimizer", test_failed_build_names_the_optimizer },
  { "/failure/build-tensor/names-the-parameter",
    test_failed_build_tensor_names_the_parameter },
  { "/failure/finalize/is-reported", test_failed_finalize_is_reported },
  { "/plan/a-reduction-adds-a-sweep", test_a_reduction_adds_a_sweep },
  { "/slots/start-at-a-hyperparameter",
    test_a_slot_starts_at_its_groups_hyperparameter },
  { "/slots/start-as-a-copy", test_a_slot_starts_as_a_copy_of_the_parameter },
  { "/slots/are-copied-again",
    test_changed_parameters_are_copied_again_before_the_first_update },
  { "/slots/have-the-shapes-of-build-tensor", test_build_tensor_chooses_shapes },
  { "/slots/square-ones-hold-products", test_square_slots_hold_products },
  { "/messages/reach-the-application", test_a_plugins_messages_reach_the_application },
  { "/options/weight-decay-default-is-the-plugins",
    test_a_plugin_sets_the_default_of_weight_decay },
};

/* ---- large tables ---- */

/* all numbers are small and whole, so that the order of sums does not show */
static void
test_tables_of_1024_rows(void)
{
  g_auto(Fixture) fixture = { 0 };
  fixture_init(&fixture, "optimizer: test_many\nr33333: 4\n");
  for (int i = 0; i < 4; i++) {
    fixture.b[i] = 0.0f;
    fixture.b_gradient[i] = (float)(i + 1);
  }
  g_assert_true(optreg_optimizer_build(fixture.optimizer, NULL));
  fixture_step(&fixture);

  for (int i = 0; i < 4; i++) {
    const float gradient = (float)(i + 1), all = 1.0f + 2.0f + 3.0f + 4.0f;
    g_assert_cmpfloat(state_of(&fixture, 1, "r00000", 4)[i], ==, gradient);
    g_assert_cmpfloat(state_of(&fixture, 1, "r33333", 4)[i], ==, 4.0f * gradient);
    g_assert_cmpfloat(fixture.b[i], ==, -(1027.0f * gradient) - 1023.0f * all);
  }
}

int
main(int argc, char **argv)
{
  g_test_init(&argc, &argv, NULL);
  for (size_t i = 0; i < G_N_ELEMENTS(tests); i++) {
    g_test_add_func(tests[i].path, tests[i].run);
  }
  g_test_add_data_func("/failure/begin-step/in-the-last-group",
                       begin_step_fails_in_group[0],
                       test_failed_begin_step_changes_nothing);
  g_test_add_data_func("/failure/begin-step/in-the-first-group",
                       begin_step_fails_in_group[1],
                       test_failed_begin_step_changes_nothing);
  add_configuration_tests();
  g_test_add_func("/facilities/tables/of-1024-rows", test_tables_of_1024_rows);
  return g_test_run();
}
