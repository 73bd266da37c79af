/* SPDX-License-Identifier: MIT */
/* Diagnostics: what they say of a step, against a plain computation. */
#include "trees.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { N = 5000 };

static float weights[2][N], gradients[2][N];

/* of different sizes and signs, none of them zero */
static void
fill(float *x, size_t n, float scale)
{
  uint32_t state = 7;

  for (size_t i = 0; i < n; i++) {
    state = state * 1664525u + 1013904223u;
    x[i] = scale * ((float)(state >> 8) * 0x1p-23f - 1.0f + 0x1p-30f);
  }
}

static optreg_optimizer *
new_optimizer(const char *yaml, uint32_t every)
{
  static const char *const names[] = { "a", "b" };
  optreg_optimizer *optimizer = optimizer_from_text(yaml);
  g_autoptr(optreg_error) error = NULL;
  const uint64_t n = N;

  for (size_t i = 0; i < 2; i++) {
    fill(weights[i], N, 1.0f);
    fill(gradients[i], N, 0.1f * (float)(i + 1));
    optreg_optimizer_add_parameter(optimizer, names[i], OPTREG_F32, &n, 1, weights[i],
                                   gradients[i], &error);
  }
  optreg_optimizer_set_diagnostics(optimizer, every, &error);
  optreg_optimizer_build(optimizer, &error);
  assert_no_error(error);
  return optimizer;
}

static void
step(optreg_optimizer *optimizer)
{
  g_autoptr(optreg_error) error = NULL;

  optreg_optimizer_step(optimizer, &error);
  assert_no_error(error);
}

static const optreg_diagnostics *
of_model(const optreg_optimizer *optimizer)
{
  return optreg_optimizer_diagnostics(optimizer, OPTREG_WHOLE_MODEL);
}

static void
assert_near(double actual, double expected, double tolerance)
{
  g_assert_cmpfloat(fabs(actual - expected), <=, tolerance * fabs(expected));
}

static double
square_sum(const float *x, const float *minus)
{
  double sum = 0.0;

  for (size_t i = 0; i < N; i++) {
    const double d = (double)x[i] - (minus != NULL ? (double)minus[i] : 0.0);
    sum += d * d;
  }
  return sum;
}

/* ---- what is said ---- */

static void
test_without_asking_there_are_none(void)
{
  g_autoptr(optreg_optimizer) optimizer = new_optimizer("optimizer: sgd\n", 0);

  step(optimizer);
  g_assert_null(of_model(optimizer));
}

static void
test_they_are_asked_for_before_build(void)
{
  g_autoptr(optreg_optimizer) optimizer = new_optimizer("optimizer: sgd\n", 0);
  g_autoptr(optreg_error) error = NULL;

  g_assert_false(optreg_optimizer_set_diagnostics(optimizer, 1, &error));
  g_assert_cmpstr(error->message, ==,
                  "the optimizer is built: this call comes before build");
}

static void
test_before_a_step_nothing_was_looked_at(void)
{
  g_autoptr(optreg_optimizer) optimizer = new_optimizer("optimizer: sgd\n", 1);

  g_assert_cmpuint(of_model(optimizer)->step, ==, 0);
  g_assert_null(optreg_optimizer_diagnostics(optimizer, 1));
}

/* optimizers of elements and of whole tensors alike */
static void
test_norms_are_those_of_what_happened(gconstpointer yaml)
{
  g_autoptr(optreg_optimizer) optimizer = new_optimizer(yaml, 1);
  static float before[2][N];

  for (uint64_t i = 1; i <= 3; i++) {
    memcpy(before, weights, sizeof before);
    step(optimizer);
    const optreg_diagnostics *seen = of_model(optimizer);
    const double update = square_sum(weights[0], before[0])
                          + square_sum(weights[1], before[1]);
    const double weight = square_sum(before[0], NULL) + square_sum(before[1], NULL);
    g_assert_cmpuint(seen->step, ==, i);
    g_assert_cmpuint(seen->elements, ==, 2 * N);
    g_assert_cmpuint(seen->zero_gradients, ==, 0);
    assert_near(seen->gradient_norm,
                sqrt(square_sum(gradients[0], NULL) + square_sum(gradients[1], NULL)),
                1e-12);
    assert_near(seen->update_norm, sqrt(update), 1e-12);
    assert_near(seen->weight_norm, sqrt(weight), 1e-12);
    assert_near(seen->update_ratio, sqrt(update / weight), 1e-12);
  }
}

