/* SPDX-License-Identifier: MIT */
/* A thread that is cancelled during a call ends after it, and leaves no lock behind. */
#include "trees.h"

#include <glib/gstdio.h>
#include <pthread.h>

enum { N = 200000 };

static float w[N], gradient[N], other[N];

typedef struct Scene {
  optreg_registry *registry;
  optreg_optimizer *optimizer, *unbuilt;
  optreg_shadow *shadow;
  optreg_checkpoint *checkpoint;
  const char *yaml, *saved; /* files */
} Scene;

static const char text[] = "optimizer: adam\nuse_ema: true\nglobal_clipnorm: 1\n";

static void
add_parameter(optreg_optimizer *optimizer, float *parameter)
{
  const uint64_t shape = N;
  g_autoptr(optreg_error) error = NULL;

  optreg_optimizer_add_parameter(optimizer, "w", OPTREG_F32, &shape, 1, parameter,
                                 gradient, &error);
  assert_no_error(error);
}

static bool
make_registry(Scene *scene)
{
  optreg_registry *registry = built_plugins();

  (void)scene;
  optreg_registry_free(registry);
  return registry != NULL;
}

static bool
list_names(Scene *scene)
{
  char **names = optreg_registry_names(scene->registry);
  const bool is_listed = names[0] != NULL;

  optreg_names_free(names);
  return is_listed;
}

static bool
open_plugin(Scene *scene)
{
  return optreg_registry_info(scene->registry, "rmsprop", NULL) != NULL;
}

static bool
summarise(Scene *scene)
{
  optreg_plugin_summary *summary =
      optreg_registry_summary(scene->registry, "adagrad", NULL);
  const bool is_there = summary != NULL;

  optreg_plugin_summary_free(summary);
  return is_there;
}

static bool
read_text(Scene *scene)
{
  g_autoptr(optreg_optimizer) optimizer =
      optreg_optimizer_from_string(scene->registry, text, "cancel.yaml", NULL);
  return optimizer != NULL;
}

static bool
read_file(Scene *scene)
{
  g_autoptr(optreg_optimizer)
      optimizer = optreg_optimizer_from_file(scene->registry, scene->yaml, NULL);
  return optimizer != NULL;
}

static bool
build(Scene *scene)
{
  return optreg_optimizer_build(scene->unbuilt, NULL);
}

static bool
step(Scene *scene)
{
  for (int i = 0; i < 20; i++) {
    if (optreg_optimizer_step(scene->optimizer, NULL) != OPTREG_STEP_APPLIED) {
      return false;
    }
  }
  return true;
}

static bool
view(Scene *scene)
{
  return optreg_optimizer_eval_view(scene->optimizer, 0, NULL) != NULL;
}

static bool
finalize(Scene *scene)
{
  return optreg_optimizer_finalize(scene->optimizer, NULL);
}

static bool
save(Scene *scene)
{
  return optreg_optimizer_save(scene->optimizer, scene->saved, NULL, NULL);
}

static bool
load(Scene *scene)
{
  return optreg_optimizer_load(scene->optimizer, scene->saved, NULL, NULL);
}

static bool
through_memory(Scene *scene)
{
  size_t size;
  void *memory = optreg_optimizer_save_to_memory(scene->optimizer, NULL, &size, NULL);
  const bool is_loaded =
      memory != NULL
      && optreg_optimizer_load_from_memory(scene->optimizer, memory, size, NULL, NULL);

  optreg_memory_free(memory);
  return is_loaded;
}

static bool
open_checkpoint(Scene *scene)
{
  scene->checkpoint = optreg_checkpoint_open(scene->saved, NULL);
  return scene->checkpoint != NULL && optreg_checkpoint_verify(scene->checkpoint, NULL);
}

static bool
make_shadow(Scene *scene)
{
  scene->shadow = optreg_shadow_new(scene->optimizer, NULL);
  return scene->shadow != NULL;
}

static bool
add_candidate(Scene *scene)
{
  return optreg_shadow_add(scene->shadow, "sgd",
                           optreg_optimizer_from_string(
                               scene->registry, "optimizer: sgd\n", "sgd.yaml", NULL),
                           NULL);
}

static bool
shadow_step(Scene *scene)
{
  return optreg_shadow_step(scene->shadow, NULL) == OPTREG_STEP_APPLIED;
}

static bool
free_shadow(Scene *scene)
{
  optreg_shadow_free(scene->shadow);
  return true;
}

/* waits for the threads of the pool */
static bool
free_optimizer(Scene *scene)
{
  optreg_optimizer_free(scene->unbuilt);
  return true;
}

/* in the order of their use */
static const struct {
  const char *name;
  bool (*make)(Scene *scene);
} calls[] = {
  { "registry_new", make_registry },
  { "registry_names", list_names },
  { "registry_info", open_plugin },
  { "registry_summary", summarise },
  { "from_string", read_text },
  { "from_file", read_file },
  { "build", build },
  { "step", step },
  { "eval_view", view },
  { "finalize", finalize },
  { "save", save },
  { "load", load },
  { "save_to_memory, load_from_memory", through_memory },
  { "checkpoint_open", open_checkpoint },
  { "shadow_new", make_shadow },
  { "shadow_add", add_candidate },
  { "shadow_step", shadow_step },
  { "shadow_free", free_shadow },
  { "free", free_optimizer },
};

