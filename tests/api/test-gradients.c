/* SPDX-License-Identifier: MIT */
/* Gradients that share memory with parameters: which are refused, and when. */
#include "trees.h"

#include <string.h>

static const char *const config = "optimizer: sgd\nlearning_rate: 0.5\n";

/* "a" at 8..15 and "b" at 24..31 of 40 floats, "empty" with no elements in a, "d" of
 * f64 in the place of 32..35 */
typedef struct Memory {
  optreg_optimizer *optimizer;
  _Alignas(8) float floats[40];
  float apart[8];
} Memory;

static void
add(Memory *memory, const char *name, uint32_t dtype, uint64_t n, size_t at,
    const void *gradient)
{
  optreg_error *error = NULL;

  optreg_optimizer_add_parameter(memory->optimizer, name, dtype, &n, 1,
                                 memory->floats + at, gradient, &error);
  assert_no_error(error);
}

static void
memory_init(Memory *memory, const void *a_gradient, const void *d_gradient)
{
  memset(memory, 0, sizeof *memory);
  memory->optimizer = optimizer_from_text(config);
  add(memory, "a", OPTREG_F32, 8, 8, a_gradient);
  add(memory, "b", OPTREG_F32, 8, 24, memory->apart);
  add(memory, "empty", OPTREG_F32, 0, 10, memory->floats + 10);
  add(memory, "d", OPTREG_F64, 2, 32, d_gradient);
}

static void
memory_clear(Memory *memory)
{
  optreg_optimizer_free(memory->optimizer);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Memory, memory_clear)

/* a gradient and what it runs into; NULL: nothing */
static const struct {
  const char *path;
  bool is_of_d;
  size_t at; /* in floats; SIZE_MAX: no gradient */
  const char *other;
} places[] = {
  { "its-own-parameter", false, 8, "a" },
  { "another-parameter", false, 24, "b" },
  { "the-first-element", false, 1, "a" },
  { "the-last-element", false, 15, "a" },
  { "a-parameter-in-its-midst", true, 26, "b" },
  { "a-parameter-of-another-type", false, 33, "d" },
  { "f64-into-itself", true, 34, "d" },
  { "f64-into-f32", true, 12, "a" },
  { "behind-a-parameter", false, 16, NULL },
  { "before-a-parameter", false, 0, NULL },
  { "f64-between-two", true, 16, NULL },
  { "none", false, SIZE_MAX, NULL },
};

static const void *
gradient_at(const Memory *memory, size_t place)
{
  return places[place].at != SIZE_MAX ? memory->floats + places[place].at : NULL;
}

static void
assert_message(const optreg_error *error, size_t place)
{
  g_autofree char *expected =
      g_strdup_printf("the gradient of parameter '%s' and parameter '%s' share memory: "
                      "give the gradient memory of its own",
                      places[place].is_of_d ? "d" : "a", places[place].other);

  g_assert_nonnull(error);
  g_assert_cmpint(error->code, ==, OPTREG_ERROR_ARGUMENT);
  g_assert_cmpstr(error->message, ==, expected);
}

static void
test_build_finds_it(gconstpointer data)
{
  const size_t place = GPOINTER_TO_SIZE(data);
  const void *gradient;
  g_auto(Memory) memory;
  g_autoptr(optreg_error) error = NULL;
  gradient = gradient_at(&memory, place);
  memory_init(&memory, places[place].is_of_d ? NULL : gradient,
              places[place].is_of_d ? gradient : NULL);

  g_assert_cmpint(optreg_optimizer_build(memory.optimizer, &error), ==,
                  places[place].other == NULL);
  if (places[place].other != NULL) {
    assert_message(error, place);
  }
}

static void
test_set_gradient_finds_it(gconstpointer data)
{
  const size_t place = GPOINTER_TO_SIZE(data);
  const size_t index = places[place].is_of_d ? 3 : 0;
  g_auto(Memory) memory;
  g_autoptr(optreg_error) error = NULL;
  memory_init(&memory, NULL, NULL);
  g_assert_true(optreg_optimizer_build(memory.optimizer, NULL));

  g_assert_cmpint(optreg_optimizer_set_gradient(memory.optimizer, index,
                                                gradient_at(&memory, place), &error),
                  ==, places[place].other == NULL);
  if (places[place].other != NULL) {
    assert_message(error, place);
  }
}

static void
test_a_refused_gradient_leaves_the_one_before(void)
{
  g_auto(Memory) memory;
  float gradient[8] = { 1, 1, 1, 1, 1, 1, 1, 1 };
  memory_init(&memory, gradient, NULL);
  g_assert_true(optreg_optimizer_build(memory.optimizer, NULL));

  g_assert_false(
      optreg_optimizer_set_gradient(memory.optimizer, 0, memory.floats + 8, NULL));
  g_assert_true(optreg_optimizer_set_gradient(memory.optimizer, 0, gradient, NULL));
  g_assert_cmpint(optreg_optimizer_step(memory.optimizer, NULL), ==,
                  OPTREG_STEP_APPLIED);
  g_assert_cmpfloat(memory.floats[8], ==, -0.5f);
  g_assert_cmpuint(optreg_optimizer_last_step(memory.optimizer)->missing, ==, 1);
}

static void
test_parameters_and_gradients_that_are_swapped_are_refused(void)
{
  g_autoptr(optreg_optimizer) optimizer = optimizer_from_text(config);
  g_autoptr(optreg_error) error = NULL;
  const uint64_t n = 4;
  float a[4] = { 0 }, b[4] = { 0 };
  optreg_optimizer_add_parameter(optimizer, "a", OPTREG_F32, &n, 1, a, b, &error);
  optreg_optimizer_add_parameter(optimizer, "b", OPTREG_F32, &n, 1, b, a, &error);
  assert_no_error(error);

  g_assert_false(optreg_optimizer_build(optimizer, &error));
  g_assert_cmpstr(error->message, ==,
                  "the gradient of parameter 'a' and parameter 'b' share memory: give "
                  "the gradient memory of its own");
}

