/* SPDX-License-Identifier: MIT */
/* One run: what is the same for every arm, and that measuring changes nothing. */
#include "harness/trainer.h"
#include "support/status.h"

#include <math.h>
#include <string.h>

static const char sgd[] = "optimizer: sgd\nlearning_rate: 0.1\n";
static const char still[] = "optimizer: sgd\nlearning_rate: 0.0\n";
static const char still_adadelta[] = "optimizer: adadelta\nlearning_rate: 0.0\n";
static const char averaged[] =
    "optimizer: adadelta\nlearning_rate: 1.0\nuse_ema: true\n"
    "ema_momentum: 0.95\n";
static const char accumulated[] = "optimizer: sgd\ngradient_accumulation_steps: 4\n";
static const char scaled[] = "optimizer: sgd\nlearning_rate: 0.1\n"
                             "loss_scale_factor: 1024\n";
static const char wild[] = "optimizer: sgd\nlearning_rate: 1e38\n";

#define PLANNED_EPOCHS 2
#define ACCURACY 1 /* row of digits-mlp's metrics */

/* a trainer and the problem that it trains */
typedef struct Training {
  Problem *problem;
  Trainer *trainer;
} Training;

static Problem *
open_problem(uint32_t batch_size)
{
  g_autoptr(GError) error = NULL;
  g_autoptr(ProblemSet) set = problem_set_new(NULL, &error);
  Problem *problem = problem_open(problem_set_find(set, "digits-mlp", &error), NULL,
                                  batch_size, &error);

  g_assert_no_error(error);
  return problem;
}

static void
training_free(Training *training)
{
  trainer_free(training->trainer);
  problem_free(training->problem);
  g_free(training);
}
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Training, training_free)

/* as the plan says, or PLANNED_EPOCHS where its interval is 0 */
static Training *
open_planned(const char *yaml, uint32_t seed, uint32_t batch_size, TrainerPlan plan)
{
  const char *const directories[] = { g_getenv("OPTREG_TEST_PLUGINS"), NULL };
  g_autoptr(GError) error = NULL;
  optreg_error *failure = NULL;
  Training *training = g_new0(Training, 1);
  g_autoptr(optreg_registry) registry = optreg_registry_new(directories, &failure);

  g_assert_null(failure);
  optreg_optimizer *optimizer =
      optreg_optimizer_from_string(registry, yaml, "test", &failure);
  g_assert_cmpstr(failure != NULL ? failure->message : NULL, ==, NULL);
  training->problem = open_problem(batch_size);
  if (plan.interval == 0) {
    plan.interval = problem_steps_per_epoch(training->problem);
    plan.n_batches = PLANNED_EPOCHS * plan.interval;
  }
  training->trainer = trainer_new(training->problem, optimizer, seed, &plan, &error);
  g_assert_no_error(error);
  return training;
}

static Training *
open_trainer_with_batch(const char *yaml, uint32_t seed, uint32_t batch_size)
{
  return open_planned(yaml, seed, batch_size, (TrainerPlan){ 0 });
}

static Training *
open_trainer(const char *yaml, uint32_t seed)
{
  return open_trainer_with_batch(yaml, seed, 32);
}

/* beyond the plan, too */
static Record
train(Training *training, uint32_t n_epochs, bool measures_each)
{
  const uint64_t epoch = problem_steps_per_epoch(training->problem);
  g_autoptr(GError) error = NULL;
  Record record = { 0 };

  for (uint64_t i = 1; i <= n_epochs * epoch; i++) {
    g_assert_true(trainer_step(training->trainer, &error));
    if (i % epoch == 0 && (measures_each || i == n_epochs * epoch)) {
      g_assert_true(trainer_measure(training->trainer, &record, &error));
    }
  }
  g_assert_no_error(error);
  return record;
}

/* as a run does it; returns the last record */
static Record
run_to_the_end(Trainer *trainer, size_t *n_records)
{
  g_autoptr(GError) error = NULL;
  Record record = { 0 };

  *n_records = 0;
  while (!record.is_final) {
    if (trainer_is_due(trainer)) {
      g_assert_true(trainer_measure(trainer, &record, &error));
      ++*n_records;
    } else {
      g_assert_true(trainer_step(trainer, &error));
    }
  }
  g_assert_no_error(error);
  g_assert_true(trainer_is_done(trainer));
  g_assert_false(trainer_is_due(trainer));
  return record;
}