typedef struct Victim {
  Scene *scene;
  bool (*make)(Scene *scene);
  bool has_returned, has_succeeded;
} Victim;

/* is cancelled before the call already, so that it would end where it first can */
static void *
be_cancelled(void *data)
{
  Victim *victim = data;

  pthread_cancel(pthread_self());
  victim->has_succeeded = victim->make(victim->scene);
  victim->has_returned = true;
  pthread_testcancel();
  return NULL;
}

static void
test_calls_are_ended(void)
{
  g_autofree char *folder = g_dir_make_tmp("optreg-XXXXXX", NULL);
  g_autofree char *yaml = g_build_filename(folder, "adam.yaml", NULL);
  g_autofree char *saved = g_build_filename(folder, "state", NULL);
  Scene scene = { .registry = built_plugins(), .yaml = yaml, .saved = saved };

  g_assert_true(g_file_set_contents(yaml, text, -1, NULL));
  scene.optimizer = optimizer_from_text(text);
  scene.unbuilt = optimizer_from_text(text);
  add_parameter(scene.optimizer, w);
  add_parameter(scene.unbuilt, other);
  g_assert_true(optreg_optimizer_build(scene.optimizer, NULL));
  for (size_t i = 0; i < G_N_ELEMENTS(calls); i++) {
    Victim victim = { .scene = &scene, .make = calls[i].make };
    pthread_t thread;
    void *result = NULL;
    g_test_message("%s", calls[i].name);
    g_assert_cmpint(pthread_create(&thread, NULL, be_cancelled, &victim), ==, 0);
    g_assert_cmpint(pthread_join(thread, &result), ==, 0);
    g_assert_true(victim.has_returned);
    g_assert_true(victim.has_succeeded);
    g_assert_true(result == PTHREAD_CANCELED);
  }
  optreg_checkpoint_free(scene.checkpoint);
  optreg_optimizer_free(scene.optimizer);
  optreg_registry_free(scene.registry);
  g_remove(yaml);
  g_remove(saved);
  g_rmdir(folder);
}

/* a function of the application that the step runs */
static void
reach_a_cancellation_point(void *context, size_t index, void *data)
{
  (void)index;
  (void)data;
  pthread_cancel(pthread_self());
  pthread_testcancel();
  *(bool *)context = true;
}

static bool
step_once(Scene *scene)
{
  return optreg_optimizer_step(scene->optimizer, NULL) == OPTREG_STEP_APPLIED;
}

static void
test_a_step_goes_on_when_it_is_cancelled_in_its_midst(void)
{
  Scene scene = { .optimizer = optimizer_from_text(text) };
  Victim victim = { .scene = &scene, .make = step_once };
  bool has_gone_on = false;
  pthread_t thread;
  void *result = NULL;

  add_parameter(scene.optimizer, w);
  optreg_optimizer_set_constraint(scene.optimizer, 0, reach_a_cancellation_point,
                                  &has_gone_on, NULL);
  g_assert_true(optreg_optimizer_build(scene.optimizer, NULL));
  g_assert_cmpint(pthread_create(&thread, NULL, be_cancelled, &victim), ==, 0);
  pthread_join(thread, &result);
  g_assert_true(has_gone_on);
  g_assert_true(victim.has_succeeded);
  g_assert_true(result == PTHREAD_CANCELED);
  g_assert_cmpuint(optreg_optimizer_last_step(scene.optimizer)->step, ==, 1);
  optreg_optimizer_free(scene.optimizer);
}

static void
test_a_call_leaves_the_state_of_cancellation_as_it_was(void)
{
  static const int states[] = { PTHREAD_CANCEL_DISABLE, PTHREAD_CANCEL_ENABLE };
  Scene scene = { .optimizer = optimizer_from_text(text) };

  add_parameter(scene.optimizer, w);
  g_assert_true(optreg_optimizer_build(scene.optimizer, NULL));
  for (size_t i = 0; i < G_N_ELEMENTS(states); i++) {
    int after = -1;
    pthread_setcancelstate(states[i], NULL);
    g_assert_true(step_once(&scene));
    pthread_setcancelstate(PTHREAD_CANCEL_ENABLE, &after);
    g_assert_cmpint(after, ==, states[i]);
  }
  optreg_optimizer_free(scene.optimizer);
}

int
main(int argc, char **argv)
{
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/cancel/calls-are-ended", test_calls_are_ended);
  g_test_add_func("/cancel/a-step-goes-on-when-it-is-cancelled-in-its-midst",
                  test_a_step_goes_on_when_it_is_cancelled_in_its_midst);
  g_test_add_func("/cancel/a-call-leaves-the-state-as-it-was",
                  test_a_call_leaves_the_state_of_cancellation_as_it_was);
  return g_test_run();
}
