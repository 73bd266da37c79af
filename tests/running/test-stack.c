/* SPDX-License-Identifier: MIT */
/* Calls on a small stack: the amount that optreg.h names is enough, with room to spare.
 * The stack is painted, so that what was touched shows. */
#include "trees.h"

#include <glib/gstdio.h>
#include <pthread.h>
#include <string.h>

enum {
  N = 70000,
  N_TENSORS = 3,
  STEP_STACK = 64 * 1024,   /* of optreg.h */
  OTHER_STACK = 256 * 1024, /* of optreg.h */
  OWN = 16 * 1024, /* glibc's: a thread's descriptor, and variables of its own */
  PAINT = 0x5a
};

static const char *const optimizers[] = { "adadelta", "adagrad", "adam",
                                          "adamw",    "rmsprop", "sgd" };

/* every wrapper, so that every stage is there */
static const char wrappers[] =
    "clipvalue: 1\nclipnorm: 1\nglobal_clipnorm: 1\nuse_ema: true\n"
    "weight_decay: 0.01\nloss_scale_factor: 8\ngradient_accumulation_steps: 2\n";

typedef struct Scene {
  const char *optimizer;
  optreg_optimizer *live;
  optreg_shadow *shadow;
  float w[N_TENSORS][N], gradient[N];
} Scene;

static optreg_optimizer *
read_optimizer(const char *name)
{
  g_autofree char *yaml = g_strdup_printf("optimizer: %s\n%s", name, wrappers);
  return optimizer_from_text(yaml);
}

/* reading, building, saving and loading */
static void *
begin(void *data)
{
  static const uint64_t shapes[N_TENSORS][2] = { { N / 100, 100 }, { N, 1 }, { 7, 1 } };
  Scene *scene = data;
  g_autoptr(optreg_error) error = NULL;

  scene->live = read_optimizer(scene->optimizer);
  for (size_t i = 0; i < N_TENSORS; i++) {
    g_autofree char *name = g_strdup_printf("w%zu", i);
    optreg_optimizer_add_parameter(scene->live, name, OPTREG_F32, shapes[i], 2,
                                   scene->w[i], scene->gradient, &error);
    assert_no_error(error);
  }
  optreg_optimizer_set_threads(scene->live, 1, NULL);
  optreg_optimizer_set_diagnostics(scene->live, 1, NULL);
  optreg_optimizer_build(scene->live, &error);
  assert_no_error(error);
  scene->shadow = optreg_shadow_new(scene->live, &error);
  assert_no_error(error);
  optreg_shadow_add(scene->shadow, "same", read_optimizer(scene->optimizer), &error);
  assert_no_error(error);
  return NULL;
}

static void *
step(void *data)
{
  Scene *scene = data;

  for (int i = 0; i < 4; i++) {
    const optreg_status status = optreg_optimizer_step(scene->live, NULL);
    g_assert_true(status == OPTREG_STEP_APPLIED || status == OPTREG_STEP_ACCUMULATED);
    g_assert_cmpint(optreg_shadow_step(scene->shadow, NULL), !=, OPTREG_STEP_ERROR);
  }
  return NULL;
}

static void *
finish(void *data)
{
  Scene *scene = data;
  g_autoptr(optreg_error) error = NULL;
  g_autofree char *folder = g_dir_make_tmp("optreg-XXXXXX", NULL);
  g_autofree char *file = g_build_filename(folder, "state", NULL);

  optreg_optimizer_save(scene->live, file, NULL, &error);
  assert_no_error(error);
  optreg_optimizer_load(scene->live, file, NULL, &error);
  assert_no_error(error);
  g_remove(file);
  g_rmdir(folder);
  g_assert_true(optreg_optimizer_finalize(scene->live, NULL));
  optreg_shadow_free(scene->shadow);
  optreg_optimizer_free(scene->live);
  return NULL;
}

/* bytes of stack that the function touches on a thread of its own */
static size_t
stack_of(void *(*run)(void *scene), Scene *scene)
{
  const size_t size = 4 * OTHER_STACK;
  unsigned char *stack = aligned_alloc(4096, size);
  pthread_attr_t attributes;
  pthread_t thread;
  size_t untouched = 0;

  memset(stack, PAINT, size);
  pthread_attr_init(&attributes);
  g_assert_cmpint(pthread_attr_setstack(&attributes, stack, size), ==, 0);
  g_assert_cmpint(pthread_create(&thread, &attributes, run, scene), ==, 0);
  pthread_join(thread, NULL);
  pthread_attr_destroy(&attributes);
  while (untouched < size && stack[untouched] == PAINT) {
    untouched++;
  }
  free(stack);
  return size - untouched;
}

static void
test_calls_need_as_much_as_the_header_says(const void *data)
{
  g_autofree Scene *scene = g_new0(Scene, 1);

  if (OPTREG_TEST_SANITIZED) {
    g_test_skip("sanitizers need stack of their own");
    return;
  }
  scene->optimizer = data;
  for (size_t i = 0; i < N; i++) {
    scene->gradient[i] = (float)(i % 7) - 3.0f;
  }
  const size_t first = stack_of(begin, scene);
  const size_t steps = stack_of(step, scene);
  const size_t last = stack_of(finish, scene);
  g_test_message("%s: build %zu, step %zu, save and load %zu bytes", scene->optimizer,
                 first, steps, last);
  g_assert_cmpuint(first, >, 0);
  g_assert_cmpuint(first, <=, OTHER_STACK - OWN);
  g_assert_cmpuint(steps, <=, STEP_STACK - OWN / 4);
  g_assert_cmpuint(last, <=, OTHER_STACK - OWN);
}

int
main(int argc, char **argv)
{
  g_test_init(&argc, &argv, NULL);
  for (size_t i = 0; i < G_N_ELEMENTS(optimizers); i++) {
    g_autofree char *path = g_strdup_printf("/stack/%s", optimizers[i]);
    g_test_add_data_func(path, optimizers[i],
                         test_calls_need_as_much_as_the_header_says);
  }
  return g_test_run();
}
