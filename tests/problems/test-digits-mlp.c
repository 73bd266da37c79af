/* SPDX-License-Identifier: MIT */
/* digits-mlp against the same network in double, written naively. */
#include "harness/order.h"
#include "harness/problem.h"
#include "harness/record.h"
#include "problems/dataset.h"

#include <math.h>

enum { N_IN = 64, N_HIDDEN = 32, N_OUT = 10, N_TENSORS = 4 };

typedef struct Fixture {
  Problem *problem;
  Dataset *digits;
  float **weights, **gradients;
} Fixture;

static const float *const *
weights_of(const Fixture *fixture)
{
  return (const float *const *)fixture->weights;
}

static Problem *
open_problem(uint32_t batch_size)
{
  g_autoptr(GError) error = NULL;
  g_autoptr(ProblemSet) set = problem_set_new(NULL, &error);
  Problem *problem = problem_open(problem_set_find(set, "digits-mlp", &error), NULL,
                                  batch_size, &error);

  g_assert_no_error(error);
  return problem;
}

static void
set_up(Fixture *fixture, const void *unused)
{
  g_autoptr(GError) error = NULL;

  (void)unused;
  fixture->problem = open_problem(7);
  fixture->digits = dataset_new_digits(&error);
  g_assert_no_error(error);
  fixture->weights = problem_new_buffers(fixture->problem);
  fixture->gradients = problem_new_buffers(fixture->problem);
  problem_init(fixture->problem, 1, fixture->weights);
  /* biases that are not zero, so that their use is seen */
  for (size_t i = 0; i < N_HIDDEN; i++) {
    fixture->weights[1][i] = 0.01f * (float)i;
  }
  for (size_t i = 0; i < N_OUT; i++) {
    fixture->weights[3][i] = 0.1f - 0.03f * (float)i;
  }
}

static void
tear_down(Fixture *fixture, const void *unused)
{
  (void)unused;
  problem_free_buffers(fixture->problem, fixture->weights);
  problem_free_buffers(fixture->problem, fixture->gradients);
  problem_free(fixture->problem);
  dataset_free(fixture->digits);
}

/* weights as doubles, one of them moved */
typedef struct Reference {
  double hidden_kernel[N_IN * N_HIDDEN], hidden_bias[N_HIDDEN];
  double output_kernel[N_HIDDEN * N_OUT], output_bias[N_OUT];
} Reference;

static double *
reference_tensor(Reference *reference, size_t tensor)
{
  double *const tensors[N_TENSORS] = { reference->hidden_kernel, reference->hidden_bias,
                                       reference->output_kernel,
                                       reference->output_bias };
  return tensors[tensor];
}

static void
reference_init(Reference *reference, const Fixture *fixture)
{
  for (size_t t = 0; t < N_TENSORS; t++) {
    const size_t n = problem_tensor_size(problem_tensor(fixture->problem, t));
    for (size_t i = 0; i < n; i++) {
      reference_tensor(reference, t)[i] = (double)fixture->weights[t][i];
    }
  }
}

static void
reference_outputs(const Reference *w, const uint8_t *pixels, double *z)
{
  double hidden[N_HIDDEN];

  for (size_t j = 0; j < N_HIDDEN; j++) {
    hidden[j] = w->hidden_bias[j];
    for (size_t i = 0; i < N_IN; i++) {
      hidden[j] += (double)pixels[i] / 16.0 * w->hidden_kernel[i * N_HIDDEN + j];
    }
    hidden[j] = tanh(hidden[j]);
  }
  for (size_t k = 0; k < N_OUT; k++) {
    z[k] = w->output_bias[k];
    for (size_t j = 0; j < N_HIDDEN; j++) {
      z[k] += hidden[j] * w->output_kernel[j * N_OUT + k];
    }
  }
}

