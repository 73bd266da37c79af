/* SPDX-License-Identifier: MIT */
/* Several optimizers in one process, which share its workers: at the same time, from
 * within one another's steps, and in a child. Runs under ThreadSanitizer, too
 * (tools/test threads). */
#include "trees.h"

#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

enum { N = 200000, N_TENSORS = 3, N_STEPS = 12, N_MODELS = 4 };

/* with an optimizer of its own, whose steps can be compared with those of another */
typedef struct Model {
  optreg_optimizer *optimizer;
  float *weights[N_TENSORS], *gradients[N_TENSORS];
  int n_failures; /* steps that did not update */
} Model;

static const char *const texts[N_MODELS] = {
  "optimizer: adam\nglobal_clipnorm: 1\n",
  "optimizer: sgd\nmomentum: 0.9\nuse_ema: true\n",
  "optimizer: adagrad\nclipnorm: 0.5\n",
  "optimizer: rmsprop\nnonfinite: skip\n",
};

static void
fill(const Model *model)
{
  for (size_t t = 0; t < N_TENSORS; t++) {
    for (size_t i = 0; i < N; i++) {
      model->weights[t][i] = (float)((i * 7 + t) % 101) / 50.0f - 1.0f;
      model->gradients[t][i] = (float)((i * 13 + t) % 89) / 40.0f - 1.0f;
    }
  }
}

/* not built */
static void
model_init(Model *model, const char *text, uint32_t n_threads)
{
  const uint64_t shape = N;
  g_autoptr(optreg_error) error = NULL;

  *model = (Model){ .optimizer = optimizer_from_text(text) };
  for (size_t t = 0; t < N_TENSORS; t++) {
    const char name[] = { (char)('a' + t), '\0' };
    model->weights[t] = g_new(float, N);
    model->gradients[t] = g_new(float, N);
    optreg_optimizer_add_parameter(model->optimizer, name, OPTREG_F32, &shape, 1,
                                   model->weights[t], model->gradients[t], &error);
    assert_no_error(error);
  }
  fill(model);
  optreg_optimizer_set_threads(model->optimizer, n_threads, &error);
  assert_no_error(error);
}

static void
model_build(const Model *model)
{
  g_autoptr(optreg_error) error = NULL;

  optreg_optimizer_build(model->optimizer, &error);
  assert_no_error(error);
}

static void
model_clear(Model *model)
{
  optreg_optimizer_free(model->optimizer);
  for (size_t t = 0; t < N_TENSORS; t++) {
    g_free(model->weights[t]);
    g_free(model->gradients[t]);
  }
}

/* the gradients of the next step follow from the weights */
static void
model_step(Model *model)
{
  model->n_failures += optreg_optimizer_step(model->optimizer, NULL)
                       != OPTREG_STEP_APPLIED;
  for (size_t t = 0; t < N_TENSORS; t++) {
    for (size_t i = 0; i < N; i += 97) {
      model->gradients[t][i] = model->weights[t][i];
    }
  }
}

static void
model_train(Model *model)
{
  for (int i = 0; i < N_STEPS; i++) {
    model_step(model);
  }
}

static void
assert_same_bits(const Model *model, const Model *expected)
{
  g_assert_cmpint(model->n_failures, ==, 0);
  for (size_t t = 0; t < N_TENSORS; t++) {
    g_assert_cmpmem(model->weights[t], N * sizeof(float), expected->weights[t],
                    N * sizeof(float));
  }
}

/* what one thread makes of a configuration when nothing else happens */
static void
train_alone(Model *model, const char *text)
{
  model_init(model, text, 1);
  model_build(model);
  model_train(model);
}

/* ---- on threads of their own ---- */

typedef struct Trainer {
  const char *text;
  uint32_t n_threads;
  Model model;
  pthread_t thread;
} Trainer;

static void *
live(void *data)
{
  Trainer *trainer = data;

  model_init(&trainer->model, trainer->text, trainer->n_threads);
  model_build(&trainer->model);
  model_train(&trainer->model);
  return NULL;
}

static void
assert_trainers_have_the_bits_of_one_thread(const uint32_t *n_threads)
{
  Trainer trainers[N_MODELS] = { 0 };

  for (size_t i = 0; i < N_MODELS; i++) {
    trainers[i].text = texts[i];
    trainers[i].n_threads = n_threads[i];
    g_assert_cmpint(pthread_create(&trainers[i].thread, NULL, live, &trainers[i]), ==,
                    0);
  }
  for (size_t i = 0; i < N_MODELS; i++) {
    Model alone;
    pthread_join(trainers[i].thread, NULL);
    train_alone(&alone, texts[i]);
    assert_same_bits(&trainers[i].model, &alone);
    model_clear(&alone);
    model_clear(&trainers[i].model);
  }
}

static void
test_on_threads_of_their_own(void)
{
  static const uint32_t limits[][N_MODELS] = { { 0, 0, 0, 0 },
                                               { 2, 2, 2, 2 },
                                               { 1, 4, 2, 3 } };

  for (size_t i = 0; i < G_N_ELEMENTS(limits); i++) {
    assert_trainers_have_the_bits_of_one_thread(limits[i]);
  }
}

