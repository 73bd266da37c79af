/* SPDX-License-Identifier: MIT */
/* Problems in shared libraries: what is refused, and that the others are trained. */
#include "harness/problem.h"
#include "support/status.h"

#include <fenv.h>
#include <glib/gstdio.h>
#include <math.h>
#include <string.h>
#include <sys/wait.h>

static char *
fixture(const char *name)
{
  g_autofree char *file = g_strconcat(name, ".so", NULL);
  return g_build_filename(g_getenv("OPTREG_TEST_PROBLEMS"), file, NULL);
}

static ProblemSet *
load(const char *path, GError **error)
{
  char *const files[] = { (char *)path, NULL };
  return problem_set_new(files, error);
}

/* {} stands for the path */
static const struct {
  const char *name, *message;
} refusals[] = {
  { "no_symbol", "{}: is no problem: end its source with OPTREG_PROBLEMS(...)" },
  { "wrong_abi", "{}: was not made with this optreg/problem.h: rebuild it" },
  { "short_class", "{}: a problem in it is incomplete: its struct_size is too small" },
  { "wrong_name",
    "{}: a problem needs a name of a-z, 0-9 and '-', a version and a doc" },
  { "no_init",
    "{}: problem 'sound' lacks a function: only close and data may be NULL" },
  { "no_batch",
    "{}: problem 'sound': its batch size, epochs, tier or primary metric is "
    "out of range" },
  { "no_loss", "{}: problem 'sound': its first metric must be 'loss'" },
  { "no_effect",
    "{}: problem 'sound': row 0 of its metrics needs a name, a doc, a worst "
    "value and a minimum effect above 0" },
  { "wrong_default", "{}: problem 'sound': row 0 of its options is not sound: see "
                     "optreg/problem.h for names, types and ranges" },
  { "taken_name", "{}: there is a problem called 'digits-mlp' already: give it another "
                  "name" },
};

static void
test_refusals(void)
{
  for (size_t i = 0; i < G_N_ELEMENTS(refusals); i++) {
    g_autoptr(GError) error = NULL;
    g_autofree char *path = fixture(refusals[i].name);
    g_autofree char *expected = g_strconcat(path, refusals[i].message + 2, NULL);
    g_assert_null(load(path, &error));
    g_assert_error(error, STATUS_ERROR, STATUS_USAGE);
    g_assert_cmpstr(error->message, ==, expected);
  }
}

static void
test_what_is_no_library(void)
{
  g_autoptr(GError) error = NULL;

  g_assert_null(load("/dev/null", &error));
  g_assert_error(error, STATUS_ERROR, STATUS_USAGE);
  g_assert_true(g_str_has_prefix(error->message, "/dev/null: cannot be opened: "));
  g_clear_error(&error);
  g_assert_null(load("nowhere.so", &error));
  g_assert_true(g_str_has_prefix(error->message, "nowhere.so: cannot be opened: "));
}

static Problem *
open_fixture(const char *name, GError **error)
{
  g_autofree char *path = fixture(name);
  g_autoptr(ProblemSet) set = load(path, error);
  const ProblemClass *class = problem_set_find(set, "sound", error);
  g_autofree double *values = problem_default_options(class);

  g_assert_true(problem_set_option(class, "first", "3", values, error));
  return problem_open(class, values, 4, error);
}

/* rows and a class that are longer than ours, as those of a later version */
static void
test_a_problem_is_used(void)
{
  g_autoptr(GError) error = NULL;
  g_autoptr(Problem) problem = open_fixture("sound", &error);
  float **weights = problem_new_buffers(problem),
        **again = problem_new_buffers(problem);
  const float *const *read = (const float *const *)weights;
  double value;
  size_t n;

  g_assert_no_error(error);
  g_assert_cmpuint(problem_steps_per_epoch(problem), ==, 3);
  g_assert_cmpstr(problem_data(problem), ==, "");
  problem_init(problem, 5, weights);
  problem_init(problem, 5, again);
  g_assert_cmpmem(weights[0], 2 * sizeof(float), again[0], 2 * sizeof(float));
  g_assert_true(weights[0][0] >= 0.0f && weights[0][0] < 1.0f);
  problem_init(problem, 6, again);
  g_assert_cmpfloat(weights[0][0], !=, again[0][0]);
  g_assert_cmpfloat(problem_gradient(problem, 5, 2, 2.0, read, again, &n), ==, 31.0);
  g_assert_cmpuint(n, ==, 2);
  g_assert_cmpfloat(again[0][0], ==, 2.0f * weights[0][0]);
  g_assert_cmpfloat(again[0][1], ==, 2.0f);
  problem_evaluate(problem, SPLIT_TEST, read, &value);
  g_assert_cmpfloat(value, ==, (double)(weights[0][0] + 2.0f));
  problem_free_buffers(problem, weights);
  problem_free_buffers(problem, again);
}

