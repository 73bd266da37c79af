/* SPDX-License-Identifier: MIT */
/* The built-in problems as the harness sees them; those with embedded data are run. */
#include "harness/problem.h"
#include "support/status.h"

#include <glib/gstdio.h>
#include <math.h>
#include <string.h>

static const ProblemClass *
find_class(const char *name)
{
  g_autoptr(GError) error = NULL;
  g_autoptr(ProblemSet) set = problem_set_new(NULL, &error);
  const ProblemClass *class = problem_set_find(set, name, &error);

  g_assert_no_error(error);
  return class;
}

typedef struct Setting {
  const char *name, *text;
} Setting;

/* settings end with a name that is NULL */
static Problem *
open_with(const char *name, uint32_t batch_size, const Setting *settings)
{
  g_autoptr(GError) error = NULL;
  const ProblemClass *class = find_class(name);
  g_autofree double *values = problem_default_options(class);

  for (; settings->name != NULL; settings++) {
    problem_set_option(class, settings->name, settings->text, values, &error);
    g_assert_no_error(error);
  }
  Problem *problem = problem_open(class, values, batch_size, &error);
  g_assert_no_error(error);
  return problem;
}

static const Setting defaults[] = { { NULL, NULL } };
static const char *const embedded[] = { "quadratic", "logreg-cancer", "digits-mlp" };

static void
fail_to_open(const char *name, const Setting *settings, GError **error)
{
  const ProblemClass *class = find_class(name);
  g_autofree double *values = problem_default_options(class);

  for (; settings->name != NULL; settings++) {
    g_assert_true(
        problem_set_option(class, settings->name, settings->text, values, NULL));
  }
  g_assert_null(problem_open(class, values, 8, error));
}

/* ---- classes ---- */

static void
test_every_class_declares_what_it_must(void)
{
  g_autoptr(ProblemSet) set = problem_set_new(NULL, NULL);

  for (size_t i = 0; problem_set_classes(set)[i] != NULL; i++) {
    const ProblemClass *class = problem_set_classes(set)[i];
    size_t n_metrics, n_options;
    const ProblemMetric *metrics = problem_metrics(class, &n_metrics);
    const ProblemOption *options = problem_options(class, &n_options);
    g_assert_cmpuint(class->struct_size, ==, sizeof *class);
    g_assert_cmpuint(class->tier, >=, OPTREG_PROBLEM_SMOKE);
    g_assert_cmpuint(class->tier, <=, OPTREG_PROBLEM_FULL);
    g_assert_cmpstr(metrics[0].name, ==, "loss");
    g_assert_cmpuint(class->primary, <, n_metrics);
    g_assert_true(isfinite(metrics[class->primary].worst));
    for (size_t j = 0; j < n_metrics; j++) {
      g_assert_cmpfloat(metrics[j].minimum_effect, >, 0.0);
    }
    for (size_t j = 0; j < n_options; j++) {
      g_autofree double *values = problem_default_options(class);
      g_autofree char *text = problem_show_option(class, j, values[j]);
      const double value = values[j];
      g_assert_true(problem_set_option(class, options[j].name, text, values, NULL));
      g_assert_cmpfloat(values[j], ==, value);
    }
  }
}

static void
test_options_are_checked(void)
{
  static const struct {
    const char *problem, *name, *text, *message;
  } rows[] = {
    { "mnist-mlp", "activaton", "tanh",
      "mnist-mlp: no option is called 'activaton'; did you mean 'activation'?" },
    { "mnist-mlp", "activation", "gelu",
      "mnist-mlp: activation is 'gelu'; it must be one of relu, tanh" },
    { "mnist-mlp", "validation", "2.5",
      "mnist-mlp: validation is '2.5'; it must be an integer in [0, 30000]" },
    { "quadratic", "condition", "0.5",
      "quadratic: condition is '0.5'; it must be a number in [1, 1e+12]" },
    { "quadratic", "condition", "nan",
      "quadratic: condition is 'nan'; it must be a number in [1, 1e+12]" },
    { "quadratic", "rotated", "maybe",
      "quadratic: rotated is 'maybe'; it must be true or false" },
    { "logreg-cancer", "l2", "0",
      "logreg-cancer: l2 is '0'; it must be a number in (0, 1000]" },
    { "digits-mlp", "width", "3", "digits-mlp has no options" },
  };

  for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
    g_autoptr(GError) error = NULL;
    const ProblemClass *class = find_class(rows[i].problem);
    g_autofree double *values = problem_default_options(class);
    g_assert_false(
        problem_set_option(class, rows[i].name, rows[i].text, values, &error));
    g_assert_error(error, STATUS_ERROR, STATUS_USAGE);
    g_assert_cmpstr(error->message, ==, rows[i].message);
  }
}

