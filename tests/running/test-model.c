/* SPDX-License-Identifier: MIT */
/* Parameters: which are taken, which are refused, and what the refusal says. */
#include "trees.h"

#include <string.h>

static const char *const config = "optimizer: sgd\nlearning_rate: 0.5\n";

static void
assert_refused(const optreg_error *error, const char *message)
{
  g_assert_nonnull(error);
  g_assert_cmpint(error->code, ==, OPTREG_ERROR_ARGUMENT);
  g_assert_cmpstr(error->message, ==, message);
}

/* one bad call of add_parameter a row */
static const struct {
  const char *path, *name;
  uint32_t dtype, ndim;
  uint64_t shape[3];
  size_t data_offset, grad_offset; /* from an aligned address; SIZE_MAX: NULL */
  const char *message;
} refusals[] = {
  { "no-name",
    "",
    OPTREG_F32,
    1,
    { 4 },
    0,
    0,
    "a parameter needs a name: patterns and checkpoints use it" },
  { "not-utf-8",
    "\xff",
    OPTREG_F32,
    1,
    { 4 },
    0,
    0,
    "parameter '\\xff': the name is not UTF-8" },
  { "unknown-dtype",
    "w",
    77,
    1,
    { 4 },
    0,
    0,
    "parameter 'w': this version trains f32 and f64 parameters only" },
  { "too-many-extents",
    "w",
    OPTREG_F32,
    33,
    { 4 },
    0,
    0,
    "parameter 'w': the shape has more than 32 extents or is NULL" },
  { "too-many-elements",
    "w",
    OPTREG_F32,
    2,
    { UINT64_C(1) << 40, UINT64_C(1) << 40 },
    0,
    0,
    "parameter 'w': the shape has more elements than memory has" },
  { "no-data", "w", OPTREG_F32, 1, { 4 }, SIZE_MAX, 0, "parameter 'w': data is NULL" },
  { "misaligned-data",
    "w",
    OPTREG_F32,
    1,
    { 4 },
    2,
    0,
    "parameter 'w': data must be aligned to 4 bytes, the size of f32" },
  { "misaligned-gradient",
    "w",
    OPTREG_F32,
    1,
    { 4 },
    0,
    1,
    "parameter 'w': the gradient must be aligned to 4 bytes, the size of f32" },
};

static void
test_refusal(gconstpointer data)
{
  const size_t i = GPOINTER_TO_SIZE(data);
  g_autoptr(optreg_optimizer) optimizer = optimizer_from_text(config);
  g_autoptr(optreg_error) error = NULL;
  float memory[16] = { 0 };
  char *at = (char *)memory;

  g_assert_false(optreg_optimizer_add_parameter(
      optimizer, refusals[i].name, refusals[i].dtype, refusals[i].shape,
      refusals[i].ndim,
      refusals[i].data_offset == SIZE_MAX ? NULL : at + refusals[i].data_offset,
      at + 32 + refusals[i].grad_offset, &error));
  assert_refused(error, refusals[i].message);
}

static void
add(optreg_optimizer *optimizer, const char *name, uint64_t n, float *data,
    const float *grad)
{
  g_autoptr(optreg_error) error = NULL;

  optreg_optimizer_add_parameter(optimizer, name, OPTREG_F32, &n, 1, data, grad,
                                 &error);
  assert_no_error(error);
}

static void
assert_build_refused(optreg_optimizer *optimizer, const char *message)
{
  g_autoptr(optreg_error) error = NULL;

  g_assert_false(optreg_optimizer_build(optimizer, &error));
  assert_refused(error, message);
}

static void
test_build_refuses_duplicate_names(void)
{
  g_autoptr(optreg_optimizer) optimizer = optimizer_from_text(config);
  float a[2] = { 0 }, b[2] = { 0 }, c[2] = { 0 };

  add(optimizer, "w", 2, a, a);
  add(optimizer, "v", 2, b, b);
  add(optimizer, "w", 2, c, c);
  assert_build_refused(
      optimizer, "parameters 0 and 2 have the same name 'w': names must be unique");
}

