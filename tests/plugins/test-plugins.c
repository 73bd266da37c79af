/* SPDX-License-Identifier: MIT */
/* Every optimizer under every wrapper moves weights as the reference in double does. */
#include "reference.h"
#include "trees.h"

#include <math.h>
#include <string.h>

static const Wrappers wrappers[] = {
  { .name = "plain" },
  { .name = "clipvalue", .clipvalue = 0.3 },
  { .name = "clipnorm", .clipnorm = 2.0 },
  { .name = "global-clipnorm", .global_clipnorm = 3.0 },
  { .name = "ema", .ema_momentum = 0.75, .ema_overwrite_frequency = 3.0 },
  { .name = "accumulation", .accumulation = 2.0 },
  { .name = "static-loss-scale", .loss_scale = 8.0 },
  { .name = "dynamic-loss-scale", .loss_scale = 16.0, .growth = 2.0 },
  { .name = "weight-decay", .weight_decay = 0.1 },
  { .name = "all",
    .clipvalue = 0.8,
    .clipnorm = 3.0,
    .global_clipnorm = 2.5,
    .ema_momentum = 0.75,
    .ema_overwrite_frequency = 2.0,
    .accumulation = 2.0,
    .loss_scale = 16.0,
    .growth = 2.0,
    .weight_decay = 0.1,
    .conv_multiplier = 0.5 },
};

enum { N_CALLS = 12, NONFINITE_CALL = 3, MISSING_CALL = 6, NONFINITE = 1, MISSING = 2 };

typedef struct Pair {
  Reference reference;
  optreg_optimizer *optimizer;
  float *weight[N_TENSORS], *gradient[N_TENSORS];
} Pair;

static void
pair_add_tensor(Pair *pair, size_t index)
{
  const Tensor *tensor = &pair->reference.tensor[index];
  g_autoptr(optreg_error) error = NULL;
  pair->weight[index] = g_new(float, tensor->n);
  pair->gradient[index] = g_new(float, tensor->n);
  for (size_t i = 0; i < tensor->n; i++) {
    pair->weight[index][i] = (float)tensor->weight[i];
  }
  optreg_optimizer_add_parameter(pair->optimizer, tensor->name, OPTREG_F32,
                                 tensor->dims, tensor->ndim, pair->weight[index], NULL,
                                 &error);
  assert_no_error(error);
}

static void
pair_init(Pair *pair, const Formula *formula, const Wrappers *wrapped_by, GRand *random)
{
  reference_init(&pair->reference, formula, wrapped_by, random);
  g_autofree char *yaml = reference_yaml(&pair->reference);
  g_autoptr(optreg_error) error = NULL;
  pair->optimizer = optimizer_from_text(yaml);
  for (size_t i = 0; i < N_TENSORS; i++) {
    pair_add_tensor(pair, i);
  }
  optreg_optimizer_build(pair->optimizer, &error);
  assert_no_error(error);
}

static void
pair_clear(Pair *pair)
{
  optreg_optimizer_free(pair->optimizer);
  reference_clear(&pair->reference);
  for (size_t i = 0; i < N_TENSORS; i++) {
    g_free(pair->weight[i]);
    g_free(pair->gradient[i]);
  }
}

static void
assert_near(const char *what, const Tensor *tensor, const float *actual,
            const double *expected)
{
  for (size_t i = 0; i < tensor->n; i++) {
    if (!(fabs((double)actual[i] - expected[i]) <= 2e-5 + 2e-5 * fabs(expected[i]))) {
      g_test_fail_printf("%s: %s[%zu] is %.9g, should be %.9g", what, tensor->name, i,
                         (double)actual[i], expected[i]);
      return;
    }
  }
}

/* a call with an infinite element, one with a missing gradient, otherwise random
 * numbers */