static bool
have_equal_weights(const Training *a, const Training *b)
{
  const Problem *problem = a->problem;
  bool is_equal = true;

  for (size_t t = 0; t < problem_n_tensors(problem); t++) {
    const size_t size = problem_tensor_size(problem_tensor(problem, t)) * sizeof(float);
    const float *x = trainer_weights(a->trainer)[t],
                *y = trainer_weights(b->trainer)[t];
    is_equal = is_equal && memcmp(x, y, size) == 0;
  }
  return is_equal;
}

static void
test_measuring_changes_nothing(void)
{
  g_autoptr(Training) measured = open_trainer(averaged, 1);
  g_autoptr(Training) blind = open_trainer(averaged, 1);
  const Record a = train(measured, 4, true), b = train(blind, 4, false);

  g_assert_true(have_equal_weights(measured, blind));
  g_assert_cmpfloat(a.values[SPLIT_TRAINING][0], ==, b.values[SPLIT_TRAINING][0]);
  g_assert_cmpfloat(a.values[SPLIT_TEST][ACCURACY], ==, b.values[SPLIT_TEST][ACCURACY]);
}

static void
test_runs_repeat(void)
{
  g_autoptr(Training) a = open_trainer(sgd, 2);
  g_autoptr(Training) b = open_trainer(sgd, 2);
  g_autoptr(Training) other = open_trainer(sgd, 3);

  train(a, 2, true);
  train(b, 2, true);
  train(other, 2, true);
  g_assert_true(have_equal_weights(a, b));
  g_assert_false(have_equal_weights(a, other));
}

static void
test_arms_share_seed(void)
{
  g_autoptr(Training) a = open_trainer(still, 1);
  g_autoptr(Training) b = open_trainer(still_adadelta, 1);

  g_assert_true(have_equal_weights(a, b));
  const Record first = train(a, 2, true), second = train(b, 2, true);
  /* the mean of the same batches in the same order, to the last bit */
  g_assert_cmpfloat(first.batch_loss, ==, second.batch_loss);
  g_assert_cmpfloat(first.values[SPLIT_TRAINING][0], ==,
                    second.values[SPLIT_TRAINING][0]);
}

static void
test_measures_the_average(void)
{
  g_autoptr(Training) training = open_trainer(averaged, 1);
  const Record record = train(training, 1, true);
  double raw[RECORD_MOST_METRICS];

  problem_evaluate(training->problem, SPLIT_TRAINING,
                   trainer_weights(training->trainer), raw);
  g_assert_cmpfloat(fabs(raw[0] - record.values[SPLIT_TRAINING][0]), >, 1e-3);
}

static void
test_counts(void)
{
  g_autoptr(Training) plain = open_trainer(sgd, 1);
  g_autoptr(Training) sparse = open_trainer(accumulated, 1);
  const Record a = train(plain, 2, true), b = train(sparse, 2, true);

  g_assert_cmpfloat(a.epoch, ==, 2.0);
  g_assert_cmpuint(a.step, ==, 80);
  g_assert_cmpuint(a.batches, ==, 80);
  g_assert_cmpuint(b.step, ==, 20);
  g_assert_cmpuint(b.batches, ==, 80);
}

/* one batch of everything: w ← w − 0.1 g */
static void
test_step_is_the_mean_gradient(void)
{
  enum { BATCH = 2000 };
  g_autoptr(Training) training = open_trainer_with_batch(sgd, 1, BATCH);
  g_autoptr(Problem) problem = open_problem(BATCH);
  float **weights = problem_new_buffers(problem),
        **gradients = problem_new_buffers(problem);
  size_t n = 0;

  problem_init(problem, 1, weights);
  problem_gradient(problem, 1, 0, 1.0, (const float *const *)weights, gradients, &n);
  g_assert_cmpuint(n, ==, 1258);
  train(training, 1, true);
  for (size_t i = 0; i < 64 * 32; i++) {
    const float expected = weights[0][i] - 0.1f * gradients[0][i];
    g_assert_cmpfloat(trainer_weights(training->trainer)[0][i], ==, expected);
  }
  problem_free_buffers(problem, weights);
  problem_free_buffers(problem, gradients);
}