/* the same library but for a byte that nothing reads */
static void
test_the_version_tells_the_file(void)
{
  g_autoptr(GError) error = NULL;
  g_autofree char *path = fixture("sound"), *bytes = NULL;
  g_autofree char *copy =
      g_build_filename(g_get_tmp_dir(), "optreg-sound-copy.so", NULL);
  gsize length;

  g_assert_true(g_file_get_contents(path, &bytes, &length, &error));
  g_assert_true(g_file_set_contents(copy, bytes, (gssize)length + 1, &error));
  g_autoptr(ProblemSet) first = load(path, &error);
  g_autoptr(ProblemSet) second = load(copy, &error);
  g_assert_no_error(error);
  const char *one = problem_set_find(first, "sound", &error)->version;
  const char *other = problem_set_find(second, "sound", &error)->version;
  g_assert_true(g_str_has_prefix(one, "1+") && g_str_has_prefix(other, "1+"));
  g_assert_cmpuint(strlen(one), ==, strlen("1+0123456789ab"));
  g_assert_cmpstr(one, !=, other);
  g_unlink(copy);
}

static void
test_open_may_fail(void)
{
  g_autoptr(GError) error = NULL;

  g_assert_null(open_fixture("fails_to_open", &error));
  g_assert_error(error, STATUS_ERROR, STATUS_USAGE);
  g_assert_cmpstr(error->message, ==, "sound: there is no more of it");
}

static void
test_examples_are_needed(void)
{
  g_autoptr(GError) error = NULL;

  g_assert_null(open_fixture("no_examples", &error));
  g_assert_error(error, STATUS_ERROR, STATUS_FAILED);
  g_assert_cmpstr(error->message, ==, "sound: has no examples to train on");
}

static void
test_tensors(void)
{
  static const struct {
    const char *fixture, *message;
  } cases[] = {
    { "nine_dimensions",
      "sound: tensor 'x' has 9 dimensions, at most 8 are permitted" },
    { "no_dimensions", "sound: tensor 'x' has dimensions, but they are NULL" },
    { "too_many_elements", "sound: tensor 'x' has more elements than memory" },
    { "no_tensors", "sound: has no tensors to train" },
    { "nameless_tensor", "sound: tensor 0 needs a name in UTF-8" },
    { "two_tensors_of_a_name", "sound: there are two tensors called 'x'" },
  };

  for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
    g_autoptr(GError) error = NULL;
    g_assert_null(open_fixture(cases[i].fixture, &error));
    g_assert_error(error, STATUS_ERROR, STATUS_FAILED);
    g_assert_cmpstr(error->message, ==, cases[i].message);
  }
}

static void
test_eight_dimensions(void)
{
  g_autoptr(GError) error = NULL;
  g_autoptr(Problem) problem = open_fixture("eight_dimensions", &error);

  g_assert_no_error(error);
  g_assert_nonnull(problem);
}

static void
test_the_floating_point_mode_stays(void)
{
  g_autoptr(GError) error = NULL;
  g_autofree char *path = fixture("rounds_up");
  g_autoptr(ProblemSet) set = load(path, &error);

  g_assert_no_error(error);
  g_assert_nonnull(problem_set_find(set, "sound", &error));
  g_assert_cmpint(fegetround(), ==, FE_TONEAREST);
}

/* two that have the same name, and the built-in ones beside them */
static void
test_several_files(void)
{
  g_autoptr(GError) error = NULL;
  g_autofree char *first = fixture("sound");
  g_autofree char *second = fixture("no_examples");
  char *const files[] = { first, second, NULL };

  g_assert_null(problem_set_new(files, &error));
  g_assert_nonnull(strstr(error->message, "there is a problem called 'sound' already"));
}

/* what the command line prints; arguments end with NULL */
static char *
run(const char *const *arguments, int expected)
{
  g_autoptr(GError) error = NULL;
  g_autoptr(GPtrArray) command = g_ptr_array_new();
  char *output = NULL;
  int status = 0;

  g_ptr_array_add(command, (gpointer)g_getenv("OPTREG_TEST_CLI"));
  for (; *arguments != NULL; arguments++) {
    g_ptr_array_add(command, (gpointer)*arguments);
  }
  g_ptr_array_add(command, NULL);
  g_assert_true(g_spawn_sync(NULL, (char **)command->pdata, NULL,
                             G_SPAWN_STDERR_TO_DEV_NULL, NULL, NULL, &output, NULL,
                             &status, &error));
  g_assert_true(WIFEXITED(status));
  g_assert_cmpint(WEXITSTATUS(status), ==, expected);
  return output;
}