static void
draw_gradients(Pair *pair, int call, GRand *random)
{
  Tensor *tensor = pair->reference.tensor;
  const double scale = pair->reference.loss_scale;

  reference_draw_gradients(&pair->reference, random);
  tensor[MISSING].has_gradient = call != MISSING_CALL;
  tensor[NONFINITE].gradient[2] = call == NONFINITE_CALL ? INFINITY : 0.5;
  for (size_t t = 0; t < N_TENSORS; t++) {
    for (size_t i = 0; i < tensor[t].n; i++) {
      tensor[t].gradient[i] *= scale;
      pair->gradient[t][i] = (float)tensor[t].gradient[i];
    }
    optreg_optimizer_set_gradient(
        pair->optimizer, t, tensor[t].has_gradient ? pair->gradient[t] : NULL, NULL);
  }
}

static void
check_call(Pair *pair, int call)
{
  g_autofree char *what = g_strdup_printf("call %d", call);
  const optreg_step_report *report = optreg_optimizer_last_step(pair->optimizer);
  g_assert_cmpuint(report->step, ==, pair->reference.step);
  g_assert_cmpuint(report->micro_step, ==, pair->reference.micro_step);
  g_assert_cmpfloat(optreg_optimizer_scale_loss(pair->optimizer, 1.0), ==,
                    pair->reference.loss_scale);
  for (size_t i = 0; i < N_TENSORS; i++) {
    assert_near(what, &pair->reference.tensor[i], pair->weight[i],
                pair->reference.tensor[i].weight);
  }
}

static void
run_calls(Pair *pair, GRand *random)
{
  for (int call = 0; call < N_CALLS; call++) {
    g_autoptr(optreg_error) error = NULL;
    draw_gradients(pair, call, random);
    const optreg_status expected = reference_step(&pair->reference);
    const optreg_status status = optreg_optimizer_step(pair->optimizer, &error);
    assert_no_error(error);
    g_assert_cmpint(status, ==, expected);
    check_call(pair, call);
  }
}

/* looking at weights to deploy changes nothing, finalize makes them the parameters */
static void
check_deployment(Pair *pair)
{
  g_autoptr(optreg_error) error = NULL;
  float *deployed[N_TENSORS];
  for (size_t i = 0; i < N_TENSORS; i++) {
    const Tensor *tensor = &pair->reference.tensor[i];
    g_autofree double *expected = reference_deploy(&pair->reference, tensor);
    g_autofree float *before = g_memdup2(pair->weight[i], tensor->n * sizeof(float));
    const float *view = optreg_optimizer_eval_view(pair->optimizer, i, &error);
    assert_no_error(error);
    assert_near("eval view", tensor, view, expected);
    g_assert_cmpmem(before, tensor->n * sizeof(float), pair->weight[i],
                    tensor->n * sizeof(float));
    deployed[i] = g_memdup2(view, tensor->n * sizeof(float));
  }
  optreg_optimizer_finalize(pair->optimizer, &error);
  assert_no_error(error);
  for (size_t i = 0; i < N_TENSORS; i++) {
    const size_t size = pair->reference.tensor[i].n * sizeof(float);
    g_assert_cmpmem(deployed[i], size, pair->weight[i], size);
    g_free(deployed[i]);
  }
}

typedef struct Row {
  const Formula *formula;
  const Wrappers *wrappers;
} Row;

static void
test_row(gconstpointer data)
{
  const Row *row = data;
  g_autoptr(GRand) random = g_rand_new_with_seed(20260801);
  Pair pair;
  pair_init(&pair, row->formula, row->wrappers, random);
  run_calls(&pair, random);
  check_deployment(&pair);
  pair_clear(&pair);
}

int
main(int argc, char **argv)
{
  g_test_init(&argc, &argv, NULL);
  g_test_set_nonfatal_assertions();
  for (size_t f = 0; f < n_formulas; f++) {
    for (size_t w = 0; w < G_N_ELEMENTS(wrappers); w++) {
      g_autofree char *path =
          g_strdup_printf("/plugins/%s/%s", formulas[f].name, wrappers[w].name);
      const Row row = { &formulas[f], &wrappers[w] };
      g_test_add_data_func_full(path, g_memdup2(&row, sizeof row), test_row, g_free);
    }
  }
  return g_test_run();
}