static void
test_double_precision_is_seen_as_it_is(void)
{
  g_autoptr(optreg_optimizer)
      optimizer = optimizer_from_text("optimizer: sgd\nlearning_rate: 0.5\n");
  const uint64_t n = 3;
  double w[3] = { 1.0, 2.0, 2.0 }, g[3] = { 1e-12, 0.0, 0.0 };

  optreg_optimizer_add_parameter(optimizer, "w", OPTREG_F64, &n, 1, w, g, NULL);
  optreg_optimizer_set_diagnostics(optimizer, 1, NULL);
  g_assert_true(optreg_optimizer_build(optimizer, NULL));
  step(optimizer);
  const optreg_diagnostics *seen = of_model(optimizer);
  assert_near(seen->weight_norm, 3.0, 1e-12);
  assert_near(seen->gradient_norm, 1e-12, 1e-12);
  assert_near(seen->update_norm, 5e-13, 1e-3);
  g_assert_cmpuint(seen->zero_gradients, ==, 2);
  g_assert_cmpuint(seen->unmoved, ==, 2);
}

static void
test_decay_is_no_part_of_the_update(void)
{
  g_autoptr(optreg_optimizer) optimizer =
      new_optimizer("optimizer: sgd\nlearning_rate: 0.25\nweight_decay: 0.5\n", 1);

  step(optimizer);
  const optreg_diagnostics *seen = of_model(optimizer);
  assert_near(seen->update_norm, 0.25 * seen->gradient_norm, 1e-5);
}

static void
test_an_accumulated_gradient_is_seen_as_its_mean(void)
{
  g_autoptr(optreg_optimizer)
      optimizer = new_optimizer("optimizer: sgd\ngradient_accumulation_steps: 2\n", 1);
  const double norm =
      sqrt(square_sum(gradients[0], NULL) + square_sum(gradients[1], NULL));

  step(optimizer);
  g_assert_cmpuint(of_model(optimizer)->step, ==, 0);
  step(optimizer);
  g_assert_cmpuint(of_model(optimizer)->step, ==, 1);
  assert_near(of_model(optimizer)->gradient_norm, norm, 1e-6);
}

static void
test_unmoved_elements_are_counted(void)
{
  g_autoptr(optreg_optimizer)
      optimizer = new_optimizer("optimizer: sgd\nlearning_rate: 1\n", 1);

  memset(gradients[1], 0, sizeof gradients[1]);
  for (size_t i = 0; i < N; i++) {
    weights[0][i] = 1.0f;
    gradients[0][i] = i < 10 ? 1e-20f : 1.0f;
  }
  step(optimizer);
  g_assert_cmpuint(of_model(optimizer)->zero_gradients, ==, N);
  g_assert_cmpuint(of_model(optimizer)->unmoved, ==, N + 10);
}

/* ---- rates ---- */

static void
test_the_rate_of_plain_descent_is_its_learning_rate(void)
{
  g_autoptr(optreg_optimizer)
      optimizer = new_optimizer("optimizer: sgd\nlearning_rate: 0.125\n", 1);

  step(optimizer);
  const optreg_diagnostics *seen = of_model(optimizer);
  assert_near(seen->learning_rate, 0.125, 0.0);
  assert_near(seen->rate_5, 0.125, 0.1);
  assert_near(seen->rate_50, 0.125, 0.032);
  assert_near(seen->rate_95, 0.125, 0.1);
}

static int
compare_doubles(const void *a, const void *b)
{
  const double x = *(const double *)a, y = *(const double *)b;
  return (x > y) - (x < y);
}

/* few of a large tensor's elements are asked, which must not show: rows of 1024, whose
 * columns differ */
