/* SPDX-License-Identifier: MIT */
/* What an optimizer tells of itself, and the norm of its gradients on request. */
#include "trees.h"

#include <math.h>
#include <string.h>

static void
test_the_name_is_the_registrys(void)
{
  g_autoptr(optreg_optimizer)
      adam = optimizer_from_text("optimizer: adam\nname: mine\n");
  g_autoptr(optreg_optimizer) two =
      optimizer_from_text("optimizer: sgd\ngroups:\n- match: [a]\n  optimizer: adam\n");

  g_assert_cmpstr(optreg_optimizer_name(adam), ==, "adam");
  g_assert_cmpstr(optreg_optimizer_name(two), ==, "sgd");
}

static void
test_the_window_is_a_number(void)
{
  g_autoptr(optreg_optimizer) one = optimizer_from_text("optimizer: sgd\n");
  g_autoptr(optreg_optimizer)
      four = optimizer_from_text("optimizer: sgd\ngradient_accumulation_steps: 4\n");

  g_assert_cmpuint(optreg_optimizer_accumulation_steps(one), ==, 1);
  g_assert_cmpuint(optreg_optimizer_accumulation_steps(four), ==, 4);
}

static const struct {
  const char *path, *yaml;
  const char *group, *name; /* of what waits; NULL: nothing */
} waiting[] = {
  { "no-schedule", "optimizer: sgd\nname: '50%'\n", NULL, NULL },
  { "steps",
    "optimizer: sgd\nlearning_rate: {schedule: exponential_decay, "
    "initial_learning_rate: 1, decay_steps: 10, decay_rate: 0.5}\n",
    NULL, NULL },
  { "percent",
    "optimizer: sgd\nlearning_rate: {schedule: exponential_decay, "
    "initial_learning_rate: 1, decay_steps: 10%, decay_rate: 0.5}\n",
    NULL, "learning_rate" },
  { "percent-in-a-warmup",
    "optimizer: sgd\nlearning_rate: {schedule: warmup, steps: 10%, then: 1}\n", NULL,
    "learning_rate" },
  { "percent-in-a-group",
    "optimizer: sgd\ngroups:\n- match: ['50%']\n  momentum: 0.5\n- match: [w]\n"
    "  momentum: {schedule: linear, initial_value: 0, end_value: 0.5, steps: 10%}\n",
    "groups[1]", "momentum" },
  { "percent-in-a-group-of-another-optimizer",
    "optimizer: sgd\ngroups:\n- match: [w]\n  optimizer: adam\n"
    "  epsilon: {schedule: linear, initial_value: 1, end_value: 0.5, steps: 10%}\n",
    "groups[0]", "epsilon" },
};

static void
test_a_percentage_waits_until_steps_are_told(gconstpointer data)
{
  const size_t i = GPOINTER_TO_SIZE(data);
  const optreg_option_info *option = (const optreg_option_info *)(const void *)"";
  g_autoptr(optreg_optimizer) optimizer = optimizer_from_text(waiting[i].yaml);

  g_assert_cmpint(optreg_optimizer_needs_total_steps(optimizer, &option), ==,
                  waiting[i].name != NULL);
  g_assert_cmpint(optreg_optimizer_needs_total_steps(optimizer, NULL), ==,
                  waiting[i].name != NULL);
  g_assert_true((option != NULL) == (waiting[i].name != NULL));
  if (option != NULL) {
    g_assert_cmpstr(option->name, ==, waiting[i].name);
    g_assert_cmpstr(option->group, ==, waiting[i].group);
  }
  g_assert_true(optreg_optimizer_set_total_steps(optimizer, 100, NULL));
  g_assert_false(optreg_optimizer_needs_total_steps(optimizer, &option));
  g_assert_null(option);
}

/* ---- the norm ---- */

#define N 50

/* two parameters whose gradients are 3 and 4 at one place */
typedef struct Fixture {
  optreg_optimizer *optimizer;
  float w[2][N], g[2][N];
} Fixture;

static void
fixture_init(Fixture *fixture, const char *yaml, bool reports)
{
  const uint64_t n = N;
  g_autoptr(optreg_error) error = NULL;

  memset(fixture, 0, sizeof *fixture);
  fixture->g[0][7] = 3.0f;
  fixture->g[1][N - 1] = -4.0f;
  fixture->optimizer = optimizer_from_text(yaml);
  optreg_optimizer_add_parameter(fixture->optimizer, "a", OPTREG_F32, &n, 1,
                                 fixture->w[0], fixture->g[0], &error);
  optreg_optimizer_add_parameter(fixture->optimizer, "b", OPTREG_F32, &n, 1,
                                 fixture->w[1], fixture->g[1], &error);
  optreg_optimizer_report_gradient_norm(fixture->optimizer, reports, &error);
  optreg_optimizer_build(fixture->optimizer, &error);
  assert_no_error(error);
}