static void *
build_and_free(void *data)
{
  const atomic_bool *may_end = data;

  while (!atomic_load(may_end)) {
    Model model;
    model_init(&model, texts[1], 0);
    model_build(&model);
    model_step(&model);
    model_clear(&model);
  }
  return NULL;
}

static void
test_builds_and_frees_beside_a_step_change_nothing(void)
{
  Model model, alone;
  atomic_bool may_end = false;
  pthread_t other;

  train_alone(&alone, texts[0]);
  model_init(&model, texts[0], 2);
  model_build(&model);
  g_assert_cmpint(pthread_create(&other, NULL, build_and_free, &may_end), ==, 0);
  model_train(&model);
  atomic_store(&may_end, true);
  pthread_join(other, NULL);
  assert_same_bits(&model, &alone);
  model_clear(&model);
  model_clear(&alone);
}

/* ThreadSanitizer has a thread of its own, and permits none in a child */
static bool
is_watched(void)
{
#ifdef __SANITIZE_THREAD__
  g_test_skip("ThreadSanitizer is at work");
  return true;
#else
  return false;
#endif
}

/* ---- how many threads ---- */

static unsigned
threads_of_the_process(void)
{
  g_autoptr(GDir) threads = g_dir_open("/proc/self/task", 0, NULL);
  unsigned n = 0;

  while (g_dir_read_name(threads) != NULL) {
    n++;
  }
  return n;
}

/* the kernel lists a thread for a moment after it has been joined */
static void
await_threads_of_the_process(unsigned n)
{
  while (threads_of_the_process() > n) {
    sched_yield();
  }
}

static optreg_optimizer *
small_optimizer(optreg_registry *registry, float *weight, float *gradient,
                uint32_t n_threads)
{
  optreg_optimizer *optimizer =
      optreg_optimizer_from_string(registry, "optimizer: sgd\n", "small.yaml", NULL);

  optreg_optimizer_add_parameter(optimizer, "w", OPTREG_F32, NULL, 0, weight, gradient,
                                 NULL);
  optreg_optimizer_set_threads(optimizer, n_threads, NULL);
  g_assert_true(optreg_optimizer_build(optimizer, NULL));
  return optimizer;
}

static void
test_many_make_no_more_threads_than_one(void)
{
  enum { N_SMALL = 150 };
  static float weights[N_SMALL], gradients[N_SMALL];
  optreg_optimizer *optimizers[N_SMALL];
  optreg_registry *registry = built_plugins();
  const unsigned before = threads_of_the_process();

  if (is_watched()) {
    optreg_registry_free(registry);
    return;
  }
  for (size_t i = 0; i < N_SMALL; i++) {
    optimizers[i] = small_optimizer(registry, &weights[i], &gradients[i], 2);
    g_assert_cmpuint(threads_of_the_process(), <=, before + 1);
  }
  for (size_t i = 0; i < N_SMALL; i++) {
    g_assert_cmpint(optreg_optimizer_step(optimizers[i], NULL), ==,
                    OPTREG_STEP_APPLIED);
  }
  g_assert_cmpuint(threads_of_the_process(), <=, before + 1);
  for (size_t i = 0; i < N_SMALL; i++) {
    optreg_optimizer_free(optimizers[i]);
  }
  await_threads_of_the_process(before);
  optreg_registry_free(registry);
}

/* ---- steps within steps ---- */

/* steps another model each time something of the first calls back */
typedef struct Nest {
  Model *inner;
  pthread_mutex_t mutex; /* calls of a log may come from several threads */
  int n_steps;
} Nest;

static void
step_inner(Nest *nest)
{
  pthread_mutex_lock(&nest->mutex);
  if (nest->n_steps < N_STEPS) {
    model_step(nest->inner);
    nest->n_steps++;
  }
  pthread_mutex_unlock(&nest->mutex);
}

static void
step_in_log(void *context, uint32_t level, const char *message)
{
  (void)level;
  if (strcmp(message, "update") == 0) {
    step_inner(context);
  }
}

static void
step_in_constraint(void *context, size_t index, void *data)
{
  (void)index;
  (void)data;
  step_inner(context);
}

/* a loop of the host that steps before, between and after the tasks that it is given */
static void
step_in_loop(void *context, size_t n, void (*task)(void *argument, size_t index),
             void *argument)
{
  for (size_t i = 0; i < n; i++) {
    step_inner(context);
    task(argument, i);
  }
  step_inner(context);
}

static void
take_constraint(optreg_optimizer *optimizer, Nest *nest)
{
  for (size_t t = 0; t < N_TENSORS; t++) {
    optreg_optimizer_set_constraint(optimizer, t, step_in_constraint, nest, NULL);
  }
}

static void
take_loop(optreg_optimizer *optimizer, Nest *nest)
{
  optreg_optimizer_set_parallel_for(optimizer, step_in_loop, nest, NULL);
}

static void
take_log(optreg_optimizer *optimizer, Nest *nest)
{
  optreg_optimizer_set_log(optimizer, step_in_log, nest, NULL);
}