static void
check_sample(size_t n_rows)
{
  enum { COLUMNS = 1024 };
  const size_t n = n_rows * COLUMNS;
  g_autoptr(optreg_optimizer)
      optimizer = optimizer_from_text("optimizer: adagrad\nlearning_rate: 0.1\n");
  g_autofree float *w = g_new0(float, n), *g = g_new0(float, n);
  g_autofree double *rates = g_new0(double, n);
  const uint64_t shape[] = { n_rows, COLUMNS };

  fill(g, n, 1.0f);
  for (size_t i = 0; i < n; i++) {
    g[i] *= (float)(i % COLUMNS + 1);
  }
  optreg_optimizer_add_parameter(optimizer, "w", OPTREG_F32, shape, 2, w, g, NULL);
  optreg_optimizer_set_diagnostics(optimizer, 1, NULL);
  g_assert_true(optreg_optimizer_build(optimizer, NULL));
  step(optimizer);
  for (size_t i = 0; i < n; i++) {
    rates[i] = fabs((double)w[i]) / fabs((double)g[i]);
  }
  qsort(rates, n, sizeof *rates, compare_doubles);
  const optreg_diagnostics *seen = of_model(optimizer);
  assert_near(seen->rate_5, rates[n / 20], 0.1);
  assert_near(seen->rate_50, rates[n / 2], 0.1);
  assert_near(seen->rate_95, rates[n / 20 * 19], 0.1);
}

static void
test_a_sample_is_like_all_elements(void)
{
  check_sample(1);
  check_sample(12);
  check_sample(300);
}

static void
test_without_a_gradient_there_is_no_rate(void)
{
  g_autoptr(optreg_optimizer) optimizer = new_optimizer("optimizer: adam\n", 1);

  memset(gradients, 0, sizeof gradients);
  step(optimizer);
  g_assert_true(isnan(of_model(optimizer)->rate_50));
  g_assert_cmpuint(of_model(optimizer)->zero_gradients, ==, 2 * N);
}

/* ---- clipping ---- */

static size_t
count_above(float bound)
{
  size_t n = 0;

  for (size_t i = 0; i < N; i++) {
    n += fabsf(gradients[0][i]) >= bound;
    n += fabsf(gradients[1][i]) >= bound;
  }
  return n;
}

/* norms that are far away change nothing but the last bits */
static void
test_elements_cut_by_value_are_counted(gconstpointer yaml)
{
  g_autoptr(optreg_optimizer) optimizer = new_optimizer(yaml, 1);
  const size_t n = count_above(0.06f);

  step(optimizer);
  g_assert_cmpuint(n, >, N / 2);
  g_assert_cmpuint(of_model(optimizer)->clipped, ==, n);
  assert_near(of_model(optimizer)->clip_rate, (double)n / (2 * N), 1e-15);
}

static void
test_a_tensor_made_shorter_is_clipped_as_a_whole(void)
{
  g_autoptr(optreg_optimizer)
      optimizer = new_optimizer("optimizer: sgd\nclipnorm: 6\n", 1);

  g_assert_cmpfloat(sqrt(square_sum(gradients[0], NULL)), <, 6.0);
  g_assert_cmpfloat(sqrt(square_sum(gradients[1], NULL)), >, 6.0);
  step(optimizer);
  g_assert_cmpuint(of_model(optimizer)->clipped, ==, N);
}

static void
test_a_model_made_shorter_is_clipped_as_a_whole(void)
{
  g_autoptr(optreg_optimizer)
      optimizer = new_optimizer("optimizer: sgd\nglobal_clipnorm: 1\n", 1);

  step(optimizer);
  g_assert_cmpfloat(of_model(optimizer)->clip_rate, ==, 1.0);
  assert_near(of_model(optimizer)->gradient_norm, 1.0, 1e-5);
}

static void
test_nothing_is_clipped_without_clipping(void)
{
  g_autoptr(optreg_optimizer) optimizer = new_optimizer("optimizer: sgd\n", 1);

  step(optimizer);
  g_assert_cmpuint(of_model(optimizer)->clipped, ==, 0);
}

/* ---- whose ---- */

