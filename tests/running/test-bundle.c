/* SPDX-License-Identifier: MIT */
/* Small tensors that travel together: nobody can see it. */
#include "trees.h"

#include <math.h>
#include <string.h>

enum { N_PAIRS = 60, LARGE = 100, N_CALLS = 6 };

/* N_PAIRS small parameters "s00"... of 2 to 64 elements, and as many large ones. In one
 * order the small ones are neighbours, in the other each stands alone. */
typedef struct Model {
  optreg_optimizer *optimizer;
  float *weight[2 * N_PAIRS], *gradient[2 * N_PAIRS]; /* small ones, then large ones */
  size_t index[2 * N_PAIRS];                          /* in the optimizer */
} Model;

static size_t
size_of(size_t tensor)
{
  return tensor < N_PAIRS ? 2 + tensor * 37 % 63 : LARGE;
}

/* in (-1, 1), by tensor, element and call */
static float
number(size_t tensor, size_t element, size_t call)
{
  const uint32_t hash =
      (uint32_t)(tensor * 2654435761u + element * 40503u + call * 69069u + 12345u)
      * 2246822519u;
  return (float)(hash >> 8) / 8388608.0f - 1.0f;
}

static void
add(Model *model, size_t tensor, size_t place)
{
  g_autoptr(optreg_error) error = NULL;
  g_autofree char *name =
      g_strdup_printf("%c%02zu", tensor < N_PAIRS ? 's' : 'l', tensor % N_PAIRS);
  const uint64_t n = size_of(tensor);

  model->weight[tensor] = g_new(float, n);
  model->gradient[tensor] = g_new(float, n);
  for (size_t i = 0; i < n; i++) {
    model->weight[tensor][i] = number(tensor, i, 99);
  }
  model->index[tensor] = place;
  optreg_optimizer_add_parameter(model->optimizer, name, OPTREG_F32, &n, 1,
                                 model->weight[tensor], model->gradient[tensor],
                                 &error);
  assert_no_error(error);
}

static void
model_init(Model *model, const char *yaml, bool is_together)
{
  memset(model, 0, sizeof *model);
  model->optimizer = optimizer_from_text(yaml);
  for (size_t i = 0; i < 2 * N_PAIRS; i++) {
    add(model, is_together ? i : i / 2 + i % 2 * N_PAIRS, i);
  }
}

static void
model_build(Model *model)
{
  g_autoptr(optreg_error) error = NULL;

  optreg_optimizer_set_threads(model->optimizer, 2, &error);
  optreg_optimizer_build(model->optimizer, &error);
  assert_no_error(error);
}

static void
model_clear(Model *model)
{
  for (size_t i = 0; i < 2 * N_PAIRS; i++) {
    g_free(model->weight[i]);
    g_free(model->gradient[i]);
  }
  optreg_optimizer_free(model->optimizer);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Model, model_clear)

static void
fill_gradients(Model *model, size_t call)
{
  for (size_t tensor = 0; tensor < 2 * N_PAIRS; tensor++) {
    for (size_t i = 0; i < size_of(tensor); i++) {
      model->gradient[tensor][i] = number(tensor, i, call);
    }
  }
}

static optreg_status
step(Model *model)
{
  g_autoptr(optreg_error) error = NULL;
  const optreg_status status = optreg_optimizer_step(model->optimizer, &error);

  assert_no_error(error);
  return status;
}

static void
assert_same_weights(const Model *a, const Model *b)
{
  for (size_t i = 0; i < 2 * N_PAIRS; i++) {
    g_assert_cmpmem(a->weight[i], size_of(i) * sizeof(float), b->weight[i],
                    size_of(i) * sizeof(float));
  }
}

/* ---- any chain ---- */

static const struct {
  const char *name, *yaml;
} chains[] = {
  { "plain", "optimizer: adadelta\nlearning_rate: 1\nnonfinite: propagate\n" },
  { "checked", "optimizer: adadelta\nlearning_rate: 1\n" },
  { "clipped-by-value",
    "optimizer: adam\nclipvalue: 0.25\nweight_decay: 0.1\nuse_ema: true\n" },
  { "clipped-by-norm", "optimizer: adadelta\nlearning_rate: 1\nglobal_clipnorm: 0.5\n"
                       "loss_scale_factor: 8\nweight_decay: 0.1\nuse_ema: true\n"
                       "ema_overwrite_frequency: 2\n" },
  { "clipped-by-tensor", "optimizer: rmsprop\nclipnorm: 0.5\nglobal_clipnorm: 3\n" },
  { "accumulated", "optimizer: sgd\nmomentum: 0.9\ngradient_accumulation_steps: 3\n"
                   "loss_scale_factor: 3\nglobal_clipnorm: 0.5\n" },
  { "dynamic-scale", "optimizer: adagrad\nloss_scale_factor: dynamic\n" },
  { "groups", "optimizer: adadelta\nweight_decay: 0.1\ngroups:\n- match: ['s?3']\n"
              "  weight_decay: 0\n  learning_rate_multiplier: 0.5\n" },
  { "reductions", "optimizer: test_lamb\n" },
  { "without-the-flag", "optimizer: test_adam\n" },
  { "slots-of-other-shapes", "optimizer: test_adafactor\n" },
  { "whole-tensors", "optimizer: test_shampoo\n" },
};

static void
test_chain(gconstpointer yaml)
{
  g_autoptr(optreg_error) error = NULL;
  g_auto(Model) together, apart;

  model_init(&together, yaml, true);
  model_init(&apart, yaml, false);
  model_build(&together);
  model_build(&apart);
  for (size_t call = 0; call < N_CALLS; call++) {
    fill_gradients(&together, call);
    fill_gradients(&apart, call);
    g_assert_cmpint(step(&together), ==, step(&apart));
    assert_same_weights(&together, &apart);
  }
  optreg_optimizer_finalize(together.optimizer, &error);
  optreg_optimizer_finalize(apart.optimizer, &error);
  assert_no_error(error);
  assert_same_weights(&together, &apart);
}