static void
test_options_that_do_not_go_together(void)
{
  static const Setting settings[] = { { "width", "10" }, { NULL, NULL } };
  g_autoptr(GError) error = NULL;

  fail_to_open("char-gpt", settings, &error);
  g_assert_error(error, STATUS_ERROR, STATUS_USAGE);
  g_assert_cmpstr(error->message, ==,
                  "char-gpt: width is not a multiple of heads: change one of them");
}

static void
test_names(void)
{
  g_autoptr(GError) error = NULL;
  size_t row;
  uint32_t tier = 0;

  g_assert_cmpstr(find_class(NULL)->name, ==, "digits-mlp");
  g_assert_true(
      problem_find_metric(find_class("char-gpt"), "bits_per_char", &row, &error));
  g_assert_cmpuint(row, ==, 1);
  g_assert_false(problem_find_metric(find_class("quadratic"), "los", &row, &error));
  g_assert_cmpstr(error->message, ==,
                  "quadratic: no metric is called 'los'; did you mean 'loss'?");
  g_clear_error(&error);
  g_assert_true(problem_parse_tier("standard", &tier, &error));
  g_assert_cmpuint(tier, ==, OPTREG_PROBLEM_STANDARD);
  g_assert_false(problem_parse_tier("standart", &tier, &error));
  g_assert_cmpstr(error->message, ==,
                  "no suite is called 'standart'; did you mean 'standard'?");
}

/* ---- data sets ---- */

static void
test_a_missing_set_names_the_command(void)
{
  static const char *const sets[][2] = { { "mnist-mlp", "mnist" },
                                         { "fashion-cnn", "fashion-mnist" },
                                         { "char-gpt", "moby-dick" } };

  for (size_t i = 0; i < G_N_ELEMENTS(sets); i++) {
    g_autoptr(GError) error = NULL;
    g_autofree char *expected =
        g_strdup_printf("%s: its data set is not in %s/%s: run `tools/fetch-data %s`",
                        sets[i][0], g_getenv("OPTREG_DATA"), sets[i][1], sets[i][1]);
    fail_to_open(sets[i][0], defaults, &error);
    g_assert_error(error, STATUS_ERROR, STATUS_FAILED);
    g_assert_cmpstr(error->message, ==, expected);
  }
}

static void
test_a_damaged_set_is_refused(void)
{
  g_autoptr(GError) error = NULL;
  g_autofree char *folder =
      g_build_filename(g_getenv("OPTREG_DATA"), "moby-dick", NULL);
  g_autofree char *file = g_build_filename(folder, "data.txt", NULL);
  g_autofree char *expected = g_strdup_printf(
      "char-gpt: %s is damaged: run `tools/fetch-data moby-dick` again", file);

  g_assert_cmpint(g_mkdir(folder, 0700), ==, 0);
  g_assert_true(g_file_set_contents(file, "Call me Ishmael.", -1, NULL));
  fail_to_open("char-gpt", defaults, &error);
  g_assert_cmpstr(error->message, ==, expected);
  g_unlink(file);
  g_rmdir(folder);
}

/* ---- what every problem promises ---- */

typedef struct Buffers {
  Problem *problem;
  float **weights, **gradients;
} Buffers;

static Buffers
buffers_for(Problem *problem)
{
  const Buffers buffers = { problem, problem_new_buffers(problem),
                            problem_new_buffers(problem) };

  problem_init(problem, 1, buffers.weights);
  return buffers;
}

static void
buffers_clear(Buffers *buffers)
{
  problem_free_buffers(buffers->problem, buffers->weights);
  problem_free_buffers(buffers->problem, buffers->gradients);
  problem_free(buffers->problem);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Buffers, buffers_clear)

static double
gradient(const Buffers *buffers, uint64_t step, double scale)
{
  return problem_gradient(buffers->problem, 3, step, scale,
                          (const float *const *)buffers->weights, buffers->gradients,
                          NULL);
}

static void
assert_equal_buffers(const Problem *problem, float *const *a, float *const *b)
{
  for (size_t t = 0; t < problem_n_tensors(problem); t++) {
    const size_t size = problem_tensor_size(problem_tensor(problem, t)) * sizeof(float);
    g_assert_cmpmem(a[t], size, b[t], size);
  }
}

static void
test_a_gradient_depends_on_weights_seed_and_step_only(void)
{
  static const Setting noisy[] = { { "noise", "0.5" }, { NULL, NULL } };

  for (size_t i = 0; i < G_N_ELEMENTS(embedded); i++) {
    const Setting *settings = i == 0 ? noisy : defaults;
    g_auto(Buffers) used = buffers_for(open_with(embedded[i], 8, settings));
    g_auto(Buffers) fresh = buffers_for(open_with(embedded[i], 8, settings));
    double values[8];
    for (uint64_t step = 0; step < 3; step++) {
      gradient(&used, step, 1.0);
      problem_evaluate(used.problem, SPLIT_TEST, (const float *const *)used.weights,
                       values);
    }
    g_assert_cmpfloat(gradient(&used, 1234, 1.0), ==, gradient(&fresh, 1234, 1.0));
    assert_equal_buffers(used.problem, used.gradients, fresh.gradients);
  }
}