static void
test_each_group_has_its_own(void)
{
  g_autoptr(optreg_optimizer)
      optimizer = new_optimizer("optimizer: sgd\nlearning_rate: 0.5\ngroups:\n"
                                "- {match: [a], learning_rate_multiplier: 0.5}\n",
                                1);

  step(optimizer);
  const optreg_diagnostics *a = optreg_optimizer_diagnostics(optimizer, 0);
  const optreg_diagnostics *rest = optreg_optimizer_diagnostics(optimizer, 1);
  g_assert_null(optreg_optimizer_diagnostics(optimizer, 2));
  assert_near(a->gradient_norm, sqrt(square_sum(gradients[0], NULL)), 1e-12);
  assert_near(a->update_norm, 0.25 * a->gradient_norm, 1e-5);
  assert_near(a->learning_rate, 0.25, 0.0);
  assert_near(rest->update_norm, 0.5 * rest->gradient_norm, 1e-5);
  assert_near(of_model(optimizer)->gradient_norm,
              hypot(a->gradient_norm, rest->gradient_norm), 1e-12);
  g_assert_cmpuint(a->elements, ==, N);
}

static void
test_a_missing_gradient_is_not_looked_at(void)
{
  g_autoptr(optreg_optimizer) optimizer = new_optimizer("optimizer: sgd\n", 1);

  step(optimizer);
  optreg_optimizer_set_gradient(optimizer, 0, NULL, NULL);
  step(optimizer);
  g_assert_cmpuint(of_model(optimizer)->step, ==, 2);
  g_assert_cmpuint(of_model(optimizer)->elements, ==, N);
  assert_near(of_model(optimizer)->gradient_norm, sqrt(square_sum(gradients[1], NULL)),
              1e-12);
}

static void
test_what_is_overwritten_is_not_looked_at(void)
{
  g_autoptr(optreg_optimizer) optimizer = optimizer_from_text("optimizer: sgd\n");
  const uint64_t n = 2;
  float w[2] = { 1, 1 }, scale[2] = { 1, 1 }, g[2] = { 3, 4 };

  optreg_optimizer_add_parameter(optimizer, "w", OPTREG_F32, &n, 1, w, g, NULL);
  optreg_optimizer_add_parameter(optimizer, "scale", OPTREG_F32, &n, 1, scale, g, NULL);
  optreg_optimizer_set_overwrite(optimizer, 1, NULL);
  optreg_optimizer_set_diagnostics(optimizer, 1, NULL);
  g_assert_true(optreg_optimizer_build(optimizer, NULL));
  step(optimizer);
  g_assert_cmpuint(of_model(optimizer)->elements, ==, 2);
  assert_near(of_model(optimizer)->gradient_norm, 5.0, 1e-12);
}

/* ---- when ---- */

static void
test_every_third_update_is_looked_at(void)
{
  static const uint64_t expected[] = { 1, 1, 1, 4, 4, 4, 7 };
  g_autoptr(optreg_optimizer) optimizer = new_optimizer("optimizer: adadelta\n", 3);

  for (size_t i = 0; i < G_N_ELEMENTS(expected); i++) {
    step(optimizer);
    g_assert_cmpuint(of_model(optimizer)->step, ==, expected[i]);
  }
}

static void
test_a_skipped_step_is_no_update(void)
{
  g_autoptr(optreg_optimizer) optimizer = new_optimizer("optimizer: sgd\n", 1);

  step(optimizer);
  const optreg_diagnostics first = *of_model(optimizer);
  gradients[1][77] = INFINITY;
  step(optimizer);
  g_assert_cmpuint(optreg_optimizer_last_step(optimizer)->skipped, ==, 1);
  g_assert_cmpmem(&first, sizeof first, of_model(optimizer), sizeof first);
  gradients[1][77] = 1.0f;
  step(optimizer);
  g_assert_cmpuint(of_model(optimizer)->step, ==, 2);
}

/* ---- the plan ---- */