static const struct {
  const char *place, *text; /* of the outer step */
  void (*take)(optreg_optimizer *optimizer, Nest *nest);
} nests[] = {
  { "a constraint", "optimizer: adam\n", take_constraint },
  { "the host's loop", "optimizer: adam\n", take_loop },
  { "the host's loop, with two sweeps", "optimizer: adam\nglobal_clipnorm: 1\n",
    take_loop },
  { "the log of a kernel", "optimizer: test_talk\n", take_log },
};

static void
test_steps_within_steps(void)
{
  Model inner_alone;

  train_alone(&inner_alone, texts[0]);
  for (size_t i = 0; i < G_N_ELEMENTS(nests); i++) {
    Model inner, outer, outer_alone;
    Nest nest = { .inner = &inner, .mutex = PTHREAD_MUTEX_INITIALIZER };
    g_test_message("a step from within %s", nests[i].place);
    train_alone(&outer_alone, nests[i].text);
    model_init(&inner, texts[0], 0);
    model_build(&inner);
    model_init(&outer, nests[i].text, 2);
    nests[i].take(outer.optimizer, &nest);
    model_build(&outer);
    model_train(&outer);
    g_assert_cmpint(nest.n_steps, ==, N_STEPS);
    assert_same_bits(&inner, &inner_alone);
    assert_same_bits(&outer, &outer_alone);
    model_clear(&outer_alone);
    model_clear(&outer);
    model_clear(&inner);
  }
  model_clear(&inner_alone);
}

/* ---- a fork during another's step ---- */

/* a step stays in its constraint until it may end */
typedef struct Pause {
  Model model;
  atomic_bool has_begun, may_end;
  pthread_t thread;
} Pause;

static void
wait_in_constraint(void *context, size_t index, void *data)
{
  Pause *pause = context;

  (void)index;
  (void)data;
  atomic_store(&pause->has_begun, true);
  while (!atomic_load(&pause->may_end)) {
    sched_yield();
  }
}

static void *
step_and_wait(void *data)
{
  Pause *pause = data;

  model_train(&pause->model);
  return NULL;
}

static bool
has_bits(const Model *model, const Model *expected)
{
  bool is_same = model->n_failures == 0;

  for (size_t t = 0; t < N_TENSORS; t++) {
    is_same &= memcmp(model->weights[t], expected->weights[t], N * sizeof(float)) == 0;
  }
  return is_same;
}

/* with the optimizer that it inherited, and with one of its own */
static int
train_in_child(Model *inherited, const Model *alone)
{
  Model own;

  alarm(60);
  model_train(inherited);
  model_init(&own, texts[0], 2);
  model_build(&own);
  model_train(&own);
  const bool is_right = has_bits(inherited, alone) && has_bits(&own, alone);
  model_clear(&own);
  model_clear(inherited);
  return is_right ? 0 : 1;
}

static int
status_of(pid_t child)
{
  int status = -1;

  while (waitpid(child, &status, 0) < 0 && errno == EINTR) {
  }
  return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static void
assert_child_trains(Model *inherited, const Model *alone)
{
  const pid_t child = fork();

  if (child == 0) {
    _exit(train_in_child(inherited, alone));
  }
  g_assert_cmpint(status_of(child), ==, 0);
}

static void
test_a_child_of_a_fork_during_anothers_step_trains(void)
{
  Pause pause = { .has_begun = false };
  Model idle, alone, other_alone;

  if (is_watched()) {
    return;
  }
  train_alone(&alone, texts[0]);
  train_alone(&other_alone, texts[1]);
  model_init(&idle, texts[0], 2);
  model_build(&idle);
  model_init(&pause.model, texts[1], 2);
  optreg_optimizer_set_constraint(pause.model.optimizer, 1, wait_in_constraint, &pause,
                                  NULL);
  model_build(&pause.model);
  g_assert_cmpint(pthread_create(&pause.thread, NULL, step_and_wait, &pause), ==, 0);
  while (!atomic_load(&pause.has_begun)) {
    sched_yield();
  }
  assert_child_trains(&idle, &alone);
  atomic_store(&pause.may_end, true);
  for (int i = 0; i < 5; i++) { /* at any place of a step */
    assert_child_trains(&idle, &alone);
  }
  pthread_join(pause.thread, NULL);
  model_train(&idle);
  assert_same_bits(&idle, &alone);
  assert_same_bits(&pause.model, &other_alone);
  model_clear(&pause.model);
  model_clear(&idle);
  model_clear(&alone);
  model_clear(&other_alone);
}

int
main(int argc, char **argv)
{
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/together/many-make-no-more-threads-than-one",
                  test_many_make_no_more_threads_than_one);
  g_test_add_func("/together/on-threads-of-their-own", test_on_threads_of_their_own);
  g_test_add_func("/together/builds-and-frees-beside-a-step-change-nothing",
                  test_builds_and_frees_beside_a_step_change_nothing);
  g_test_add_func("/together/steps-within-steps", test_steps_within_steps);
  g_test_add_func("/together/a-child-of-a-fork-during-anothers-step-trains",
                  test_a_child_of_a_fork_during_anothers_step_trains);
  return g_test_run();
}