static void
test_initial_weights_depend_on_the_seed_only(void)
{
  for (size_t i = 0; i < G_N_ELEMENTS(embedded); i++) {
    g_auto(Buffers) a = buffers_for(open_with(embedded[i], 8, defaults));
    g_auto(Buffers) b = buffers_for(open_with(embedded[i], 64, defaults));
    b.weights[0][0] = 7.0f;
    problem_init(b.problem, 2, b.weights);
    g_assert_cmpfloat(a.weights[0][0], !=, b.weights[0][0]);
    problem_init(b.problem, 1, b.weights);
    assert_equal_buffers(a.problem, a.weights, b.weights);
  }
}

/* losses in double of weights in float: differences are as exact as the loss is smooth
 */
static void
check_gradient(Buffers *buffers, double bar)
{
  gradient(buffers, 5, 1.0);
  for (size_t t = 0; t < problem_n_tensors(buffers->problem); t++) {
    const size_t n = problem_tensor_size(problem_tensor(buffers->problem, t));
    g_autofree float *expected = g_memdup2(buffers->gradients[t], n * sizeof(float));
    for (size_t i = 0; i < n; i++) {
      float *weight = &buffers->weights[t][i];
      const float before = *weight, above = before + 0.001f, below = before - 0.001f;
      *weight = above;
      const double high = gradient(buffers, 5, 1.0);
      *weight = below;
      const double low = gradient(buffers, 5, 1.0);
      *weight = before;
      g_assert_cmpfloat_with_epsilon(
          (double)expected[i], (high - low) / ((double)above - (double)below), bar);
    }
  }
}

static void
test_gradients_equal_differences(void)
{
  static const Setting flat[] = { { "dimension", "7" },
                                  { "rotated", "false" },
                                  { NULL, NULL } };
  static const Setting single[] = { { "dimension", "1" }, { NULL, NULL } };
  g_auto(Buffers) bowl = buffers_for(open_with("quadratic", 1, defaults));
  g_auto(Buffers) flat_bowl = buffers_for(open_with("quadratic", 1, flat));
  g_auto(Buffers) line = buffers_for(open_with("quadratic", 1, single));
  g_auto(Buffers) tumours = buffers_for(open_with("logreg-cancer", 32, defaults));

  check_gradient(&bowl, 1e-6);
  check_gradient(&flat_bowl, 1e-6);
  check_gradient(&line, 1e-6);
  check_gradient(&tumours, 2e-6);
}

static void
test_gradients_carry_the_loss_scale(void)
{
  for (size_t i = 0; i < G_N_ELEMENTS(embedded); i++) {
    g_auto(Buffers) buffers = buffers_for(open_with(embedded[i], 8, defaults));
    const double loss = gradient(&buffers, 2, 1.0);
    const float plain = buffers.gradients[0][3];
    g_assert_cmpfloat(gradient(&buffers, 2, 1024.0), ==, loss);
    g_assert_cmpfloat(buffers.gradients[0][3], ==, 1024.0f * plain);
  }
}

/* ---- quadratic ---- */

/* Σ of the eigenvalues and of their squares, from columns of the matrix */
static void
measure_spectrum(Buffers *buffers, size_t n, double *trace, double *squares)
{
  g_autofree float *start = NULL;

  gradient(buffers, 0, 1.0);
  start = g_memdup2(buffers->gradients[0], n * sizeof(float));
  for (size_t i = 0; i < n; i++) {
    const float before = buffers->weights[0][i];
    buffers->weights[0][i] = before + 1.0f;
    const double way = (double)buffers->weights[0][i] - (double)before;
    gradient(buffers, 0, 1.0);
    buffers->weights[0][i] = before;
    for (size_t j = 0; j < n; j++) {
      const double element = ((double)buffers->gradients[0][j] - (double)start[j])
                             / way;
      *trace += i == j ? element : 0.0;
      *squares += element * element;
    }
  }
}

static void
test_quadratic_has_its_condition(void)
{
  static const Setting settings[] = { { "dimension", "5" },
                                      { "condition", "10000" },
                                      { NULL, NULL } };
  g_auto(Buffers) buffers = buffers_for(open_with("quadratic", 1, settings));
  double trace = 0.0, squares = 0.0;

  /* 1, 1e-1, 1e-2, 1e-3, 1e-4 */
  measure_spectrum(&buffers, 5, &trace, &squares);
  g_assert_cmpfloat_with_epsilon(trace, 1.1111, 1e-5);
  g_assert_cmpfloat_with_epsilon(squares, 1.01010101, 1e-5);
}