/* a power of two changes no bit of what is unscaled again */
static void
test_loss_scale_is_carried(void)
{
  g_autoptr(Training) plain = open_trainer(sgd, 1);
  g_autoptr(Training) with_scale = open_trainer(scaled, 1);

  train(plain, 1, true);
  train(with_scale, 1, true);
  g_assert_true(have_equal_weights(plain, with_scale));
}

static void
test_divergence_is_a_result(void)
{
  g_autoptr(Training) training = open_trainer(wild, 1);
  size_t n_records;
  const Record record = run_to_the_end(training->trainer, &n_records);

  g_assert_true(record.is_diverged);
  g_assert_cmpuint(record.batches, <, 80);
  g_assert_cmpfloat(record.values[SPLIT_TEST][ACCURACY], <, 0.5);
  g_assert_cmpstr(record.reason, !=, "");
}

/* before training, and after each epoch */
static void
test_records_of_a_run(void)
{
  g_autoptr(Training) training = open_trainer(sgd, 1);
  size_t n_records;
  const Record record = run_to_the_end(training->trainer, &n_records);

  g_assert_cmpuint(n_records, ==, 1 + PLANNED_EPOCHS);
  g_assert_cmpuint(record.batches, ==, 80);
  g_assert_cmpuint(strlen(record.weights), ==, 64);
  g_assert_false(record.is_diverged);
}

static void
test_intervals(void)
{
  g_autoptr(Problem) problem = open_problem(32); /* 40 batches an epoch */

  g_assert_cmpuint(trainer_interval(problem, 1200), ==, 40);
  g_assert_cmpuint(trainer_interval(problem, 40), ==, 4);
  g_assert_cmpuint(trainer_interval(problem, 40000), ==, 400);
  g_assert_cmpuint(trainer_interval(problem, 3), ==, 1);
}

static GBytes *
save(const Training *training, uint64_t log_length)
{
  g_autoptr(GError) error = NULL;
  GBytes *state = trainer_save(training->trainer, "key", log_length, &error);

  g_assert_no_error(error);
  return state;
}

/* in the middle of an epoch, so that half of the mean loss is in the state, too */
static void
test_goes_on_from_a_state(void)
{
  g_autoptr(Training) whole = open_trainer(averaged, 1);
  g_autoptr(Training) begun = open_trainer(averaged, 1);
  g_autoptr(Training) resumed = open_trainer(averaged, 1);
  g_autoptr(GError) error = NULL;
  uint64_t log_length = 0;
  Record record;
  size_t n_records;

  while (trainer_batches(begun->trainer) < 55) {
    g_assert_true(!trainer_is_due(begun->trainer)
                  || trainer_measure(begun->trainer, &record, &error));
    g_assert_true(trainer_step(begun->trainer, &error));
  }
  g_autoptr(GBytes) state = save(begun, 123);
  g_assert_true(
      trainer_restore(resumed->trainer, state, "key", &log_length, 200, &error));
  g_assert_cmpuint(log_length, ==, 123);
  g_assert_cmpuint(trainer_batches(resumed->trainer), ==, 55);

  const Record first = run_to_the_end(whole->trainer, &n_records);
  const Record second = run_to_the_end(resumed->trainer, &n_records);
  g_assert_cmpstr(first.weights, ==, second.weights);
  g_assert_cmpfloat(first.batch_loss, ==, second.batch_loss);
  g_assert_cmpuint(first.step, ==, second.step);
  g_assert_true(have_equal_weights(whole, resumed));
}

static void
test_refuses_states_of_others(void)
{
  static const struct {
    const char *key;
    uint64_t most_length;
    bool is_cut;
  } cases[] = { { "other", 200, false }, { "key", 100, false }, { "key", 200, true } };

  for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
    g_autoptr(Training) begun = open_trainer(averaged, 1);
    g_autoptr(Training) resumed = open_trainer(averaged, 1);
    g_autoptr(GError) error = NULL;
    uint64_t log_length;
    g_assert_true(trainer_step(begun->trainer, &error));
    g_autoptr(GBytes) state = save(begun, 123);
    g_autoptr(GBytes) cut =
        g_bytes_new_from_bytes(state, 0, g_bytes_get_size(state) - cases[i].is_cut);
    g_assert_false(trainer_restore(resumed->trainer, cut, cases[i].key, &log_length,
                                   cases[i].most_length, &error));
    g_assert_nonnull(error);
    g_assert_cmpuint(trainer_batches(resumed->trainer), ==, 0);
  }
}

