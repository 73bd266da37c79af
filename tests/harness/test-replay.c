/* SPDX-License-Identifier: MIT */
/* Blocks of steps on recorded gradients: from the same state, with the bits of
 * training. */
#include "harness/cost/replay.h"
#include "harness/trainer_private.h"
#include "support/status.h"

#include <glib/gstdio.h>
#include <math.h>
#include <string.h>

enum { TRAINED = 12 };

static const char adam[] = "optimizer: adam\nlearning_rate: 0.01\n";
static const char accumulated[] = "optimizer: sgd\ngradient_accumulation_steps: 3\n";
static const char scheduled[] =
    "optimizer: sgd\nlearning_rate: {schedule: linear, initial_value: 0.1, "
    "end_value: 0.01, steps: 20}\n";
static const char wild[] = "optimizer: sgd\nlearning_rate: 1e38\n";

/* a trainer and the problem that it trains */
typedef struct Training {
  Problem *problem;
  Trainer *trainer;
} Training;

static Training *
open_training(const char *yaml)
{
  const char *const directories[] = { g_getenv("OPTREG_TEST_PLUGINS"), NULL };
  const TrainerPlan plan = { .n_batches = 40, .interval = 10 };
  g_autoptr(GError) error = NULL;
  Training *training = g_new0(Training, 1);
  g_autoptr(optreg_registry) registry = optreg_registry_new(directories, NULL);
  g_autoptr(ProblemSet) set = problem_set_new(NULL, &error);

  training->problem =
      problem_open(problem_set_find(set, "digits-mlp", &error), NULL, 32, &error);
  g_assert_no_error(error);
  training->trainer = trainer_new(
      training->problem, optreg_optimizer_from_string(registry, yaml, "test", NULL), 1,
      &plan, &error);
  g_assert_no_error(error);
  return training;
}

static void
training_free(Training *training)
{
  trainer_free(training->trainer);
  problem_free(training->problem);
  g_free(training);
}
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Training, training_free)

static Recording *
record(const Training *training, uint64_t n_trained)
{
  g_autoptr(GError) error = NULL;
  Recording *recording = recording_take(training->trainer, n_trained, &error);

  g_assert_no_error(error);
  return recording;
}

static Replay *
open_replay(const Training *training, const Recording *recording)
{
  g_autoptr(GError) error = NULL;
  Replay *replay = replay_new(training->trainer, recording, &error);

  g_assert_no_error(error);
  return replay;
}

static double
run_block(Replay *replay)
{
  g_autoptr(GError) error = NULL;
  double seconds = NAN;

  g_assert_true(replay_block(replay, &seconds, &error));
  g_assert_no_error(error);
  return seconds;
}

static bool
are_weights(const Problem *problem, const float *const *a, const float *const *b)
{
  for (size_t i = 0; i < problem_n_tensors(problem); i++) {
    const size_t n = problem_tensor_size(problem_tensor(problem, i));
    if (memcmp(a[i], b[i], n * sizeof(float)) != 0) {
      return false;
    }
  }
  return true;
}

static float **
copy_of(const Problem *problem, float *const *buffers)
{
  float **copy = problem_new_buffers(problem);

  for (size_t i = 0; i < problem_n_tensors(problem); i++) {
    const size_t n = problem_tensor_size(problem_tensor(problem, i));
    memcpy(copy[i], buffers[i], n * sizeof(float));
  }
  return copy;
}

/* ---- the same state ---- */

static void
check_that_blocks_repeat(const char *yaml)
{
  g_autoptr(Training) training = open_training(yaml);
  g_autoptr(Recording) recording = record(training, TRAINED);
  g_autoptr(Replay) replay = open_replay(training, recording);

  run_block(replay);
  float **first = copy_of(training->problem, training->trainer->weights);
  run_block(replay);
  g_assert_true(are_weights(training->problem, trainer_weights(training->trainer),
                            (const float *const *)first));
  problem_free_buffers(training->problem, first);
}

