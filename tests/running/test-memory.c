/* SPDX-License-Identifier: MIT */
/* Memory: what build asks for, what happens when there is none, none taken by a step.
 */
#include "trees.h"

#include <math.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

/* every option at once, and an optimizer whose instance allocates */
static const char *const everything =
    "optimizer: adadelta\nuse_ema: true\ngradient_accumulation_steps: 2\nclipnorm: 1\n"
    "global_clipnorm: 1\nweight_decay: 0.1\nloss_scale_factor: dynamic\n";

/* an allocator that counts, and fails at one call */
typedef struct Counting {
  size_t n_calls, fails_at;
  size_t n_live;
} Counting;

static void *
counting_allocate(void *context, size_t size, size_t alignment)
{
  Counting *counting = context;

  if (++counting->n_calls == counting->fails_at) {
    return NULL;
  }
  counting->n_live++;
  return aligned_alloc(alignment, (size + alignment - 1) / alignment * alignment);
}

static void
counting_release(void *context, void *memory)
{
  Counting *counting = context;

  counting->n_live -= memory != NULL;
  free(memory);
}

static float parameters[2][3000], gradients[2][3000];

static optreg_optimizer *
new_optimizer(const char *yaml, Counting *counting)
{
  const optreg_allocator allocator = { counting, counting_allocate, counting_release };
  static const char *const names[] = { "a", "b" };
  optreg_optimizer *optimizer = optimizer_from_text(yaml);
  const uint64_t n = 3000;

  for (size_t i = 0; i < 2; i++) {
    optreg_optimizer_add_parameter(optimizer, names[i], OPTREG_F32, &n, 1,
                                   parameters[i], gradients[i], NULL);
  }
  if (counting != NULL) {
    optreg_optimizer_set_allocator(optimizer, &allocator, NULL);
  }
  optreg_optimizer_set_diagnostics(optimizer, 2, NULL);
  return optimizer;
}

/* fail every allocation of a build in turn; each time a clear error and nothing leaked,
 * and the build succeeds when memory is there again */
static void
test_running_out_of_memory_is_an_error(gconstpointer yaml)
{
  size_t n_failures = 0;

  for (size_t fails_at = 1; n_failures < 100; fails_at++) {
    Counting counting = { .fails_at = fails_at };
    optreg_optimizer *optimizer = new_optimizer(yaml, &counting);
    g_autoptr(optreg_error) error = NULL;
    const bool is_built = optreg_optimizer_build(optimizer, &error);
    if (!is_built) {
      n_failures++;
      g_assert_cmpint(error->code, ==, OPTREG_ERROR_MEMORY);
      g_assert_nonnull(strstr(error->message, "memory"));
      g_assert_cmpuint(counting.n_live, ==, 0);
      g_assert_true(optreg_optimizer_build(optimizer, NULL));
    }
    optreg_optimizer_free(optimizer);
    g_assert_cmpuint(counting.n_live, ==, 0);
    if (is_built) {
      break;
    }
  }
  g_assert_cmpuint(n_failures, >=, 1);
  g_assert_cmpuint(n_failures, <, 100);
}

static void
test_more_than_memory_has_is_an_error(void)
{
  g_autoptr(optreg_optimizer) optimizer = optimizer_from_text("optimizer: adadelta\n");
  g_autoptr(optreg_error) error = NULL;
  const uint64_t n = UINT64_C(1) << 60;
  float w[4] = { 0 };

  optreg_optimizer_add_parameter(optimizer, "huge", OPTREG_F32, &n, 1, w, NULL, &error);
  assert_no_error(error);
  g_assert_false(optreg_optimizer_build(optimizer, &error));
  g_assert_cmpint(error->code, ==, OPTREG_ERROR_MEMORY);
  g_assert_nonnull(strstr(error->message, "out of memory: the optimizer needs"));
}

static void
test_state_bytes_are_those_of_the_slots(void)
{
  g_autoptr(optreg_optimizer) optimizer = new_optimizer(everything, NULL);

  g_assert_cmpuint(optreg_optimizer_state_bytes(optimizer), ==, 0);
  g_assert_true(optreg_optimizer_build(optimizer, NULL));
  g_assert_cmpuint(optreg_optimizer_state_bytes(optimizer), ==, 2 * 3000 * 4 * 4);
}

/* ---- no allocation in step ---- */

static atomic_size_t n_allocations;

/* the C library's own names let a test stand in front of them */
extern void *__libc_malloc(size_t size);
extern void *__libc_calloc(size_t n, size_t size);
extern void *__libc_realloc(void *memory, size_t size);

#if !OPTREG_TEST_SANITIZED
void *
malloc(size_t size)
{
  atomic_fetch_add(&n_allocations, 1);
  return __libc_malloc(size);
}