static void
shadow(const Training *training, const char *name, const char *yaml)
{
  const char *const directories[] = { g_getenv("OPTREG_TEST_PLUGINS"), NULL };
  g_autoptr(optreg_registry) registry = optreg_registry_new(directories, NULL);
  g_autoptr(GError) error = NULL;

  trainer_shadow(training->trainer, name,
                 optreg_optimizer_from_string(registry, yaml, name, NULL), &error);
  g_assert_no_error(error);
}

static void
test_shadows_change_no_weight(void)
{
  g_autoptr(Training) shadowed = open_trainer(averaged, 1);
  g_autoptr(Training) alone = open_trainer(averaged, 1);

  shadow(shadowed, "wild", wild);
  shadow(shadowed, "scaled", scaled);
  const Record a = train(shadowed, 2, true), b = train(alone, 2, true);
  g_assert_true(have_equal_weights(shadowed, alone));
  g_assert_cmpfloat(a.batch_loss, ==, b.batch_loss);
  g_assert_cmpmem(a.values, sizeof a.values, b.values, sizeof b.values);
  g_assert_cmpuint(a.n_shadows, ==, 2);
  g_assert_cmpuint(b.n_shadows, ==, 0);
}

static void
test_an_equal_shadow_has_cosine_and_ratio_1(void)
{
  g_autoptr(Training) training = open_trainer(averaged, 1);

  shadow(training, "same", averaged);
  const Record record = train(training, 1, true);
  g_assert_cmpuint(record.shadows[0].steps, ==, 40);
  g_assert_cmpfloat(record.shadows[0].cosine, ==, 1.0);
  g_assert_cmpfloat(record.shadows[0].rms_ratio, ==, 1.0);
  g_assert_cmpfloat(record.shadows[0].decrease, ==, record.shadows[0].live_decrease);
  g_assert_cmpfloat(record.shadows[0].decrease, >, 0.0);
}

/* records speak of the steps since the last one */
static void
test_shadows_begin_anew_with_each_record(void)
{
  g_autoptr(Training) each = open_trainer(sgd, 1);
  g_autoptr(Training) all = open_trainer(sgd, 1);

  shadow(each, "adadelta", averaged);
  shadow(all, "adadelta", averaged);
  const Record second = train(each, 2, true), both = train(all, 2, false);
  g_assert_cmpuint(second.shadows[0].steps, ==, 40);
  g_assert_cmpuint(both.shadows[0].steps, ==, 80);
  g_assert_cmpfloat(second.shadows[0].live_decrease, <, both.shadows[0].live_decrease);
}

static void
test_shadows_go_on_from_a_state(void)
{
  g_autoptr(Training) whole = open_trainer(sgd, 1);
  g_autoptr(Training) resumed = open_trainer(sgd, 1);
  g_autoptr(GError) error = NULL;
  uint64_t log_length;

  shadow(whole, "a", averaged);
  shadow(resumed, "a", averaged);
  for (int i = 0; i < 15; i++) {
    g_assert_true(trainer_step(whole->trainer, &error));
  }
  g_autoptr(GBytes) state = save(whole, 0);
  g_assert_true(
      trainer_restore(resumed->trainer, state, "key", &log_length, 0, &error));
  for (int i = 0; i < 25; i++) {
    g_assert_true(trainer_step(whole->trainer, &error));
    g_assert_true(trainer_step(resumed->trainer, &error));
  }
  Record a, b;
  g_assert_true(trainer_measure(whole->trainer, &a, &error));
  g_assert_true(trainer_measure(resumed->trainer, &b, &error));
  g_assert_cmpuint(a.shadows[0].steps, ==, 40);
  g_assert_cmpuint(b.shadows[0].steps, ==, 40);
  g_assert_cmpfloat(a.shadows[0].cosine, ==, b.shadows[0].cosine);
  g_assert_cmpfloat(a.shadows[0].rms_ratio, ==, b.shadows[0].rms_ratio);
  g_assert_cmpfloat(a.shadows[0].decrease, ==, b.shadows[0].decrease);
  g_assert_cmpfloat(a.shadows[0].live_decrease, ==, b.shadows[0].live_decrease);
}