static void
test_other_steps_have_no_stage_of_it(void)
{
  g_autoptr(optreg_optimizer) optimizer = new_optimizer(
      "optimizer: adadelta\nclipvalue: 1\nweight_decay: 0.1\nuse_ema: true\n", 5);
  const optreg_sweep_info *sweeps;
  const size_t n = optreg_optimizer_sweeps(optimizer, &sweeps);

  g_assert_cmpuint(n, ==, 3);
  g_assert_cmpstr(sweeps[1].call, ==, "step");
  g_assert_cmpstr(sweeps[1].stages, ==, "clipvalue, weight_decay, adadelta, ema");
  g_assert_cmpstr(sweeps[2].call, ==, "diagnosed step");
  g_assert_cmpstr(sweeps[2].stages, ==,
                  "clipvalue, weight_decay, remember, adadelta, observe, ema");
  g_assert_cmpuint(sweeps[2].bytes_read, ==, sweeps[1].bytes_read);
  g_assert_cmpuint(sweeps[2].bytes_written, ==, sweeps[1].bytes_written);
}

#define WITH(name, yaml)                                 \
  g_test_add_data_func("/diagnostics/norms/" name, yaml, \
                       test_norms_are_those_of_what_happened)
#define CUT(name, yaml)                                 \
  g_test_add_data_func("/diagnostics/clip/" name, yaml, \
                       test_elements_cut_by_value_are_counted)

int
main(int argc, char **argv)
{
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/diagnostics/off", test_without_asking_there_are_none);
  g_test_add_func("/diagnostics/before-build", test_they_are_asked_for_before_build);
  g_test_add_func("/diagnostics/before-a-step",
                  test_before_a_step_nothing_was_looked_at);
  WITH("adadelta", "optimizer: adadelta\nlearning_rate: 1\n");
  WITH("adam", "optimizer: adam\n");
  WITH("lamb", "optimizer: test_lamb\n");
  WITH("adafactor", "optimizer: test_adafactor\n");
  WITH("shampoo", "optimizer: test_shampoo\nweight_decay: 0\n");
  g_test_add_func("/diagnostics/norms/f64", test_double_precision_is_seen_as_it_is);
  g_test_add_func("/diagnostics/norms/decay", test_decay_is_no_part_of_the_update);
  g_test_add_func("/diagnostics/norms/accumulated",
                  test_an_accumulated_gradient_is_seen_as_its_mean);
  g_test_add_func("/diagnostics/unmoved", test_unmoved_elements_are_counted);
  g_test_add_func("/diagnostics/rate/sgd",
                  test_the_rate_of_plain_descent_is_its_learning_rate);
  g_test_add_func("/diagnostics/rate/sample", test_a_sample_is_like_all_elements);
  g_test_add_func("/diagnostics/rate/none", test_without_a_gradient_there_is_no_rate);
  CUT("value", "optimizer: sgd\nclipvalue: 0.06\n");
  CUT("value-and-norm", "optimizer: sgd\nclipvalue: 0.06\nclipnorm: 13.7\n");
  CUT("value-and-model", "optimizer: sgd\nclipvalue: 0.06\nglobal_clipnorm: 41.3\n");
  CUT("value-and-both",
      "optimizer: sgd\nclipvalue: 0.06\nclipnorm: 17.1\nglobal_clipnorm: 49\n");
  g_test_add_func("/diagnostics/clip/tensor",
                  test_a_tensor_made_shorter_is_clipped_as_a_whole);
  g_test_add_func("/diagnostics/clip/model",
                  test_a_model_made_shorter_is_clipped_as_a_whole);
  g_test_add_func("/diagnostics/clip/none", test_nothing_is_clipped_without_clipping);
  g_test_add_func("/diagnostics/groups", test_each_group_has_its_own);
  g_test_add_func("/diagnostics/missing", test_a_missing_gradient_is_not_looked_at);
  g_test_add_func("/diagnostics/overwritten",
                  test_what_is_overwritten_is_not_looked_at);
  g_test_add_func("/diagnostics/every", test_every_third_update_is_looked_at);
  g_test_add_func("/diagnostics/skipped", test_a_skipped_step_is_no_update);
  g_test_add_func("/diagnostics/plan", test_other_steps_have_no_stage_of_it);
  return g_test_run();
}