static double
reference_loss(const Reference *w, const Examples *examples, const uint32_t *chosen,
               size_t n)
{
  double loss = 0.0;

  for (size_t e = 0; e < n; e++) {
    double z[N_OUT], sum = 0.0;
    reference_outputs(w, examples->inputs + chosen[e] * N_IN, z);
    for (size_t k = 0; k < N_OUT; k++) {
      sum += exp(z[k]);
    }
    loss += log(sum) - z[examples->labels[chosen[e]]];
  }
  return loss / (double)n;
}

/* central difference in double: its own error is near 1e-9 */
static double
slope(Reference *w, size_t tensor, size_t i, const Examples *examples,
      const uint32_t *chosen, size_t n)
{
  const double h = 1e-5;
  double *weight = &reference_tensor(w, tensor)[i];
  const double middle = *weight;

  *weight = middle + h;
  const double above = reference_loss(w, examples, chosen, n);
  *weight = middle - h;
  const double below = reference_loss(w, examples, chosen, n);
  *weight = middle;
  return (above - below) / (2.0 * h);
}

static void
check_gradients(Fixture *fixture, uint32_t batch_size, uint64_t step, double scale)
{
  g_autoptr(Problem) problem = open_problem(batch_size);
  g_autoptr(Order)
      order = order_new("digits-mlp", problem_n_examples(problem), batch_size);
  size_t n, n_expected;
  const uint32_t *chosen = order_batch(order, 3, step, &n_expected);
  const Examples *examples = &fixture->digits->split[SPLIT_TRAINING];
  g_autofree Reference *reference = g_new0(Reference, 1);

  reference_init(reference, fixture);
  const double loss = problem_gradient(problem, 3, step, scale, weights_of(fixture),
                                       fixture->gradients, &n);
  g_assert_cmpuint(n, ==, n_expected);
  g_assert_cmpfloat_with_epsilon(loss, reference_loss(reference, examples, chosen, n),
                                 2e-6);
  for (size_t t = 0; t < N_TENSORS; t++) {
    const size_t size = problem_tensor_size(problem_tensor(fixture->problem, t));
    for (size_t i = 0; i < size; i++) {
      const double expected = scale * slope(reference, t, i, examples, chosen, n);
      g_assert_cmpfloat_with_epsilon((double)fixture->gradients[t][i], expected,
                                     scale * 5e-7);
    }
  }
}

static void
test_gradient(Fixture *fixture, const void *unused)
{
  (void)unused;
  check_gradients(fixture, 7, 0, 1.0);
}

static void
test_gradient_scaled(Fixture *fixture, const void *unused)
{
  (void)unused;
  check_gradients(fixture, 7, 200, 1024.0);
}

static void
test_gradient_single_example(Fixture *fixture, const void *unused)
{
  (void)unused;
  check_gradients(fixture, 1, 5000, 1.0);
}

static void
test_evaluate(Fixture *fixture, const void *unused)
{
  const Examples *examples = &fixture->digits->split[SPLIT_TEST];
  g_autofree Reference *reference = g_new0(Reference, 1);
  g_autofree uint32_t *all = g_new0(uint32_t, examples->n);
  size_t n_correct = 0;

  (void)unused;
  reference_init(reference, fixture);
  for (uint32_t e = 0; e < examples->n; e++) {
    double z[N_OUT];
    size_t best = 0;
    all[e] = e;
    reference_outputs(reference, examples->inputs + e * N_IN, z);
    for (size_t k = 1; k < N_OUT; k++) {
      best = z[k] > z[best] ? k : best;
    }
    n_correct += best == examples->labels[e];
  }
  double metrics[RECORD_MOST_METRICS];
  problem_evaluate(fixture->problem, SPLIT_TEST, weights_of(fixture), metrics);
  g_assert_cmpfloat_with_epsilon(
      metrics[0], reference_loss(reference, examples, all, examples->n), 2e-6);
  g_assert_cmpfloat(metrics[1], ==, (double)n_correct / (double)examples->n);
}