/* a state without the candidate is none of this run, and changes nothing of it */
static void
test_a_state_without_the_candidate_is_refused(void)
{
  g_autoptr(Training) alone = open_trainer(sgd, 1);
  g_autoptr(Training) shadowed = open_trainer(sgd, 1);
  g_autoptr(Training) untouched = open_trainer(sgd, 1);
  g_autoptr(GError) error = NULL;
  uint64_t log_length;

  shadow(shadowed, "a", averaged);
  train(alone, 1, true);
  g_autoptr(GBytes) state = save(alone, 0);
  g_assert_false(
      trainer_restore(shadowed->trainer, state, "key", &log_length, 0, &error));
  g_assert_cmpstr(error->message, ==, "a part of the state is missing");
  g_assert_cmpuint(trainer_batches(shadowed->trainer), ==, 0);
  g_assert_true(have_equal_weights(shadowed, untouched));
}

/* 100 % of the planned batches: after them the learning rate is 0 and nothing moves */
static void
test_percentages_are_of_the_planned_epochs(void)
{
  g_autoptr(Training) training = open_trainer(
      "optimizer: sgd\nlearning_rate: {schedule: linear, initial_value: 0.1, "
      "end_value: 0, steps: 100%}\n",
      1);
  const Record before = train(training, PLANNED_EPOCHS, true);
  const Record after = train(training, 1, true);

  g_assert_cmpfloat(before.values[SPLIT_TRAINING][0], ==,
                    after.values[SPLIT_TRAINING][0]);
  g_assert_cmpfloat(before.values[SPLIT_TRAINING][0], <, 2.0);
}

/* however fast the machine is, and with the one before training */
static void
test_a_budget_in_seconds_has_at_most_100_records(void)
{
  const TrainerPlan plan = { .seconds = 0.1, .interval = 1 };
  g_autoptr(Training) training = open_planned(sgd, 1, 32, plan);
  size_t n_records;
  const Record record = run_to_the_end(training->trainer, &n_records);

  g_assert_cmpfloat(record.elapsed_s, >=, plan.seconds);
  g_assert_cmpuint(n_records, >=, 2);
  g_assert_cmpuint(n_records, <=, 101);
}

int
main(int argc, char **argv)
{
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/trainer/measuring-changes-no-weight",
                  test_measuring_changes_nothing);
  g_test_add_func("/trainer/runs-repeat-bit-for-bit", test_runs_repeat);
  g_test_add_func("/trainer/arms-share-weights-and-order", test_arms_share_seed);
  g_test_add_func("/trainer/measures-the-average", test_measures_the_average);
  g_test_add_func("/trainer/counts-updates-and-batches", test_counts);
  g_test_add_func("/trainer/step-is-the-mean-gradient", test_step_is_the_mean_gradient);
  g_test_add_func("/trainer/carries-the-loss-scale", test_loss_scale_is_carried);
  g_test_add_func("/trainer/percentages-are-of-the-planned-epochs",
                  test_percentages_are_of_the_planned_epochs);
  g_test_add_func("/trainer/divergence-is-a-result", test_divergence_is_a_result);
  g_test_add_func("/trainer/records-of-a-run", test_records_of_a_run);
  g_test_add_func("/trainer/at-most-100-records", test_intervals);
  g_test_add_func("/trainer/at-most-100-records/seconds",
                  test_a_budget_in_seconds_has_at_most_100_records);
  g_test_add_func("/trainer/goes-on-from-a-state", test_goes_on_from_a_state);
  g_test_add_func("/trainer/shadows/change-no-weight", test_shadows_change_no_weight);
  g_test_add_func("/trainer/shadows/equal-one-has-cosine-and-ratio-1",
                  test_an_equal_shadow_has_cosine_and_ratio_1);
  g_test_add_func("/trainer/shadows/begin-anew-with-each-record",
                  test_shadows_begin_anew_with_each_record);
  g_test_add_func("/trainer/shadows/go-on-from-a-state",
                  test_shadows_go_on_from_a_state);
  g_test_add_func("/trainer/shadows/state-without-them-is-refused",
                  test_a_state_without_the_candidate_is_refused);
  g_test_add_func("/trainer/refuses-states-of-others", test_refuses_states_of_others);
  return g_test_run();
}