static void
test_the_example_is_compared(void)
{
  g_autofree char *folder = g_dir_make_tmp("optreg-XXXXXX", NULL);
  g_autofree char *config =
      g_build_filename(g_getenv("OPTREG_TEST_CONFIGS"), "adadelta-paper.yaml", NULL);
  const char *const arguments[] = { "compare",
                                    "--problem-file",
                                    g_getenv("OPTREG_TEST_EXAMPLE"),
                                    "--problem",
                                    "rosenbrock",
                                    "--seeds=2",
                                    "--epochs=3",
                                    "--out",
                                    folder,
                                    config,
                                    NULL };
  const char *const remove[] = { "rm", "-r", folder, NULL };
  g_autofree char *output = run(arguments, STATUS_DONE);

  g_assert_nonnull(strstr(output, "rosenbrock"));
  g_assert_nonnull(strstr(output, "adadelta-paper"));
  g_spawn_sync(NULL, (char **)remove, NULL, G_SPAWN_SEARCH_PATH, NULL, NULL, NULL, NULL,
               NULL, NULL);
}

static void
test_problems_are_listed(void)
{
  static const char *const built_in[] = { "problems", NULL };
  const char *const all[] = { "problems", "--problem-file",
                              g_getenv("OPTREG_TEST_EXAMPLE"), NULL };
  static const char *const one[] = { "problems", "mnist-mlp", NULL };
  static const char *const none[] = { "problems", "imagenet", NULL };
  g_autofree char *short_list = run(built_in, STATUS_DONE);
  g_autofree char *long_list = run(all, STATUS_DONE);
  g_autofree char *description = run(one, STATUS_DONE);
  g_autofree char *nothing = run(none, STATUS_USAGE);

  g_assert_nonnull(strstr(short_list, "char-gpt"));
  g_assert_null(strstr(short_list, "rosenbrock"));
  g_assert_nonnull(strstr(long_list, "rosenbrock"));
  g_assert_nonnull(strstr(description, "activation     relu  one of relu, tanh"));
  g_assert_nonnull(strstr(description, "decides: test accuracy, 0.5 pp"));
  g_assert_cmpstr(nothing, ==, "");
}

/* the lowest point, and a slope by differences */
static void
test_the_example_is_right(void)
{
  g_autoptr(GError) error = NULL;
  g_autoptr(ProblemSet) set = load(g_getenv("OPTREG_TEST_EXAMPLE"), &error);
  g_autoptr(Problem) problem =
      problem_open(problem_set_find(set, "rosenbrock", &error), NULL, 1, &error);
  float x[2] = { 1.0f, 1.0f }, slope[2];
  const float *const weights[] = { x };
  float *const gradients[] = { slope };
  double values[2];

  g_assert_no_error(error);
  problem_evaluate(problem, SPLIT_TEST, weights, values);
  g_assert_cmpfloat(values[0], ==, 0.0);
  g_assert_cmpfloat(values[1], ==, -16.0);
  x[0] = -1.25f;
  const double loss = problem_gradient(problem, 1, 0, 1.0, weights, gradients, NULL);
  g_assert_cmpfloat_with_epsilon(loss, 100.0 * pow(1.0 - 1.5625, 2) + 2.25 * 2.25,
                                 1e-9);
  /* −400 x₀ (x₁ − x₀²) − 2 (1 − x₀), 200 (x₁ − x₀²) */
  g_assert_cmpfloat_with_epsilon((double)slope[0], -285.75, 1e-4);
  g_assert_cmpfloat_with_epsilon((double)slope[1], -112.5, 1e-4);
}

int
main(int argc, char **argv)
{
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/problem-file/refused", test_refusals);
  g_test_add_func("/problem-file/no-library", test_what_is_no_library);
  g_test_add_func("/problem-file/used", test_a_problem_is_used);
  g_test_add_func("/problem-file/the-version-tells-the-file",
                  test_the_version_tells_the_file);
  g_test_add_func("/problem-file/open-fails", test_open_may_fail);
  g_test_add_func("/problem-file/no-examples", test_examples_are_needed);
  g_test_add_func("/problem-file/tensors", test_tensors);
  g_test_add_func("/problem-file/tensors-of-eight-dimensions", test_eight_dimensions);
  g_test_add_func("/problem-file/floating-point-mode",
                  test_the_floating_point_mode_stays);
  g_test_add_func("/problem-file/several", test_several_files);
  g_test_add_func("/problem-file/example/right", test_the_example_is_right);
  g_test_add_func("/problem-file/example/compared", test_the_example_is_compared);
  g_test_add_func("/problems/listed", test_problems_are_listed);
  return g_test_run();
}