static void
fixture_clear(Fixture *fixture)
{
  optreg_optimizer_free(fixture->optimizer);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Fixture, fixture_clear)

static double
step(Fixture *fixture)
{
  g_autoptr(optreg_error) error = NULL;

  optreg_optimizer_step(fixture->optimizer, &error);
  assert_no_error(error);
  return optreg_optimizer_last_step(fixture->optimizer)->gradient_norm;
}

static const struct {
  const char *path, *yaml;
  double norm;
  bool is_measured_anyway;
} norms[] = {
  { "plain", "optimizer: sgd\n", 5.0, false },
  { "propagate", "optimizer: sgd\nnonfinite: propagate\n", 5.0, false },
  { "several-slots", "optimizer: adam\nuse_ema: true\n", 5.0, false },
  { "reductions", "optimizer: test_lamb\n", 5.0, false },
  { "unscaled", "optimizer: sgd\nloss_scale_factor: 2\n", 2.5, false },
  { "behind-clipvalue", "optimizer: sgd\nclipvalue: 3\n", 0x1.0f876ccdf6cd9p2, false },
  { "before-clipnorm", "optimizer: sgd\nclipnorm: 1\n", 5.0, true },
  { "before-global-clipnorm", "optimizer: sgd\nglobal_clipnorm: 1\n", 5.0, true },
};

static void
test_the_norm_is_reported_on_request(gconstpointer data)
{
  const size_t i = GPOINTER_TO_SIZE(data);
  g_auto(Fixture) asked, other;
  fixture_init(&asked, norms[i].yaml, true);
  fixture_init(&other, norms[i].yaml, false);

  for (int k = 0; k < 3; k++) {
    const double norm = step(&other);
    g_assert_cmpfloat(step(&asked), ==, norms[i].norm);
    g_assert_true(norms[i].is_measured_anyway ? norm == norms[i].norm : isnan(norm));
    g_assert_cmpfloat(optreg_optimizer_last_step(asked.optimizer)->clip_factor, ==,
                      optreg_optimizer_last_step(other.optimizer)->clip_factor);
  }
  g_assert_cmpmem(asked.w, sizeof asked.w, other.w, sizeof other.w);
}

static void
test_the_norm_is_of_the_window(void)
{
  g_auto(Fixture) fixture;
  fixture_init(&fixture, "optimizer: sgd\ngradient_accumulation_steps: 2\n", true);

  g_assert_true(isnan(step(&fixture)));
  fixture.g[0][7] = -3.0f;
  g_assert_cmpfloat(step(&fixture), ==, 4.0);
}

static void
test_a_gradient_that_is_missing_has_no_part_in_the_norm(void)
{
  g_auto(Fixture) fixture;
  fixture_init(&fixture, "optimizer: sgd\n", true);

  g_assert_true(optreg_optimizer_set_gradient(fixture.optimizer, 0, NULL, NULL));
  g_assert_cmpfloat(step(&fixture), ==, 4.0);
}

static void
test_the_last_word_before_build_counts(void)
{
  g_auto(Fixture) fixture;
  g_autoptr(optreg_error) error = NULL;
  fixture_init(&fixture, "optimizer: sgd\n", true);

  g_assert_false(
      optreg_optimizer_report_gradient_norm(fixture.optimizer, false, &error));
  g_assert_cmpint(error->code, ==, OPTREG_ERROR_STATE);
  g_assert_cmpstr(error->message, ==,
                  "the optimizer is built: this call comes before build");
  g_assert_cmpfloat(step(&fixture), ==, 5.0);
}

int
main(int argc, char **argv)
{
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/getters/name", test_the_name_is_the_registrys);
  g_test_add_func("/getters/window", test_the_window_is_a_number);
  for (size_t i = 0; i < G_N_ELEMENTS(waiting); i++) {
    g_autofree char *path = g_strconcat("/getters/total-steps/", waiting[i].path, NULL);
    g_test_add_data_func(path, GSIZE_TO_POINTER(i),
                         test_a_percentage_waits_until_steps_are_told);
  }
  for (size_t i = 0; i < G_N_ELEMENTS(norms); i++) {
    g_autofree char *path = g_strconcat("/getters/norm/", norms[i].path, NULL);
    g_test_add_data_func(path, GSIZE_TO_POINTER(i),
                         test_the_norm_is_reported_on_request);
  }
  g_test_add_func("/getters/norm/of-the-window", test_the_norm_is_of_the_window);
  g_test_add_func("/getters/norm/missing-gradient",
                  test_a_gradient_that_is_missing_has_no_part_in_the_norm);
  g_test_add_func("/getters/norm/set-before-build",
                  test_the_last_word_before_build_counts);
  return g_test_run();
}