static void
test_build_refuses_shared_memory(void)
{
  g_autoptr(optreg_optimizer) optimizer = optimizer_from_text(config);
  float memory[10] = { 0 };

  add(optimizer, "decoder", 5, memory + 4, memory);
  add(optimizer, "encoder", 5, memory, memory);
  assert_build_refused(
      optimizer, "parameters 'encoder' and 'decoder' share memory: add tied weights "
                 "once, with the sum of their gradients");
}

static void
test_build_refuses_a_model_without_parameters(void)
{
  g_autoptr(optreg_optimizer) optimizer = optimizer_from_text(config);

  assert_build_refused(
      optimizer,
      "there are no parameters: call optreg_optimizer_add_parameter before build");
}

static void
test_neighbours_in_memory_are_no_overlap(void)
{
  g_autoptr(optreg_optimizer) optimizer = optimizer_from_text(config);
  g_autoptr(optreg_error) error = NULL;
  float memory[10] = { 0 }, gradient[5] = { 0 };

  add(optimizer, "b", 5, memory + 5, gradient);
  add(optimizer, "empty", 0, memory + 2, NULL);
  add(optimizer, "a", 5, memory, gradient);
  g_assert_true(optreg_optimizer_build(optimizer, &error));
  assert_no_error(error);
}

static void
test_a_scalar_and_an_empty_tensor_train(void)
{
  g_autoptr(optreg_optimizer) optimizer = optimizer_from_text(config);
  g_autoptr(optreg_error) error = NULL;
  const uint64_t empty[] = { 3, 0 };
  float scalar = 1.0f, gradient = 1.0f;

  optreg_optimizer_add_parameter(optimizer, "scalar", OPTREG_F32, NULL, 0, &scalar,
                                 &gradient, &error);
  optreg_optimizer_add_parameter(optimizer, "empty", OPTREG_F32, empty, 2, NULL,
                                 &gradient, &error);
  optreg_optimizer_build(optimizer, &error);
  g_assert_cmpint(optreg_optimizer_step(optimizer, &error), ==, OPTREG_STEP_APPLIED);
  assert_no_error(error);
  g_assert_cmpfloat(scalar, ==, 0.5f);
}

static void
test_a_group_that_matches_nothing_is_refused(void)
{
  g_autoptr(optreg_optimizer) optimizer = optimizer_from_text(
      "optimizer: sgd\nweight_decay: 0.1\ngroups:\n- match: ['*/bias', 'norm*']\n"
      "  weight_decay: 0\n");
  g_autoptr(optreg_error) error = NULL;
  float w[2] = { 0 };

  add(optimizer, "dense/kernel", 2, w, NULL);
  g_assert_false(optreg_optimizer_build(optimizer, &error));
  g_assert_cmpint(error->code, ==, OPTREG_ERROR_CONFIG);
  g_assert_cmpstr(
      error->message, ==,
      "test.yaml:4:3: groups[0]: no parameter is left for '*/bias, norm*': no name or "
      "number of dimensions fits; the first parameter is 'dense/kernel' with ndim 1");
}

static void
test_a_group_in_the_shadow_of_earlier_ones_is_refused(void)
{
  g_autoptr(optreg_optimizer) optimizer = optimizer_from_text(
      "optimizer: sgd\nweight_decay: 0.1\ngroups:\n"
      "- {match: 'encoder/*', weight_decay: 0.2}\n- {ndim: 1, weight_decay: 0}\n"
      "- {match: '*/bias', weight_decay: 0.3}\n");
  g_autoptr(optreg_error) error = NULL;
  float w[3] = { 0 };

  add(optimizer, "encoder/bias", 1, &w[0], NULL);
  add(optimizer, "head/bias", 1, &w[1], NULL);
  add(optimizer, "tail/bias", 1, &w[2], NULL);
  g_assert_false(optreg_optimizer_build(optimizer, &error));
  g_assert_cmpint(error->code, ==, OPTREG_ERROR_CONFIG);
  g_assert_cmpstr(error->message, ==,
                  "test.yaml:6:3: groups[2]: no parameter is left for '*/bias': "
                  "groups[0] takes 'encoder/bias', groups[1] takes 'head/bias'; the "
                  "first group that fits counts, so move this one up or remove it");
}