static void
test_not_finite_is_wrong(Fixture *fixture, const void *unused)
{
  static const float values[] = { NAN, INFINITY };

  (void)unused;
  for (size_t i = 0; i < G_N_ELEMENTS(values); i++) {
    fixture->weights[3][0] = values[i];
    double metrics[RECORD_MOST_METRICS];
    problem_evaluate(fixture->problem, SPLIT_TEST, weights_of(fixture), metrics);
    g_assert_false(isfinite(metrics[0]));
    g_assert_cmpfloat(metrics[1], ==, 0.0);
  }
}

static void
test_large_outputs_do_not_overflow(Fixture *fixture, const void *unused)
{
  (void)unused;
  fixture->weights[3][0] = 1e30f;
  double metrics[RECORD_MOST_METRICS];
  problem_evaluate(fixture->problem, SPLIT_TEST, weights_of(fixture), metrics);
  g_assert_true(isfinite(metrics[0]));
  g_assert_cmpfloat(metrics[1], >, 0.05);
  g_assert_cmpfloat(metrics[1], <, 0.2);
}

static void
test_init(Fixture *fixture, const void *unused)
{
  float **again = problem_new_buffers(fixture->problem);
  double squares = 0.0;

  (void)unused;
  problem_init(fixture->problem, 1, fixture->weights);
  problem_init(fixture->problem, 1, again);
  for (size_t t = 0; t < N_TENSORS; t++) {
    const size_t size = problem_tensor_size(problem_tensor(fixture->problem, t))
                        * sizeof(float);
    g_assert_cmpmem(fixture->weights[t], size, again[t], size);
  }
  for (size_t i = 0; i < N_IN * N_HIDDEN; i++) {
    squares += (double)again[0][i] * (double)again[0][i];
  }
  g_assert_cmpfloat_with_epsilon(squares / (N_IN * N_HIDDEN), 1.0 / N_IN, 0.002);
  g_assert_cmpfloat(again[1][5], ==, 0.0f);
  problem_init(fixture->problem, 2, again);
  g_assert_cmpfloat(fixture->weights[0][0], !=, again[0][0]);
  problem_free_buffers(fixture->problem, again);
}

static void
test_unknown_problem(void)
{
  g_autoptr(GError) error = NULL;

  g_autoptr(ProblemSet) set = problem_set_new(NULL, &error);

  g_assert_no_error(error);
  g_assert_null(problem_set_find(set, "digit-mlp", &error));
  g_assert_cmpstr(error->message, ==,
                  "no problem is called 'digit-mlp'; did you mean 'digits-mlp'?");
  g_clear_error(&error);
  g_assert_null(problem_set_find(set, "imagenet", &error));
  g_assert_cmpstr(
      error->message, ==,
      "no problem is called 'imagenet'; there is: quadratic, logreg-cancer, "
      "digits-mlp, mnist-mlp, fashion-cnn, char-gpt");
}

typedef void (*FixtureTest)(Fixture *fixture, const void *unused);

int
main(int argc, char **argv)
{
  static const struct {
    const char *path;
    FixtureTest run;
  } tests[] = {
    { "/digits-mlp/gradient/equals-finite-differences", test_gradient },
    { "/digits-mlp/gradient/carries-the-loss-scale", test_gradient_scaled },
    { "/digits-mlp/gradient/single-example", test_gradient_single_example },
    { "/digits-mlp/evaluate/equals-reference", test_evaluate },
    { "/digits-mlp/evaluate/not-finite-is-wrong", test_not_finite_is_wrong },
    { "/digits-mlp/evaluate/large-outputs", test_large_outputs_do_not_overflow },
    { "/digits-mlp/init/depends-on-seed-only", test_init },
  };

  g_test_init(&argc, &argv, NULL);
  for (size_t i = 0; i < G_N_ELEMENTS(tests); i++) {
    g_test_add(tests[i].path, Fixture, NULL, set_up, tests[i].run, tear_down);
  }
  g_test_add_func("/problem/unknown", test_unknown_problem);
  return g_test_run();
}