/* ---- what is special about one of them ---- */

static const char skipping[] =
    "optimizer: adadelta\nlearning_rate: 1\nglobal_clipnorm: 5\nuse_ema: true\n";

static void
pair_init(Model *together, Model *apart, const char *yaml)
{
  model_init(together, yaml, true);
  model_init(apart, yaml, false);
}

static void
train_both(Model *together, Model *apart)
{
  for (size_t call = 0; call < N_CALLS; call++) {
    fill_gradients(together, call);
    fill_gradients(apart, call);
    g_assert_cmpint(step(together), ==, OPTREG_STEP_APPLIED);
    g_assert_cmpint(step(apart), ==, OPTREG_STEP_APPLIED);
  }
  assert_same_weights(together, apart);
}

static void
set_gradient(Model *model, size_t tensor, const float *gradient)
{
  g_autoptr(optreg_error) error = NULL;

  optreg_optimizer_set_gradient(model->optimizer, model->index[tensor], gradient,
                                &error);
  assert_no_error(error);
}

static void
test_a_missing_gradient_leaves_its_neighbours_as_they_would_be(void)
{
  g_auto(Model) together, apart;
  Model *const models[] = { &together, &apart };

  pair_init(&together, &apart, skipping);
  for (size_t i = 0; i < 2; i++) {
    model_build(models[i]);
    set_gradient(models[i], 17, NULL);
  }
  train_both(&together, &apart);
  g_assert_cmpfloat(together.weight[17][0], ==, number(17, 0, 99));
  g_assert_cmpuint(optreg_optimizer_last_step(together.optimizer)->missing, ==, 1);
  for (size_t i = 0; i < 2; i++) {
    set_gradient(models[i], 17, models[i]->gradient[17]);
  }
  train_both(&together, &apart);
  g_assert_cmpfloat(together.weight[17][0], !=, number(17, 0, 99));
  g_assert_cmpuint(optreg_optimizer_last_step(together.optimizer)->missing, ==, 0);
}

static void
keep_below_a_half(void *context, size_t index, void *data)
{
  (void)context;
  (void)index;
  ((float *)data)[0] = fminf(((float *)data)[0], 0.5f);
}

static void
test_constraints(gconstpointer yaml)
{
  g_auto(Model) together, apart;
  Model *const models[] = { &together, &apart };
  g_autoptr(optreg_error) error = NULL;

  pair_init(&together, &apart, yaml);
  for (size_t i = 0; i < 2; i++) {
    const size_t *index = models[i]->index;
    optreg_optimizer *optimizer = models[i]->optimizer;
    optreg_optimizer_set_constraint(optimizer, index[5], keep_below_a_half, NULL,
                                    &error);
    optreg_optimizer_set_non_neg(optimizer, index[9], &error);
    optreg_optimizer_set_non_neg(optimizer, index[10], &error);
    optreg_optimizer_set_overwrite(optimizer, index[21], &error);
    assert_no_error(error);
    model_build(models[i]);
  }
  train_both(&together, &apart);
  g_assert_cmpfloat(together.weight[9][1], >=, 0.0f);
  g_assert_cmpfloat(together.weight[21][1], ==, number(21, 1, N_CALLS - 1));
}

static void
assert_skips_for(Model *model, size_t tensor, size_t element, float value,
                 const char *name)
{
  fill_gradients(model, 1);
  model->gradient[tensor][element] = value;
  g_assert_cmpint(step(model), ==, OPTREG_STEP_SKIPPED_NONFINITE);
  const optreg_step_report *report = optreg_optimizer_last_step(model->optimizer);
  g_assert_cmpstr(report->nonfinite_parameter, ==, name);
  g_assert_cmpuint(report->nonfinite_index, ==, element);
}

static void
test_the_tensor_that_is_not_finite_is_named(void)
{
  g_auto(Model) together, apart;

  pair_init(&together, &apart, skipping);
  model_build(&together);
  model_build(&apart);
  assert_skips_for(&together, 31, 1, NAN, "s31");
  assert_skips_for(&together, 0, 0, INFINITY, "s00");
  assert_skips_for(&together, 59, 1, -INFINITY, "s59");
  train_both(&together, &apart);
}

static void
test_the_tensor_that_cannot_be_squared_is_named(void)
{
  g_auto(Model) together, apart;

  pair_init(&together, &apart, "optimizer: adadelta\nlearning_rate: 1\n");
  model_build(&together);
  model_build(&apart);
  assert_skips_for(&together, 31, 1, 1e30f, "s31");
  train_both(&together, &apart);
}

int
main(int argc, char **argv)
{
  g_test_init(&argc, &argv, NULL);
  for (size_t i = 0; i < G_N_ELEMENTS(chains); i++) {
    g_autofree char *path = g_strconcat("/bundle/", chains[i].name, NULL);
    g_test_add_data_func(path, chains[i].yaml, test_chain);
  }
  g_test_add_func("/bundle/missing-gradient",
                  test_a_missing_gradient_leaves_its_neighbours_as_they_would_be);
  g_test_add_data_func("/bundle/constraints", skipping, test_constraints);
  g_test_add_data_func("/bundle/constraints-without-slots", "optimizer: sgd\n",
                       test_constraints);
  g_test_add_func("/bundle/nonfinite", test_the_tensor_that_is_not_finite_is_named);
  g_test_add_func("/bundle/too-large", test_the_tensor_that_cannot_be_squared_is_named);
  return g_test_run();
}