void *
calloc(size_t n, size_t size)
{
  atomic_fetch_add(&n_allocations, 1);
  return __libc_calloc(n, size);
}

void *
realloc(void *memory, size_t size)
{
  atomic_fetch_add(&n_allocations, 1);
  return __libc_realloc(memory, size);
}
#endif

static void
test_a_step_allocates_nothing(gconstpointer yaml)
{
  if (OPTREG_TEST_SANITIZED) {
    g_test_skip("the sanitizer has the allocator");
    return;
  }
  g_autoptr(optreg_optimizer) optimizer = new_optimizer(yaml, NULL);

  g_free(g_malloc(10));
  g_assert_cmpuint(atomic_load(&n_allocations), >, 0);
  optreg_optimizer_set_threads(optimizer, 3, NULL);
  g_assert_true(optreg_optimizer_build(optimizer, NULL));
  const size_t before = atomic_load(&n_allocations);
  for (int i = 0; i < 10; i++) {
    /* some are not taken, whether that is a skip or an error */
    gradients[1][5] = i == 4 ? INFINITY : i == 6 ? 1e30f : 0.0f;
    optreg_optimizer_step(optimizer, NULL);
  }
  const size_t after = atomic_load(&n_allocations);
  g_assert_cmpuint(after, ==, before);
}

static void
test_shadows_running_out_of_memory_is_an_error(void)
{
  Counting counting = { 0 };
  g_autoptr(optreg_optimizer) live = new_optimizer("optimizer: sgd\n", &counting);
  g_autoptr(optreg_error) error = NULL;

  g_assert_true(optreg_optimizer_build(live, NULL));
  counting.fails_at = counting.n_calls + 1;
  g_assert_null(optreg_shadow_new(live, &error));
  g_assert_cmpint(error->code, ==, OPTREG_ERROR_MEMORY);
  g_assert_nonnull(
      strstr(error->message, "a shadow copies the parameters twice: out of"));
}

static void
test_a_shadowed_step_allocates_nothing(void)
{
  if (OPTREG_TEST_SANITIZED) {
    g_test_skip("the sanitizer has the allocator");
    return;
  }
  g_autoptr(optreg_optimizer) live = new_optimizer(everything, NULL);

  optreg_optimizer_set_threads(live, 3, NULL);
  g_assert_true(optreg_optimizer_build(live, NULL));
  optreg_shadow *shadow = optreg_shadow_new(live, NULL);
  g_assert_true(
      optreg_shadow_add(shadow, "same", optimizer_from_text(everything), NULL));
  const size_t before = atomic_load(&n_allocations);
  for (int i = 0; i < 11; i++) {
    gradients[1][5] = i == 4 ? INFINITY : 0.0f;
    optreg_shadow_step(shadow, NULL);
  }
  const size_t after = atomic_load(&n_allocations);
  g_assert_cmpuint(after, ==, before);
  g_assert_cmpint(optreg_shadow_last_step(shadow, 0)->status, ==, OPTREG_STEP_APPLIED);
  optreg_shadow_free(shadow);
}

int
main(int argc, char **argv)
{
  g_test_init(&argc, &argv, NULL);
  g_test_add_data_func("/memory/out-of-memory/is-an-error", everything,
                       test_running_out_of_memory_is_an_error);
  g_test_add_data_func("/memory/out-of-memory/in-a-plugin", "optimizer: test_blob\n",
                       test_running_out_of_memory_is_an_error);
  g_test_add_func("/memory/more-than-memory-has",
                  test_more_than_memory_has_is_an_error);
  g_test_add_func("/memory/state-bytes", test_state_bytes_are_those_of_the_slots);
  g_test_add_data_func("/memory/a-step-allocates-nothing/adadelta", everything,
                       test_a_step_allocates_nothing);
  g_test_add_data_func("/memory/a-step-allocates-nothing/lamb",
                       "optimizer: test_lamb\nglobal_clipnorm: 1\n",
                       test_a_step_allocates_nothing);
  g_test_add_data_func("/memory/a-step-allocates-nothing/adafactor",
                       "optimizer: test_adafactor\n", test_a_step_allocates_nothing);
  g_test_add_data_func("/memory/a-step-allocates-nothing/nonfinite-error",
                       "optimizer: adam\nnonfinite: error\n",
                       test_a_step_allocates_nothing);
  g_test_add_data_func("/memory/a-step-allocates-nothing/too-many-skips",
                       "optimizer: adam\nmax_consecutive_skips: 1\n",
                       test_a_step_allocates_nothing);
  g_test_add_func("/memory/out-of-memory/for-a-shadow",
                  test_shadows_running_out_of_memory_is_an_error);
  g_test_add_func("/memory/a-step-allocates-nothing/with-a-shadow",
                  test_a_shadowed_step_allocates_nothing);
  return g_test_run();
}