static void
test_quadratic_noise(void)
{
  static const Setting settings[] = { { "dimension", "1000" },
                                      { "noise", "2" },
                                      { NULL, NULL } };
  static const Setting quiet[] = { { "dimension", "1000" }, { NULL, NULL } };
  g_auto(Buffers) noisy = buffers_for(open_with("quadratic", 1, settings));
  g_auto(Buffers) calm = buffers_for(open_with("quadratic", 1, quiet));
  double sum = 0.0, squares = 0.0;

  g_assert_cmpfloat(gradient(&noisy, 0, 1.0), ==, gradient(&calm, 0, 1.0));
  for (size_t i = 0; i < 1000; i++) {
    const double noise = (double)noisy.gradients[0][i] - (double)calm.gradients[0][i];
    sum += noise;
    squares += noise * noise;
  }
  g_assert_cmpfloat(fabs(sum / 1000.0), <, 4.0 * 2.0 / sqrt(1000.0));
  g_assert_cmpfloat_with_epsilon(sqrt(squares / 1000.0), 2.0, 0.2);
  const float first = noisy.gradients[0][0];
  gradient(&noisy, 1, 1.0);
  g_assert_cmpfloat(noisy.gradients[0][0], !=, first);
}

/* ---- logreg-cancer ---- */

/* minima computed in Python: Newton's method with elimination, gradients below 1e-16 */
static void
test_cancer_knows_its_optimum(void)
{
  static const struct {
    const char *l2;
    double optimum;
  } rows[] = { { "0.002", 0.06611025117931316 }, { "0.1", 0.19654939464439083 } };

  for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
    const Setting settings[] = { { "l2", rows[i].l2 }, { NULL, NULL } };
    g_auto(Buffers) buffers = buffers_for(open_with("logreg-cancer", 32, settings));
    double values[3];
    memset(buffers.weights[0], 0, 30 * sizeof(float));
    problem_evaluate(buffers.problem, SPLIT_TRAINING,
                     (const float *const *)buffers.weights, values);
    g_assert_cmpfloat_with_epsilon(values[0], log(2.0), 1e-12);
    g_assert_cmpfloat_with_epsilon(pow(10.0, values[2]), log(2.0) - rows[i].optimum,
                                   1e-12);
  }
}

/* the class of most: 357 benign of 569 tumours */
static void
test_cancer_counts_right_answers(void)
{
  static const double benign[] = { 254.0 / 399.0, 32.0 / 57.0, 71.0 / 113.0 };
  g_auto(Buffers) buffers = buffers_for(open_with("logreg-cancer", 32, defaults));
  double values[3];

  memset(buffers.weights[0], 0, 30 * sizeof(float));
  buffers.weights[1][0] = 1.0f;
  for (size_t s = 0; s < N_SPLITS; s++) {
    problem_evaluate(buffers.problem, (Split)s, (const float *const *)buffers.weights,
                     values);
    g_assert_cmpfloat_with_epsilon(values[1], benign[s], 1e-12);
  }
}

int
main(int argc, char **argv)
{
  g_autofree char *folder = g_dir_make_tmp("optreg-XXXXXX", NULL);

  g_setenv("OPTREG_DATA", folder, TRUE); /* not what the user has fetched */
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/problems/declare-what-they-must",
                  test_every_class_declares_what_it_must);
  g_test_add_func("/problems/options/refused", test_options_are_checked);
  g_test_add_func("/problems/options/do-not-go-together",
                  test_options_that_do_not_go_together);
  g_test_add_func("/problems/names", test_names);
  g_test_add_func("/problems/data/missing", test_a_missing_set_names_the_command);
  g_test_add_func("/problems/data/damaged", test_a_damaged_set_is_refused);
  g_test_add_func("/problems/gradient/pure",
                  test_a_gradient_depends_on_weights_seed_and_step_only);
  g_test_add_func("/problems/gradient/equals-differences",
                  test_gradients_equal_differences);
  g_test_add_func("/problems/gradient/carries-the-loss-scale",
                  test_gradients_carry_the_loss_scale);
  g_test_add_func("/problems/init/depends-on-seed-only",
                  test_initial_weights_depend_on_the_seed_only);
  g_test_add_func("/problems/quadratic/condition", test_quadratic_has_its_condition);
  g_test_add_func("/problems/quadratic/noise", test_quadratic_noise);
  g_test_add_func("/problems/logreg-cancer/optimum", test_cancer_knows_its_optimum);
  g_test_add_func("/problems/logreg-cancer/accuracy", test_cancer_counts_right_answers);
  const int status = g_test_run();
  g_rmdir(folder);
  return status;
}