static void
test_every_block_begins_where_the_first_did(void)
{
  check_that_blocks_repeat(adam);
  check_that_blocks_repeat(accumulated);
  check_that_blocks_repeat(scheduled);
}

/* ---- the bits of training ---- */

/* gradients of the 8 batches after TRAINED, and training that stands before them */
static void
record_by_hand(Training *training, float **ring[RECORDING_MOST])
{
  g_autoptr(GError) error = NULL;
  uint64_t unused;

  for (size_t i = 0; i < TRAINED; i++) {
    g_assert_true(trainer_step(training->trainer, &error));
  }
  g_autoptr(GBytes) state = trainer_save(training->trainer, "k", 0, &error);
  for (size_t i = 0; i < RECORDING_MOST; i++) {
    g_assert_true(trainer_step(training->trainer, &error));
    ring[i] = copy_of(training->problem, training->trainer->gradients);
  }
  g_assert_true(trainer_restore(training->trainer, state, "k", &unused, 0, &error));
}

static void
step_by_hand(const Training *training, float **ring[RECORDING_MOST], uint64_t n)
{
  for (uint64_t i = 0; i < n; i++) {
    for (size_t k = 0; k < problem_n_tensors(training->problem); k++) {
      optreg_optimizer_set_gradient(training->trainer->optimizer, k,
                                    ring[i % RECORDING_MOST][k], NULL);
    }
    g_assert_cmpint(optreg_optimizer_step(training->trainer->optimizer, NULL), ==,
                    OPTREG_STEP_APPLIED);
  }
}

static void
test_a_block_goes_through_the_gradients_of_training(void)
{
  g_autoptr(Training) measured = open_training(adam);
  g_autoptr(Training) by_hand = open_training(adam);
  g_autoptr(Recording) recording = record(measured, TRAINED);
  g_autoptr(Replay) replay = open_replay(measured, recording);
  const ReplayFacts *facts = replay_facts(replay);
  float **ring[RECORDING_MOST];

  g_assert_cmpuint(recording->trained, ==, TRAINED);
  g_assert_cmpuint(recording->n_gradients, ==, RECORDING_MOST);
  run_block(replay);
  record_by_hand(by_hand, ring);
  step_by_hand(by_hand, ring, facts->n_before + facts->n_calls);
  g_assert_true(are_weights(measured->problem, trainer_weights(measured->trainer),
                            trainer_weights(by_hand->trainer)));
  for (size_t i = 0; i < RECORDING_MOST; i++) {
    problem_free_buffers(by_hand->problem, ring[i]);
  }
}

/* ---- facts ---- */

static void
test_facts_are_those_of_the_arm(void)
{
  g_autoptr(Training) training = open_training(adam);
  g_autoptr(Recording) recording = record(training, 0);
  g_autoptr(Replay) replay = open_replay(training, recording);
  const ReplayFacts *facts = replay_facts(replay);
  uint64_t n = 0;

  for (size_t i = 0; i < problem_n_tensors(training->problem); i++) {
    n += problem_tensor_size(problem_tensor(training->problem, i));
  }
  g_assert_cmpuint(recording->trained, ==, 0);
  g_assert_cmpuint(facts->n_parameters, ==, n);
  g_assert_cmpuint(facts->state_bytes, >=, 8 * n);
  /* two slots and the parameter there and back, the gradient looked at twice */
  g_assert_cmpfloat(facts->bytes_moved, ==, 32.0);
  g_assert_cmpfloat(recording->gradient_s, >, 0.0);
}

static void
test_blocks_have_whole_windows(void)
{
  g_autoptr(Training) training = open_training(accumulated);
  g_autoptr(Recording) recording = record(training, TRAINED);
  g_autoptr(Replay) replay = open_replay(training, recording);

  g_assert_cmpuint(replay_facts(replay)->n_calls % 3, ==, 0);
  /* a call of three updates */
  g_assert_cmpfloat(replay_facts(replay)->bytes_moved, >, 12.0);
  g_assert_cmpfloat(replay_facts(replay)->bytes_moved, <, 28.0);
}

