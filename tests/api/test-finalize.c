/* SPDX-License-Identifier: MIT */
/* The weights to deploy: views, finalize, and training that goes on from them. */
#include "trees.h"

#include <fenv.h>
#include <math.h>
#include <string.h>

#define N 37

/* tensors "a" and "b" of N elements, with gradients that follow the weights */
typedef struct Fixture {
  optreg_optimizer *optimizer;
  float a[N], b[N], a_gradient[N], b_gradient[N];
} Fixture;

static const char *const schedulefree =
    "optimizer: test_schedulefree\nlearning_rate: 0.125\n";

static void
fixture_init(Fixture *fixture, const char *yaml)
{
  const uint64_t n = N;

  memset(fixture, 0, sizeof *fixture);
  for (int i = 0; i < N; i++) {
    fixture->a[i] = (float)sin(i + 1.0);
    fixture->b[i] = (float)cos(i + 1.0);
  }
  fixture->optimizer = optimizer_from_text(yaml);
  g_assert_true(optreg_optimizer_add_parameter(fixture->optimizer, "a", OPTREG_F32, &n,
                                               1, fixture->a, fixture->a_gradient,
                                               NULL));
  g_assert_true(optreg_optimizer_add_parameter(fixture->optimizer, "b", OPTREG_F32, &n,
                                               1, fixture->b, fixture->b_gradient,
                                               NULL));
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

/* a gradient by place and update, the same in f32 and f64 */
static float
gradient_at(int i, int t)
{
  return (float)sin(i * 0.7 + t * 1.3);
}

static void
train(Fixture *fixture, int first, int end)
{
  g_autoptr(optreg_error) error = NULL;

  for (int t = first; t < end; t++) {
    for (int i = 0; i < N; i++) {
      fixture->a_gradient[i] = gradient_at(i, t);
      fixture->b_gradient[i] = gradient_at(i + N, t);
    }
    g_assert_cmpint(optreg_optimizer_step(fixture->optimizer, &error), ==,
                    OPTREG_STEP_APPLIED);
  }
}

static void
finalize(Fixture *fixture)
{
  g_autoptr(optreg_error) error = NULL;

  optreg_optimizer_finalize(fixture->optimizer, &error);
  assert_no_error(error);
}

static const float *
view(const Fixture *fixture, size_t index)
{
  g_autoptr(optreg_error) error = NULL;
  const float *weights = optreg_optimizer_eval_view(fixture->optimizer, index, &error);

  assert_no_error(error);
  return weights;
}

static void
assert_views_are_weights(const Fixture *fixture)
{
  g_assert_cmpmem(view(fixture, 0), sizeof fixture->a, fixture->a, sizeof fixture->a);
  g_assert_cmpmem(view(fixture, 1), sizeof fixture->b, fixture->b, sizeof fixture->b);
}

static void
assert_same_weights(const Fixture *one, const Fixture *other)
{
  g_assert_cmpmem(one->a, sizeof one->a, other->a, sizeof other->a);
  g_assert_cmpmem(one->b, sizeof one->b, other->b, sizeof other->b);
}

/* ---- once is as good as twice ---- */

static const char *const deploying[] = {
  "optimizer: test_schedulefree\nlearning_rate: 0.125\n",
  "optimizer: test_scaled\n",
  "optimizer: adam\nuse_ema: true\nema_momentum: 0.75\n",
  "optimizer: sgd\nuse_ema: true\nema_momentum: 0.75\nema_overwrite_frequency: 3\n",
  "optimizer: test_schedulefree\nuse_ema: true\n",
  "optimizer: adagrad\n",
};

/* those that keep copies of the parameters */
static const char *const with_copies[] = {
  "optimizer: test_schedulefree\nlearning_rate: 0.125\n",
  "optimizer: adam\nuse_ema: true\nema_momentum: 0.75\n",
  "optimizer: test_schedulefree\nuse_ema: true\n",
};

static void
test_the_views_are_what_finalize_deploys(gconstpointer yaml)
{
  g_auto(Fixture) fixture;
  float a[N], b[N];
  fixture_build(&fixture, yaml);
  train(&fixture, 0, 5);
  memcpy(a, view(&fixture, 0), sizeof a);
  memcpy(b, view(&fixture, 1), sizeof b);

  finalize(&fixture);
  g_assert_cmpmem(fixture.a, sizeof a, a, sizeof a);
  g_assert_cmpmem(fixture.b, sizeof b, b, sizeof b);
  assert_views_are_weights(&fixture);
}

static void
test_a_second_finalize_changes_nothing(gconstpointer yaml)
{
  g_auto(Fixture) fixture;
  fixture_build(&fixture, yaml);
  train(&fixture, 0, 5);
  finalize(&fixture);
  const Fixture once = fixture;

  finalize(&fixture);
  assert_same_weights(&fixture, &once);
  assert_views_are_weights(&fixture);
  optreg_optimizer_parameters_changed(fixture.optimizer, NULL);
  finalize(&fixture);
  assert_same_weights(&fixture, &once);
  assert_views_are_weights(&fixture);
}

/* an average of nothing keeps the weights; a plugin's finalize is asked, as always */
static void
test_before_the_first_update_an_average_keeps_the_weights(void)
{
  g_auto(Fixture) fixture;
  fixture_build(&fixture, "optimizer: adam\nuse_ema: true\n");
  const Fixture before = fixture;

  assert_views_are_weights(&fixture);
  finalize(&fixture);
  assert_same_weights(&fixture, &before);
  assert_views_are_weights(&fixture);
}

static void
test_before_the_first_update_once_is_enough(void)
{
  g_auto(Fixture) fixture;
  fixture_build(&fixture, "optimizer: test_scaled\n");
  const float before = fixture.a[0];

  finalize(&fixture);
  finalize(&fixture);
  g_assert_cmpfloat(fixture.a[0], ==, 3.0f * before);
  assert_views_are_weights(&fixture);
}

/* looking leaves no trace */
static void
test_views_do_not_change_the_training(gconstpointer yaml)
{
  g_auto(Fixture) looked, alone;
  fixture_build(&looked, yaml);
  fixture_build(&alone, yaml);

  for (int t = 0; t < 6; t++) {
    train(&looked, t, t + 1);
    train(&alone, t, t + 1);
    view(&looked, 0);
    assert_same_weights(&looked, &alone);
  }
}

static void
test_views_may_be_held_together(gconstpointer yaml)
{
  g_auto(Fixture) fixture;
  fixture_build(&fixture, yaml);
  train(&fixture, 0, 5);
  const float *a = view(&fixture, 0), *b = view(&fixture, 1);
  finalize(&fixture);

  g_assert_true(a != b);
  g_assert_cmpmem(a, sizeof fixture.a, fixture.a, sizeof fixture.a);
  g_assert_cmpmem(b, sizeof fixture.b, fixture.b, sizeof fixture.b);
}

/* ---- training goes on ---- */

/* schedule-free AdamW in double, of one tensor: Defazio et al. 2024, section 3, with y,
 * z and x kept apart */
typedef struct Reference {
  double y[N], z[N], x[N], v[N];
} Reference;

static void
reference_restart(Reference *reference, const float *weights)
{
  for (int i = 0; i < N; i++) {
    reference->y[i] = reference->z[i] = reference->x[i] = (double)weights[i];
  }
}

static void
reference_train(Reference *reference, int offset, int first, int end)
{
  const double beta1 = 0.9, beta2 = 0.999, rate = 0.125, epsilon = 1e-8;

  for (int t = first; t < end; t++) {
    const double share = 1.0 / (t + 1), correction = 1.0 - pow(beta2, t + 1);
    for (int i = 0; i < N; i++) {
      const double g = (double)gradient_at(i + offset, t);
      double *v = &reference->v[i], *z = &reference->z[i], *x = &reference->x[i];
      *v = beta2 * *v + (1.0 - beta2) * g * g;
      *z = *z - rate * g / (sqrt(*v / correction) + epsilon);
      *x = (1.0 - share) * *x + share * *z;
      reference->y[i] = (1.0 - beta1) * *z + beta1 * *x;
    }
  }
}

static void
assert_near(const float *actual, const double *expected)
{
  for (int i = 0; i < N; i++) {
    g_assert_cmpfloat_with_epsilon((double)actual[i], expected[i], 2e-5);
  }
}

static void
assert_follows(const Fixture *fixture, const Reference *reference)
{
  assert_near(fixture->a, reference[0].y);
  assert_near(fixture->b, reference[1].y);
  assert_near(view(fixture, 0), reference[0].x);
  assert_near(view(fixture, 1), reference[1].x);
}

static void
test_schedule_free_goes_on_from_the_deployed_weights(void)
{
  g_auto(Fixture) fixture;
  Reference reference[2] = { 0 };
  fixture_build(&fixture, schedulefree);
  reference_restart(&reference[0], fixture.a);
  reference_restart(&reference[1], fixture.b);

  for (int round = 0; round < 3; round++) {
    train(&fixture, 10 * round, 10 * (round + 1));
    reference_train(&reference[0], 0, 10 * round, 10 * (round + 1));
    reference_train(&reference[1], N, 10 * round, 10 * (round + 1));
    assert_follows(&fixture, reference);
    g_assert_cmpfloat(fabs(reference[0].x[0] - reference[0].y[0]), >, 1e-3);

    finalize(&fixture);
    assert_near(fixture.a, reference[0].x);
    reference_restart(&reference[0], fixture.a);
    reference_restart(&reference[1], fixture.b);
  }
}

/* one update from the deployed weights moves them by about the learning rate's share,
 * not by the distance between training and deployed weights */
static void
test_the_first_update_afterwards_is_a_small_one(void)
{
  g_auto(Fixture) fixture;
  fixture_build(&fixture, schedulefree);
  train(&fixture, 0, 20);
  finalize(&fixture);
  const Fixture before = fixture;

  train(&fixture, 20, 21);
  for (int i = 0; i < N; i++) {
    g_assert_cmpfloat(fabs((double)(fixture.a[i] - before.a[i])), <, 0.125);
  }
}

static void
test_an_average_goes_on_from_the_deployed_weights(void)
{
  g_auto(Fixture) fixture;
  double average[N];
  fixture_build(&fixture, "optimizer: sgd\nlearning_rate: 0.5\nuse_ema: true\n"
                          "ema_momentum: 0.75\n");
  train(&fixture, 0, 4);
  finalize(&fixture);
  for (int i = 0; i < N; i++) {
    average[i] = (double)fixture.a[i];
  }

  train(&fixture, 4, 5);
  for (int i = 0; i < N; i++) {
    const double w = average[i] - 0.5 * (double)gradient_at(i, 4);
    g_assert_cmpfloat_with_epsilon((double)fixture.a[i], w, 1e-6);
    g_assert_cmpfloat_with_epsilon((double)view(&fixture, 0)[i],
                                   0.75 * average[i] + 0.25 * w, 1e-6);
  }
}

/* what the application writes then is where training goes on, averages too */
static void
test_weights_written_afterwards_are_taken(gconstpointer yaml)
{
  g_auto(Fixture) fixture;
  fixture_build(&fixture, yaml);
  train(&fixture, 0, 5);
  finalize(&fixture);
  for (int i = 0; i < N; i++) {
    fixture.a[i] = 5.0f;
    fixture.b[i] = 6.0f;
  }
  g_assert_true(optreg_optimizer_parameters_changed(fixture.optimizer, NULL));

  assert_views_are_weights(&fixture);
  finalize(&fixture);
  g_assert_cmpfloat(fixture.a[3], ==, 5.0f);
  g_assert_cmpfloat(fixture.b[3], ==, 6.0f);
}

/* an update without a gradient leaves them where they were written */
static void
test_copies_follow_weights_written_afterwards(gconstpointer yaml)
{
  g_auto(Fixture) fixture;
  fixture_build(&fixture, yaml);
  train(&fixture, 0, 5);
  finalize(&fixture);
  for (int i = 0; i < N; i++) {
    fixture.a[i] = fixture.b[i] = 6.0f;
  }
  g_assert_true(optreg_optimizer_parameters_changed(fixture.optimizer, NULL));

  memset(fixture.a_gradient, 0, sizeof fixture.a_gradient);
  memset(fixture.b_gradient, 0, sizeof fixture.b_gradient);
  g_assert_cmpint(optreg_optimizer_step(fixture.optimizer, NULL), ==,
                  OPTREG_STEP_APPLIED);
  g_assert_cmpfloat_with_epsilon(fixture.b[0], 6.0f, 0.01);
  g_assert_cmpfloat_with_epsilon(view(&fixture, 1)[0], 6.0f, 0.01);
}

/* ---- checkpoints ---- */

typedef struct Saved {
  void *bytes;
  size_t size;
} Saved;

static Saved
save(const Fixture *fixture)
{
  const optreg_save_options with_parameters = { true };
  Saved saved;

  saved.bytes = optreg_optimizer_save_to_memory(fixture->optimizer, &with_parameters,
                                                &saved.size, NULL);
  g_assert_nonnull(saved.bytes);
  return saved;
}

static void
saved_clear(Saved *saved)
{
  optreg_memory_free(saved->bytes);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Saved, saved_clear)

static void
load(Fixture *fixture, const Saved *saved)
{
  const optreg_load_options with_parameters = { .with_parameters = true };
  g_autoptr(optreg_error) error = NULL;

  optreg_optimizer_load_from_memory(fixture->optimizer, saved->bytes, saved->size,
                                    &with_parameters, &error);
  assert_no_error(error);
}

static void
test_a_load_knows_that_weights_are_deployed(gconstpointer yaml)
{
  g_auto(Fixture) straight, resumed;
  fixture_build(&straight, yaml);
  fixture_build(&resumed, yaml);
  train(&straight, 0, 5);
  finalize(&straight);
  g_auto(Saved) saved = save(&straight);

  load(&resumed, &saved);
  assert_views_are_weights(&resumed);
  finalize(&resumed);
  assert_same_weights(&resumed, &straight);
  train(&straight, 5, 9);
  train(&resumed, 5, 9);
  assert_same_weights(&resumed, &straight);
  finalize(&straight);
  finalize(&resumed);
  assert_same_weights(&resumed, &straight);
}

static void
test_a_load_of_an_earlier_moment_takes_finalize_back(gconstpointer yaml)
{
  g_auto(Fixture) fixture, straight;
  float a[N];
  fixture_build(&fixture, yaml);
  fixture_build(&straight, yaml);
  train(&fixture, 0, 5);
  train(&straight, 0, 8);
  memcpy(a, view(&fixture, 0), sizeof a);
  g_auto(Saved) saved = save(&fixture);
  finalize(&fixture);

  load(&fixture, &saved);
  g_assert_cmpmem(view(&fixture, 0), sizeof a, a, sizeof a);
  train(&fixture, 5, 8);
  assert_same_weights(&fixture, &straight);
}

/* ---- what the view is made with ---- */

/* 2, 1, 0.5 */
static const char *const scheduled =
    "optimizer: test_scaled\n"
    "scale: {schedule: exponential_decay, initial_learning_rate: 2, decay_steps: 1, "
    "decay_rate: 0.5}\n";

static void
test_views_take_the_values_of_the_last_update(void)
{
  g_auto(Fixture) fixture, loaded;
  fixture_build(&fixture, scheduled);
  fixture_build(&loaded, scheduled);
  train(&fixture, 0, 1);
  g_assert_cmpfloat(view(&fixture, 0)[0], ==, 2.0f * fixture.a[0]);

  fixture.a_gradient[0] = INFINITY;
  g_assert_cmpint(optreg_optimizer_step(fixture.optimizer, NULL), ==,
                  OPTREG_STEP_SKIPPED_NONFINITE);
  g_assert_cmpfloat(view(&fixture, 0)[0], ==, 2.0f * fixture.a[0]);
  g_auto(Saved) saved = save(&fixture);
  load(&loaded, &saved);
  g_assert_cmpfloat(view(&loaded, 0)[0], ==, 2.0f * fixture.a[0]);
  train(&loaded, 1, 2);
  g_assert_cmpfloat(view(&loaded, 0)[0], ==, loaded.a[0]);
}

/* multiplication by a third rounds */
static void
test_views_have_the_same_bits_in_any_rounding_mode(void)
{
  static const char yaml[] = "optimizer: test_scaled\nscale: 0.3333333333333333\n";
  g_auto(Fixture) fixture;
  float nearest[N];
  fixture_build(&fixture, yaml);
  train(&fixture, 0, 3);
  memcpy(nearest, view(&fixture, 0), sizeof nearest);

  fesetround(FE_UPWARD);
  const bool is_same = memcmp(view(&fixture, 0), nearest, sizeof nearest) == 0;
  finalize(&fixture);
  fesetround(FE_TONEAREST);
  g_assert_true(is_same);
  g_assert_cmpmem(fixture.a, sizeof nearest, nearest, sizeof nearest);
}

static void
clamp_to_one(void *context, size_t index, void *data)
{
  float *values = data;

  (void)context;
  (void)index;
  for (int i = 0; i < N; i++) {
    values[i] = fminf(values[i], 1.0f);
  }
}

static void
test_deployed_weights_keep_their_bounds(void)
{
  g_auto(Fixture) fixture;
  fixture_init(&fixture, "optimizer: test_scaled\nscale: -3\ngroups:\n- match: [b]\n"
                         "  scale: 3\n");
  optreg_optimizer_set_non_neg(fixture.optimizer, 0, NULL);
  optreg_optimizer_set_constraint(fixture.optimizer, 1, clamp_to_one, NULL, NULL);
  g_assert_true(optreg_optimizer_build(fixture.optimizer, NULL));
  train(&fixture, 0, 1);
  float largest = 0.0f;
  for (int i = 0; i < N; i++) {
    largest = fmaxf(largest, 3.0f * fixture.b[i]);
  }
  g_assert_cmpfloat(largest, >, 1.0f);

  finalize(&fixture);
  for (int i = 0; i < N; i++) {
    g_assert_cmpfloat(fixture.a[i], >=, 0.0f);
    g_assert_cmpfloat(fixture.b[i], <=, 1.0f);
  }
}

static void
test_a_nan_is_deployed_once(void)
{
  g_auto(Fixture) fixture;
  fixture_build(&fixture, "optimizer: test_scaled\nnonfinite: propagate\n");
  train(&fixture, 0, 1);
  fixture.a_gradient[2] = NAN;
  g_assert_cmpint(optreg_optimizer_step(fixture.optimizer, NULL), ==,
                  OPTREG_STEP_APPLIED);
  g_assert_true(isnan(fixture.a[2]));

  finalize(&fixture);
  const Fixture once = fixture;
  finalize(&fixture);
  assert_same_weights(&fixture, &once);
  assert_views_are_weights(&fixture);
}

static void
test_an_overwritten_parameter_is_deployed_as_it_is(void)
{
  g_auto(Fixture) fixture;
  fixture_init(&fixture, "optimizer: test_scaled\n");
  optreg_optimizer_set_overwrite(fixture.optimizer, 1, NULL);
  g_assert_true(optreg_optimizer_build(fixture.optimizer, NULL));
  train(&fixture, 0, 2);

  finalize(&fixture);
  g_assert_cmpmem(fixture.b, sizeof fixture.b, fixture.b_gradient,
                  sizeof fixture.b_gradient);
}

/* ---- failures ---- */

/* "a" could be deployed, "b" is not: neither is */
static void
test_a_finalize_that_fails_changes_nothing(void)
{
  static const char yaml[] = "optimizer: test_scaled\ngroups:\n- match: [b]\n"
                             "  scale: 0\n";
  g_auto(Fixture) fixture, straight;
  g_autoptr(optreg_error) error = NULL, view_error = NULL;
  fixture_build(&fixture, yaml);
  fixture_build(&straight, yaml);
  train(&fixture, 0, 3);
  train(&straight, 0, 3);

  g_assert_false(optreg_optimizer_finalize(fixture.optimizer, &error));
  g_assert_cmpint(error->code, ==, OPTREG_ERROR_PLUGIN);
  g_assert_nonnull(strstr(error->message, "parameter 'b'"));
  assert_same_weights(&fixture, &straight);
  g_assert_null(optreg_optimizer_eval_view(fixture.optimizer, 1, &view_error));
  g_assert_nonnull(strstr(view_error->message, "parameter 'b'"));
  g_assert_cmpfloat(view(&fixture, 0)[0], ==, 3.0f * fixture.a[0]);
  train(&fixture, 3, 6);
  train(&straight, 3, 6);
  assert_same_weights(&fixture, &straight);
}

/* ---- shadows ---- */

static void
test_a_shadow_does_not_see_a_difference(void)
{
  g_auto(Fixture) alone, live;
  g_autoptr(optreg_error) error = NULL;
  fixture_build(&alone, schedulefree);
  fixture_build(&live, schedulefree);
  train(&alone, 0, 5);
  train(&live, 0, 5);
  finalize(&alone);
  finalize(&live);
  optreg_shadow *shadow = optreg_shadow_new(live.optimizer, &error);
  optreg_shadow_add(shadow, "same", optimizer_from_text(schedulefree), &error);
  assert_no_error(error);

  for (int t = 5; t < 8; t++) {
    train(&alone, t, t + 1);
    memcpy(live.a_gradient, alone.a_gradient, sizeof live.a_gradient);
    memcpy(live.b_gradient, alone.b_gradient, sizeof live.b_gradient);
    g_assert_cmpint(optreg_shadow_step(shadow, &error), ==, OPTREG_STEP_APPLIED);
    assert_same_weights(&live, &alone);
  }
  optreg_shadow_free(shadow);
}

static const struct {
  const char *path;
  void (*run)(gconstpointer yaml);
} of_each[] = {
  { "views-are-deployed", test_the_views_are_what_finalize_deploys },
  { "a-second-time", test_a_second_finalize_changes_nothing },
  { "views-leave-no-trace", test_views_do_not_change_the_training },
  { "weights-written-afterwards", test_weights_written_afterwards_are_taken },
  { "load/knows-it", test_a_load_knows_that_weights_are_deployed },
  { "load/takes-it-back", test_a_load_of_an_earlier_moment_takes_finalize_back },
};

/* ---- views that are held ---- */

/* whatever may be called between two steps */
static void
call_everything(Fixture *fixture)
{
  const optreg_state_info *states;
  const optreg_group_info *groups;
  size_t size;
  g_autoptr(optreg_error) error = NULL;
  void *bytes =
      optreg_optimizer_save_to_memory(fixture->optimizer, NULL, &size, &error);

  optreg_memory_free(bytes);
  optreg_optimizer_states(fixture->optimizer, &states);
  optreg_optimizer_groups(fixture->optimizer, &groups);
  optreg_optimizer_set_hyperparameter(fixture->optimizer, OPTREG_WHOLE_MODEL,
                                      "learning_rate", 0.75, &error);
  optreg_optimizer_set_gradient(fixture->optimizer, 0, NULL, &error);
  view(fixture, 1);
  view(fixture, 0);
  finalize(fixture);
  assert_no_error(error);
}

static void
test_views_stay_until_the_next_step(gconstpointer yaml)
{
  g_auto(Fixture) fixture;
  float a[N], b[N];
  fixture_build(&fixture, yaml);
  train(&fixture, 0, 3);
  const float *a_view = view(&fixture, 0), *b_view = view(&fixture, 1);
  memcpy(a, a_view, sizeof a);
  memcpy(b, b_view, sizeof b);

  call_everything(&fixture);

  g_assert_cmpmem(a_view, sizeof a, a, sizeof a);
  g_assert_cmpmem(b_view, sizeof b, b, sizeof b);
}

/* one that is taken again is the same, and the next step's is another */
static void
test_a_view_is_made_once_for_each_step(void)
{
  g_auto(Fixture) fixture;
  float a[N];
  fixture_build(&fixture, "optimizer: test_scaled\n");
  train(&fixture, 0, 3);
  const float *first = view(&fixture, 0);
  memcpy(a, first, sizeof a);

  g_assert_true(
      optreg_optimizer_set_hyperparameter(fixture.optimizer, 0, "scale", 5.0, NULL));
  g_assert_true(view(&fixture, 0) == first);
  g_assert_cmpmem(first, sizeof a, a, sizeof a);
  train(&fixture, 3, 4);
  g_assert_cmpint(memcmp(view(&fixture, 0), a, sizeof a), !=, 0);
}

/* what is loaded or told of is shown */
static void
test_views_follow_other_weights(void)
{
  g_auto(Fixture) fixture;
  float a[N];
  size_t size;
  const optreg_save_options with = { .with_parameters = true };
  const optreg_load_options all = { .with_parameters = true };
  fixture_build(&fixture, schedulefree);
  train(&fixture, 0, 3);
  memcpy(a, view(&fixture, 0), sizeof a);
  void *bytes = optreg_optimizer_save_to_memory(fixture.optimizer, &with, &size, NULL);
  train(&fixture, 3, 5);

  view(&fixture, 0);
  g_assert_true(
      optreg_optimizer_load_from_memory(fixture.optimizer, bytes, size, &all, NULL));
  g_assert_cmpmem(view(&fixture, 0), sizeof a, a, sizeof a);
  fixture.a[3] += 1.0f;
  g_assert_true(optreg_optimizer_parameters_changed(fixture.optimizer, NULL));
  g_assert_cmpfloat(view(&fixture, 0)[3], !=, a[3]);
  optreg_memory_free(bytes);
}

int
main(int argc, char **argv)
{
  g_test_init(&argc, &argv, NULL);
  for (size_t i = 0; i < G_N_ELEMENTS(of_each); i++) {
    for (size_t j = 0; j < G_N_ELEMENTS(deploying); j++) {
      g_autofree char *path = g_strdup_printf("/finalize/%s/%zu", of_each[i].path, j);
      g_test_add_data_func(path, deploying[j], of_each[i].run);
    }
  }
  for (size_t j = 0; j < G_N_ELEMENTS(with_copies); j++) {
    g_autofree char *path = g_strdup_printf("/finalize/copies-follow/%zu", j);
    g_test_add_data_func(path, with_copies[j],
                         test_copies_follow_weights_written_afterwards);
  }
  for (size_t j = 0; j < 3; j++) {
    g_autofree char *path = g_strdup_printf("/finalize/views-held-together/%zu", j);
    g_test_add_data_func(path, deploying[j], test_views_may_be_held_together);
  }
  g_test_add_func("/finalize/before-the-first-update/average",
                  test_before_the_first_update_an_average_keeps_the_weights);
  g_test_add_func("/finalize/before-the-first-update/once",
                  test_before_the_first_update_once_is_enough);
  g_test_add_func("/finalize/going-on/schedule-free",
                  test_schedule_free_goes_on_from_the_deployed_weights);
  g_test_add_func("/finalize/going-on/by-a-small-step",
                  test_the_first_update_afterwards_is_a_small_one);
  g_test_add_func("/finalize/going-on/average",
                  test_an_average_goes_on_from_the_deployed_weights);
  g_test_add_func("/finalize/values/of-the-last-update",
                  test_views_take_the_values_of_the_last_update);
  g_test_add_func("/finalize/values/any-rounding-mode",
                  test_views_have_the_same_bits_in_any_rounding_mode);
  g_test_add_func("/finalize/keeps-bounds", test_deployed_weights_keep_their_bounds);
  g_test_add_func("/finalize/nan", test_a_nan_is_deployed_once);
  g_test_add_func("/finalize/overwritten",
                  test_an_overwritten_parameter_is_deployed_as_it_is);
  g_test_add_func("/finalize/failure-changes-nothing",
                  test_a_finalize_that_fails_changes_nothing);
  g_test_add_func("/finalize/shadow", test_a_shadow_does_not_see_a_difference);
  for (size_t i = 0; i < G_N_ELEMENTS(deploying); i++) {
    g_autofree char *path = g_strdup_printf("/finalize/views-stay/%zu", i);
    g_test_add_data_func(path, deploying[i], test_views_stay_until_the_next_step);
  }
  g_test_add_func("/finalize/view-is-made-once",
                  test_a_view_is_made_once_for_each_step);
  g_test_add_func("/finalize/views-follow-other-weights",
                  test_views_follow_other_weights);
  return g_test_run();
}