/* calls at the wrong time say what comes first */
static void
test_order_of_calls_is_checked(void)
{
  g_autoptr(optreg_optimizer) optimizer = optimizer_from_text(config);
  optreg_error *error = NULL;
  float w[2] = { 0 };

  g_assert_cmpint(optreg_optimizer_step(optimizer, &error), ==, OPTREG_STEP_ERROR);
  g_assert_cmpint(error->code, ==, OPTREG_ERROR_STATE);
  g_assert_cmpstr(error->message, ==,
                  "the optimizer is not built: call optreg_optimizer_build first");
  g_clear_pointer(&error, optreg_error_free);

  add(optimizer, "w", 2, w, NULL);
  g_assert_true(optreg_optimizer_build(optimizer, &error));
  g_assert_false(optreg_optimizer_set_threads(optimizer, 2, &error));
  g_assert_cmpint(error->code, ==, OPTREG_ERROR_STATE);
  g_assert_cmpstr(error->message, ==,
                  "the optimizer is built: this call comes before build");
  g_clear_pointer(&error, optreg_error_free);

  g_assert_false(optreg_optimizer_set_gradient(optimizer, 5, w, &error));
  assert_refused(error, "there is no parameter 5: the model has 1");
  optreg_error_free(error);
}

static void
test_a_failed_build_may_be_repeated(void)
{
  g_autoptr(optreg_optimizer) optimizer = optimizer_from_text(config);
  g_autoptr(optreg_error) error = NULL;
  float w[2] = { 0 };

  assert_build_refused(
      optimizer,
      "there are no parameters: call optreg_optimizer_add_parameter before build");
  add(optimizer, "w", 2, w, NULL);
  g_assert_true(optreg_optimizer_build(optimizer, &error));
  assert_no_error(error);
}

int
main(int argc, char **argv)
{
  g_test_init(&argc, &argv, NULL);
  for (size_t i = 0; i < G_N_ELEMENTS(refusals); i++) {
    g_autofree char *path = g_strdup_printf("/model/refuse/%s", refusals[i].path);
    g_test_add_data_func(path, GSIZE_TO_POINTER(i), test_refusal);
  }
  g_test_add_func("/model/build/refuse/duplicate-names",
                  test_build_refuses_duplicate_names);
  g_test_add_func("/model/build/refuse/shared-memory",
                  test_build_refuses_shared_memory);
  g_test_add_func("/model/build/refuse/no-parameters",
                  test_build_refuses_a_model_without_parameters);
  g_test_add_func("/model/build/refuse/a-group-that-matches-nothing",
                  test_a_group_that_matches_nothing_is_refused);
  g_test_add_func("/model/groups/in-the-shadow-of-earlier-ones",
                  test_a_group_in_the_shadow_of_earlier_ones_is_refused);
  g_test_add_func("/model/neighbours-in-memory-are-no-overlap",
                  test_neighbours_in_memory_are_no_overlap);
  g_test_add_func("/model/a-scalar-and-an-empty-tensor-train",
                  test_a_scalar_and_an_empty_tensor_train);
  g_test_add_func("/model/order-of-calls-is-checked", test_order_of_calls_is_checked);
  g_test_add_func("/model/a-failed-build-may-be-repeated",
                  test_a_failed_build_may_be_repeated);
  return g_test_run();
}