/* before build it is looked for by build */
static void
test_a_gradient_set_before_build_is_found_by_build(void)
{
  g_auto(Memory) memory;
  memory_init(&memory, NULL, NULL);

  g_assert_true(
      optreg_optimizer_set_gradient(memory.optimizer, 0, memory.floats + 24, NULL));
  g_assert_false(optreg_optimizer_build(memory.optimizer, NULL));
  g_assert_true(optreg_optimizer_set_gradient(memory.optimizer, 0, memory.apart, NULL));
  g_assert_true(optreg_optimizer_build(memory.optimizer, NULL));
}

static void
test_gradients_may_share_memory(void)
{
  g_auto(Memory) memory;
  memory_init(&memory, NULL, NULL);
  g_assert_true(optreg_optimizer_set_gradient(memory.optimizer, 0, memory.apart, NULL));

  g_assert_true(optreg_optimizer_build(memory.optimizer, NULL));
  g_assert_true(
      optreg_optimizer_set_gradient(memory.optimizer, 1, memory.floats + 16, NULL));
  g_assert_true(
      optreg_optimizer_set_gradient(memory.optimizer, 0, memory.floats + 16, NULL));
}

static void
test_memory_that_wraps_around_is_refused(void)
{
  g_auto(Memory) memory;
  g_autoptr(optreg_error) data_error = NULL, set_error = NULL, add_error = NULL;
  const uint64_t n = 8;
  void *last = (void *)(UINTPTR_MAX - 15);
  float w[8];
  memory_init(&memory, NULL, NULL);

  g_assert_false(optreg_optimizer_add_parameter(memory.optimizer, "x", OPTREG_F32, &n,
                                                1, last, NULL, &data_error));
  g_assert_cmpstr(data_error->message, ==,
                  "parameter 'x': data and its shape reach beyond the end of memory");
  g_assert_false(optreg_optimizer_add_parameter(memory.optimizer, "x", OPTREG_F32, &n,
                                                1, w, last, &add_error));
  g_assert_cmpstr(
      add_error->message, ==,
      "parameter 'x': the gradient and its shape reach beyond the end of memory");
  g_assert_true(optreg_optimizer_build(memory.optimizer, NULL));
  g_assert_false(optreg_optimizer_set_gradient(memory.optimizer, 0, last, &set_error));
  g_assert_cmpstr(
      set_error->message, ==,
      "parameter 'a': the gradient and its shape reach beyond the end of memory");
}

/* many parameters in random places against a search of all of them */
static void
test_the_search_agrees_with_a_look_at_all(void)
{
  enum { N_PARAMETERS = 61, N_FLOATS = 1024, N_TRIES = 2000 };
  static float floats[N_FLOATS];
  g_autoptr(optreg_optimizer) optimizer = optimizer_from_text(config);
  const uint32_t seed = g_test_rand_int();
  g_autoptr(GRand) random = g_rand_new_with_seed(seed);
  bool is_taken[N_FLOATS] = { false };
  uint64_t sizes[N_PARAMETERS];
  g_test_message("seed %u", seed);
  for (size_t i = 0, at = 0; i < N_PARAMETERS; i++) {
    g_autofree char *name = g_strdup_printf("p%zu", (i * 37) % N_PARAMETERS);
    sizes[i] = (uint64_t)g_rand_int_range(random, 0, 8);
    at += (size_t)g_rand_int_range(random, 0, 8);
    g_assert_true(optreg_optimizer_add_parameter(optimizer, name, OPTREG_F32, &sizes[i],
                                                 1, floats + at, NULL, NULL));
    for (size_t j = 0; j < sizes[i]; j++) {
      is_taken[at++] = true;
    }
  }
  g_assert_true(optreg_optimizer_build(optimizer, NULL));

  for (int i = 0; i < N_TRIES; i++) {
    const size_t index = (size_t)g_rand_int_range(random, 0, N_PARAMETERS);
    const size_t at = (size_t)g_rand_int_range(random, 0, N_FLOATS - 8);
    bool is_free = true;
    for (size_t j = 0; j < sizes[index]; j++) {
      is_free &= !is_taken[at + j];
    }
    g_assert_cmpint(optreg_optimizer_set_gradient(optimizer, index, floats + at, NULL),
                    ==, is_free);
  }
}

int
main(int argc, char **argv)
{
  g_test_init(&argc, &argv, NULL);
  for (size_t i = 0; i < G_N_ELEMENTS(places); i++) {
    g_autofree char *build = g_strconcat("/gradients/build/", places[i].path, NULL);
    g_autofree char *set = g_strconcat("/gradients/set/", places[i].path, NULL);
    g_test_add_data_func(build, GSIZE_TO_POINTER(i), test_build_finds_it);
    g_test_add_data_func(set, GSIZE_TO_POINTER(i), test_set_gradient_finds_it);
  }
  g_test_add_func("/gradients/swapped",
                  test_parameters_and_gradients_that_are_swapped_are_refused);
  g_test_add_func("/gradients/set-before-build",
                  test_a_gradient_set_before_build_is_found_by_build);
  g_test_add_func("/gradients/a-refusal-changes-nothing",
                  test_a_refused_gradient_leaves_the_one_before);
  g_test_add_func("/gradients/may-share-memory", test_gradients_may_share_memory);
  g_test_add_func("/gradients/wrap-around", test_memory_that_wraps_around_is_refused);
  g_test_add_func("/gradients/search", test_the_search_agrees_with_a_look_at_all);
  return g_test_run();
}