/* ---- files ---- */

/* what another process reads gives the same block as what was recorded */
static void
test_a_recording_comes_back_from_its_file(void)
{
  g_autoptr(Training) one = open_training(adam);
  g_autoptr(Training) other = open_training(adam);
  g_autoptr(Recording) recording = record(one, TRAINED);
  g_autoptr(GError) error = NULL;
  g_autofree char *folder = g_dir_make_tmp("optreg-XXXXXX", NULL);
  g_autofree char *path = g_build_filename(folder, "recording", NULL);

  g_assert_null(recording_read(other->problem, path));
  g_assert_true(recording_write(recording, path, &error));
  g_assert_no_error(error);
  g_autoptr(Recording) read = recording_read(other->problem, path);
  g_assert_nonnull(read);
  g_assert_cmpuint(read->trained, ==, TRAINED);
  g_assert_cmpfloat(read->gradient_s, ==, recording->gradient_s);
  g_assert_true(recording_go_back(recording, one->trainer, &error));
  g_assert_true(recording_go_back(read, other->trainer, &error));
  g_assert_true(are_weights(one->problem, trainer_weights(one->trainer),
                            trainer_weights(other->trainer)));
  for (size_t i = 0; i < RECORDING_MOST; i++) {
    g_assert_true(are_weights(one->problem, (const float *const *)read->gradients[i],
                              (const float *const *)recording->gradients[i]));
  }
  g_assert_true(g_file_set_contents(path, "optreg recording 8 1 0x1p+0 0\n", -1, NULL));
  g_assert_null(recording_read(other->problem, path));
  g_remove(path);
  g_rmdir(folder);
}

/* ---- training that fails ---- */

static void
test_what_diverges_is_measured_at_its_beginning(void)
{
  g_autoptr(Training) training = open_training(wild);
  g_autoptr(Recording) recording = record(training, TRAINED);
  g_autoptr(Replay) replay = open_replay(training, recording);

  g_assert_cmpuint(recording->trained, ==, 0);
  g_assert_cmpuint(recording->n_gradients, >=, 1);
  g_assert_cmpuint(recording->n_gradients, <, RECORDING_MOST);
  run_block(replay);
}

static void
test_without_a_finite_gradient_there_is_no_replay(void)
{
  g_autoptr(Training) training = open_training(adam);
  g_autoptr(GError) error = NULL;

  for (size_t i = 0; i < problem_n_tensors(training->problem); i++) {
    const size_t n = problem_tensor_size(problem_tensor(training->problem, i));
    for (size_t k = 0; k < n; k++) {
      training->trainer->weights[i][k] = NAN;
    }
  }
  g_assert_null(recording_take(training->trainer, TRAINED, &error));
  g_assert_error(error, STATUS_ERROR, STATUS_FAILED);
  g_assert_cmpstr(error->message, ==, "no gradient of its training is finite");
}

int
main(int argc, char **argv)
{
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/replay/every-block-begins-where-the-first-did",
                  test_every_block_begins_where_the_first_did);
  g_test_add_func("/replay/a-block-goes-through-the-gradients-of-training",
                  test_a_block_goes_through_the_gradients_of_training);
  g_test_add_func("/replay/facts-are-those-of-the-arm",
                  test_facts_are_those_of_the_arm);
  g_test_add_func("/replay/blocks-have-whole-windows", test_blocks_have_whole_windows);
  g_test_add_func("/replay/a-recording-comes-back-from-its-file",
                  test_a_recording_comes_back_from_its_file);
  g_test_add_func("/replay/what-diverges-is-measured-at-its-beginning",
                  test_what_diverges_is_measured_at_its_beginning);
  g_test_add_func("/replay/without-a-finite-gradient-there-is-none",
                  test_without_a_finite_gradient_there_is_no_replay);
  return g_test_run();
}
