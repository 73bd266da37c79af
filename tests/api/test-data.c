/* SPDX-License-Identifier: MIT */
/* Parameters that move in memory: training goes on, and what they run into is found. */
#include "trees.h"

#include <string.h>

#define N 40 /* elements of each parameter, more than a tile of 16 */

/* two parameters in an arena of four places, with gradients of their own */
typedef struct Fixture {
  optreg_optimizer *optimizer;
  _Alignas(8) float arena[4][N];
  float gradients[2][N];
} Fixture;

static void
fixture_init(Fixture *fixture, const char *yaml)
{
  static const char *const names[] = { "a", "b" };
  const uint64_t n = N;
  g_autoptr(optreg_error) error = NULL;

  memset(fixture, 0, sizeof *fixture);
  fixture->optimizer = optimizer_from_text(yaml);
  for (size_t i = 0; i < 2; i++) {
    for (size_t k = 0; k < N; k++) {
      fixture->arena[i][k] = (float)(i * N + k) / 8.0f;
      fixture->gradients[i][k] = (float)k - 20.5f;
    }
    optreg_optimizer_add_parameter(fixture->optimizer, names[i], OPTREG_F32, &n, 1,
                                   fixture->arena[i], fixture->gradients[i], &error);
  }
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
tell(Fixture *fixture, size_t index, size_t place)
{
  g_autoptr(optreg_error) error = NULL;

  optreg_optimizer_set_data(fixture->optimizer, index, fixture->arena[place], &error);
  assert_no_error(error);
}

static void
move(Fixture *fixture, size_t index, size_t from, size_t to)
{
  memcpy(fixture->arena[to], fixture->arena[from], sizeof fixture->arena[to]);
  memset(fixture->arena[from], 0x55, sizeof fixture->arena[from]);
  tell(fixture, index, to);
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
assert_step_is_refused(Fixture *fixture, const char *message)
{
  float before[4][N];

  memcpy(before, fixture->arena, sizeof before);
  for (int i = 0; i < 2; i++) {
    g_autoptr(optreg_error) error = NULL;
    g_assert_cmpint(optreg_optimizer_step(fixture->optimizer, &error), ==,
                    OPTREG_STEP_ERROR);
    g_assert_cmpint(error->code, ==, OPTREG_ERROR_ARGUMENT);
    g_assert_cmpstr(error->message, ==, message);
  }
  g_assert_cmpmem(before, sizeof before, fixture->arena, sizeof before);
}

static const char *const configs[] = {
  "optimizer: adam\nweight_decay: 0.125\nglobal_clipnorm: 1\n",
  "optimizer: adam\nuse_ema: true\nema_overwrite_frequency: 2\n",
  "optimizer: sgd\nmomentum: 0.5\ngradient_accumulation_steps: 1\n",
  "optimizer: test_schedulefree\n",
  "optimizer: test_shampoo\n",
};

static void
test_training_goes_on_where_they_have_moved(gconstpointer yaml)
{
  g_auto(Fixture) still, moving;
  const float *view;
  fixture_init(&still, yaml);
  fixture_init(&moving, yaml);

  for (int i = 0; i < 3; i++) {
    step(&still);
    step(&moving);
  }
  move(&moving, 0, 0, 3);
  move(&moving, 1, 1, 0); /* where the other was */
  for (int i = 0; i < 3; i++) {
    step(&still);
    step(&moving);
  }
  g_assert_cmpmem(still.arena[0], sizeof still.arena[0], moving.arena[3],
                  sizeof moving.arena[3]);
  g_assert_cmpmem(still.arena[1], sizeof still.arena[1], moving.arena[0],
                  sizeof moving.arena[0]);
  for (size_t k = 0; k < N; k++) { /* nothing is written where they were */
    g_assert_cmpint(((const uint32_t *)(const void *)moving.arena[1])[k], ==,
                    0x55555555);
  }
  view = optreg_optimizer_eval_view(still.optimizer, 0, NULL);
  g_assert_cmpmem(view, sizeof still.arena[0],
                  optreg_optimizer_eval_view(moving.optimizer, 0, NULL),
                  sizeof still.arena[0]);
  g_assert_true(optreg_optimizer_finalize(still.optimizer, NULL));
  g_assert_true(optreg_optimizer_finalize(moving.optimizer, NULL));
  g_assert_cmpmem(still.arena[0], sizeof still.arena[0], moving.arena[3],
                  sizeof moving.arena[3]);
}

static void
test_parameters_may_trade_places(void)
{
  g_auto(Fixture) still, moving;
  float a[N];
  fixture_init(&still, "optimizer: sgd\nmomentum: 0.5\n");
  fixture_init(&moving, "optimizer: sgd\nmomentum: 0.5\n");
  step(&still);
  step(&moving);

  memcpy(a, moving.arena[0], sizeof a);
  memcpy(moving.arena[0], moving.arena[1], sizeof a);
  memcpy(moving.arena[1], a, sizeof a);
  tell(&moving, 0, 1);
  tell(&moving, 1, 0);
  step(&still);
  step(&moving);
  g_assert_cmpmem(still.arena[0], sizeof a, moving.arena[1], sizeof a);
  g_assert_cmpmem(still.arena[1], sizeof a, moving.arena[0], sizeof a);
}

static void
test_before_build_it_may_move_too(void)
{
  g_autoptr(optreg_optimizer)
      optimizer = optimizer_from_text("optimizer: sgd\nlearning_rate: 0.5\n");
  float before = 1.0f, after = 1.0f, gradient = 1.0f;

  optreg_optimizer_add_parameter(optimizer, "a", OPTREG_F32, NULL, 0, &before,
                                 &gradient, NULL);
  g_assert_true(optreg_optimizer_set_data(optimizer, 0, &after, NULL));
  g_assert_true(optreg_optimizer_build(optimizer, NULL));
  optreg_optimizer_step(optimizer, NULL);
  g_assert_cmpfloat(before, ==, 1.0f);
  g_assert_cmpfloat(after, ==, 0.5f);
}

/* ---- what is refused ---- */

static void
test_parameters_that_meet_are_refused_by_the_step(void)
{
  g_auto(Fixture) fixture;
  g_autoptr(optreg_error) error = NULL;
  fixture_init(&fixture, "optimizer: sgd\nuse_ema: true\n");

  tell(&fixture, 0, 1);
  assert_step_is_refused(&fixture,
                         "parameters 'a' and 'b' share memory: add tied weights once, "
                         "with the sum of their gradients");
  g_assert_false(optreg_optimizer_finalize(fixture.optimizer, &error));
  g_assert_cmpint(error->code, ==, OPTREG_ERROR_ARGUMENT);
  tell(&fixture, 0, 0);
  step(&fixture);
}

static void
test_a_gradient_that_a_parameter_meets_is_refused_by_the_step(void)
{
  g_auto(Fixture) fixture;
  fixture_init(&fixture, "optimizer: sgd\n");

  g_assert_true(
      optreg_optimizer_set_gradient(fixture.optimizer, 0, fixture.arena[2], NULL));
  tell(&fixture, 1, 2);
  assert_step_is_refused(&fixture,
                         "the gradient of parameter 'a' and parameter 'b' share "
                         "memory: give the gradient memory of its own");
  g_assert_true(
      optreg_optimizer_set_gradient(fixture.optimizer, 0, fixture.gradients[0], NULL));
  step(&fixture);
}

/* a gradient that comes between the move and the step */
static void
test_a_gradient_may_take_the_old_place(void)
{
  g_auto(Fixture) fixture;
  fixture_init(&fixture, "optimizer: sgd\n");

  move(&fixture, 1, 1, 3);
  memset(fixture.arena[1], 0, sizeof fixture.arena[1]);
  g_assert_true(
      optreg_optimizer_set_gradient(fixture.optimizer, 0, fixture.arena[1], NULL));
  step(&fixture);
}

static void
assert_refused(Fixture *fixture, size_t index, void *data, const char *message)
{
  g_autoptr(optreg_error) error = NULL;

  g_assert_false(optreg_optimizer_set_data(fixture->optimizer, index, data, &error));
  g_assert_cmpint(error->code, ==, OPTREG_ERROR_ARGUMENT);
  g_assert_cmpstr(error->message, ==, message);
  step(fixture);
}

static void
test_no_place_at_all_is_refused(void)
{
  g_auto(Fixture) fixture;
  fixture_init(&fixture, "optimizer: sgd\n");

  assert_refused(&fixture, 0, NULL, "parameter 'a': data is NULL");
  assert_refused(&fixture, 1, (char *)fixture.arena[2] + 2,
                 "parameter 'b': data must be aligned to 4 bytes, the size of f32");
  assert_refused(&fixture, 1, (void *)(UINTPTR_MAX - 3),
                 "parameter 'b': data and its shape reach beyond the end of memory");
  assert_refused(&fixture, 2, fixture.arena[2],
                 "there is no parameter 2: the model has 2");
}

int
main(int argc, char **argv)
{
  g_test_init(&argc, &argv, NULL);
  for (size_t i = 0; i < G_N_ELEMENTS(configs); i++) {
    g_autofree char *path = g_strdup_printf("/data/moves/goes-on/%zu", i);
    g_test_add_data_func(path, configs[i], test_training_goes_on_where_they_have_moved);
  }
  g_test_add_func("/data/moves/trading-places", test_parameters_may_trade_places);
  g_test_add_func("/data/moves/before-build", test_before_build_it_may_move_too);
  g_test_add_func("/data/moves/a-gradient-follows",
                  test_a_gradient_may_take_the_old_place);
  g_test_add_func("/data/refuse/parameters-that-meet",
                  test_parameters_that_meet_are_refused_by_the_step);
  g_test_add_func("/data/refuse/a-gradient-that-is-met",
                  test_a_gradient_that_a_parameter_meets_is_refused_by_the_step);
  g_test_add_func("/data/refuse/no-place", test_no_place_at_all_is_refused);
  return g_test_run();
}
