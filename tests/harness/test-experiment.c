/* SPDX-License-Identifier: MIT */
/* Experiment files: what they mean, and how they are refused. */
#include "harness/experiment/experiment.h"
#include "harness/experiment/halton.h"
#include "support/status.h"

#include <glib/gstdio.h>
#include <math.h>
#include <string.h>

static char *folder;

static char *
write_file(const char *name, const char *text)
{
  char *path = g_build_filename(folder, name, NULL);
  g_assert_true(g_file_set_contents(path, text, -1, NULL));
  return path;
}

/* files: the first is written from `text` when that is not NULL */
static Experiment *
read_with(const char *text, const ExperimentArguments *options, GError **error)
{
  static ProblemSet *set;
  g_autofree char *file = write_file("e.yaml", text);
  char *const files[] = { file, NULL };
  ExperimentArguments arguments = *options;

  if (set == NULL) {
    set = problem_set_new(NULL, NULL);
  }
  g_free(write_file("sgd.yaml", "# mine\noptimizer: sgd\nlearning_rate: 0.1\n"));
  g_free(write_file("cosine.yaml",
                    "optimizer: sgd\nlearning_rate: {schedule: cosine_decay, "
                    "initial_learning_rate: 0.1, decay_steps: 100}\n"));
  arguments.files = files;
  return experiment_new(&arguments, set, error);
}

static const ExperimentArguments nothing = {
  .n_seeds = -1, .epochs = -1, .batch_size = -1, .n_trials = -1
};

static Experiment *
read_text(const char *text)
{
  g_autoptr(GError) error = NULL;
  Experiment *experiment = read_with(text, &nothing, &error);

  g_assert_no_error(error);
  return experiment;
}

static void
test_defaults(void)
{
  g_autoptr(Experiment) experiment = read_text("arms: {a: sgd.yaml}\n");
  const Task *task = experiment_task(experiment, 0);

  g_assert_cmpstr(task->name, ==, "digits-mlp");
  g_assert_cmpuint(task->batch_size, ==, 32);
  g_assert_cmpfloat(task->budget.amount, ==, 30.0);
  g_assert_cmpstr(task_metric(task)->name, ==, "accuracy");
  g_assert_cmpint(task->split, ==, SPLIT_TEST);
  g_assert_cmpfloat(task->least_effect, ==, 0.005);
  g_assert_cmpuint(experiment->n_seeds, ==, 10);
  g_assert_cmpuint(experiment->first_seed, ==, 1);
  g_assert_cmpuint(experiment->n_trials, ==, 0);
  g_assert_cmpfloat(experiment->alpha, ==, 0.05);
}

static void
test_everything(void)
{
  g_autoptr(Experiment) experiment = read_text(
      "name: all\nproblems: {small: {problem: digits-mlp, batch_size: 8}, digits-mlp: "
      "{}}\n"
      "budget: {steps: 70}\nseeds: {first: 5, count: 7}\nalpha: 1%\ncorrection: holm\n"
      "metric: {name: loss, split: validation, minimum_effect: 0.01, target: 0.3}\n"
      "tuning: {trials: 4, seeds: 2}\ncontrol: b\n"
      "arms:\n  a: {config: sgd.yaml, tune: {learning_rate: [0.01, 1]}}\n"
      "  b: {optimizer: adadelta, rho: 0.9}\n"
      "expect:\n- {arm: b, problem: small, metric: accuracy, value: 95 %, "
      "tolerance: 0.5 pp}\nout: here\n");
  const Task *task = experiment_task(experiment, 0);

  g_assert_cmpuint(experiment->tasks->len, ==, 2);
  g_assert_cmpstr(task->name, ==, "small");
  g_assert_cmpuint(task->batch_size, ==, 8);
  g_assert_cmpint(task->budget.kind, ==, BUDGET_STEPS);
  g_assert_cmpfloat(task->budget.amount, ==, 70.0);
  g_assert_cmpstr(task_metric(task)->name, ==, "loss");
  g_assert_cmpint(task->split, ==, SPLIT_VALIDATION);
  g_assert_cmpfloat(task->least_effect, ==, 0.01);
  g_assert_cmpfloat(task->target, ==, 0.3);
  g_assert_cmpuint(experiment->control, ==, 1);
  g_assert_cmpuint(experiment->first_seed, ==, 5);
  g_assert_cmpuint(experiment->n_tuning_seeds, ==, 2);
  g_assert_true(experiment->is_holm);
  g_assert_cmpfloat(experiment->alpha, ==, 0.01);
  const Expectation *row = &g_array_index(experiment->expectations, Expectation, 0);
  g_assert_cmpfloat(row->value, ==, 0.95);
  g_assert_cmpfloat(row->tolerance.absolute, ==, 0.005);
  g_assert_cmpstr(experiment->out, ==, "here");
}

static void
assert_text(const Arm *arm, uint32_t trial, const char *expected)
{
  g_autofree char *text = arm_text(arm, trial);
  g_assert_cmpstr(text, ==, expected);
}

static void
test_a_plain_arm_is_the_file(void)
{
  g_autoptr(Experiment) experiment = read_text("arms: {a: sgd.yaml}\n");

  assert_text(experiment_arm(experiment, 0), 0,
              "# mine\noptimizer: sgd\nlearning_rate: 0.1\n");
  g_assert_false(arm_is_tuned(experiment_arm(experiment, 0)));
}

static void
test_overrides_replace_keys(void)
{
  g_autoptr(Experiment) experiment =
      read_text("arms:\n  a:\n    config: sgd.yaml\n    learning_rate: {schedule: "
                "linear, steps: 10%}\n"
                "    groups:\n    - match: ['*/bias']\n      weight_decay: 0\n");

  assert_text(experiment_arm(experiment, 0), 0,
              "optimizer: sgd\nlearning_rate:\n  schedule: linear\n  steps: 10%\n"
              "groups:\n  -\n    match:\n      - \"*/bias\"\n    weight_decay: 0\n");
}

static void
test_grids_expand(void)
{
  g_autoptr(Experiment) experiment =
      read_text("arms:\n  a:\n    config: sgd.yaml\n"
                "    grid: {learning_rate: [0.1, 1], momentum: [0, 0.5, 0.9]}\n");

  g_assert_cmpuint(experiment->arms->len, ==, 6);
  g_assert_cmpstr(arm_name(experiment_arm(experiment, 1)), ==,
                  "a[learning_rate=0.1,momentum=0.5]");
  assert_text(experiment_arm(experiment, 5), 0,
              "optimizer: sgd\nlearning_rate: 1\nmomentum: 0.9\n");
}

/* trial 0 is as configured; others stay in the range and differ */
static void
test_trials(void)
{
  g_autoptr(Experiment)
      experiment = read_text("tuning: {trials: 20}\narms:\n  a:\n    config: sgd.yaml\n"
                             "    tune: {learning_rate: [1e-3, 1e3]}\n");
  const Arm *arm = experiment_arm(experiment, 0);
  unsigned n_small = 0;

  assert_text(arm, 0, "# mine\noptimizer: sgd\nlearning_rate: 0.1\n");
  for (uint32_t trial = 1; trial < 20; trial++) {
    g_autofree char *text = arm_text(arm, trial);
    const double value = g_ascii_strtod(strstr(text, "rate: ") + 6, NULL);
    g_assert_cmpfloat(value, >=, 1e-3);
    g_assert_cmpfloat(value, <=, 1e3);
    n_small += value < 1.0;
  }
  /* half of log space is below 1 */
  g_assert_cmpuint(n_small, >=, 8);
  g_assert_cmpuint(n_small, <=, 11);
}

/* in each of p equal parts of the range there is one of p consecutive points */
static void
test_halton_fills_evenly(void)
{
  static const unsigned primes[] = { 2, 3, 5, 7, 11 };

  for (size_t dimension = 0; dimension < G_N_ELEMENTS(primes); dimension++) {
    const unsigned p = primes[dimension];
    unsigned seen = 0;
    for (uint32_t i = 0; i < p; i++) {
      const double u = halton_at(dimension, 3 * p + i);
      g_assert_cmpfloat(u, >, 0.0);
      g_assert_cmpfloat(u, <, 1.0);
      seen |= 1u << (unsigned)(u * p);
    }
    g_assert_cmpuint(seen, ==, (1u << p) - 1);
  }
}

static void
test_command_line_wins(void)
{
  char *const set[] = { (char *)"arms.a.momentum=0.5", (char *)"metric.name=loss",
                        NULL };
  const ExperimentArguments options = {
    .n_seeds = 3, .epochs = 2, .batch_size = -1, .n_trials = -1, .set = set
  };
  g_autoptr(GError) error = NULL;
  g_autoptr(Experiment)
      experiment = read_with("seeds: 20\narms: {a: sgd.yaml}\n", &options, &error);

  g_assert_no_error(error);
  g_assert_cmpuint(experiment->n_seeds, ==, 3);
  g_assert_cmpfloat(experiment_task(experiment, 0)->budget.amount, ==, 2.0);
  g_assert_cmpstr(task_metric(experiment_task(experiment, 0))->name, ==, "loss");
  assert_text(experiment_arm(experiment, 0), 0,
              "optimizer: sgd\nlearning_rate: 0.1\nmomentum: 0.5\n");
}

/* a value that reads as text goes on as text */
static void
test_control_characters_are_escaped(void)
{
  g_autoptr(Experiment)
      experiment = read_text("arms:\n  a: {optimizer: \"s\\x1b\\n\\\"\\\\\u00e9\"}\n");

  assert_text(experiment_arm(experiment, 0), 0,
              "optimizer: \"s\\x1b\\n\\\"\\\\\u00e9\"\n");
}

/* what the library says about the text of an arm is led back to the file */
static void
test_errors_name_the_origin(void)
{
  g_autoptr(Experiment)
      experiment = read_text("arms:\n  a:\n    config: sgd.yaml\n    momentum: 7\n");
  const Arm *arm = experiment_arm(experiment, 0);
  static const struct {
    const char *message, *origin;
  } cases[] = {
    { "optreg: /tmp/x.yaml:3:11: too large", "e.yaml:4:15: too large" },
    { "optreg: /tmp/x.yaml:3:1: unknown", "e.yaml:4:5: unknown" },
    { "optreg: /tmp/x.yaml:2:16: odd", "sgd.yaml:3:16: odd" },
    { "optreg: /tmp/x.yaml:99:1: far", "/tmp/x.yaml:99:1: far" },
    { "nothing of a file", "nothing of a file" },
  };

  for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
    g_autofree char *text = arm_translate(arm, "/tmp/x.yaml", cases[i].message);
    g_assert_true(g_str_has_suffix(text, cases[i].origin));
  }
}

#define LETTERS_16 "abcdefghijklmnop"
#define LETTERS_64 LETTERS_16 LETTERS_16 LETTERS_16 LETTERS_16

static void
test_refusals(void)
{
  static const struct {
    const char *text, *message;
  } cases[] = {
    { "arms: {}\n", "e.yaml:1:1: there are no arms" },
    { "arms: [a]\n", "e.yaml:1:7: 'arms' must be a mapping, not a list" },
    { "arm: 1\narms: {a: sgd.yaml}\n", "e.yaml:1:1: unknown key 'arm', did you mean" },
    { "arms: {a/b: sgd.yaml}\n", "e.yaml:1:8: 'a/b' cannot name an arm" },
    { "arms: {" LETTERS_64 "5: sgd.yaml}\n",
      "cannot name an arm: use up to 64 letters" },
    { "arms: {a: sgd.yaml}\nproblems: {" LETTERS_64 "5: {problem: digits-mlp}}\n",
      "cannot name a problem: use up to 64 letters" },
    { "arms: {a: sgd.yaml}\nseeds: {first: 990001}\n",
      "e.yaml:2:16: first is '990001', must be an integer in [1, 990000]" },
    { "name: \"a\\x1bb\"\narms: {a: sgd.yaml}\n",
      "e.yaml:1:7: name has a control character, U+001B; write plain text" },
    { "name: \"a\\nb\"\narms: {a: sgd.yaml}\n",
      "e.yaml:1:7: name has a control character, U+000A; write plain text" },
    { "name: \"a\\u202eb\"\narms: {a: sgd.yaml}\n",
      "e.yaml:1:7: name has a control character, U+202E; write plain text" },
    { "out: \"\\x7f\"\narms: {a: sgd.yaml}\n",
      "e.yaml:1:6: out has a control character, U+007F; write plain text" },
    { "arms: {\"a\\x1b\": sgd.yaml}\n", "e.yaml:1:8: 'a\\x1b' cannot name an arm" },
    { "arms: {a: {optimizer: sgd, grid: {mood: [\"a\\tb\"]}}}\n",
      "e.yaml:1:42: entry has a control character, U+0009; write plain text" },
    { "arms: {a: {optimizer: sgd, grid: {mood: ['\"']}}}\n",
      "e.yaml:1:28: 'a[mood=\"]' cannot name an arm: use values without quotes" },
    { "arms: {a: {optimizer: sgd, grid: {mood: [" LETTERS_64 LETTERS_64 LETTERS_64
          LETTERS_64 "]}}}\n",
      "characters, up to 200 bytes in all" },
    { "arms: {a: {optimizer: sgd, grid: {mood: [a/b, 'a b']}}}\n",
      "e.yaml:1:28: two arms are called 'a[mood=a_b]'; give them other names" },
    { "name: =1+1\narms: {a: sgd.yaml}\n", "e.yaml:1:7: name begins with '=', which a "
                                           "spreadsheet takes for a formula; begin "
                                           "with a letter or a digit" },
    { "name: -5 percent\narms: {a: sgd.yaml}\n", "e.yaml:1:7: name begins with '-'" },
    { "name: '@home'\narms: {a: sgd.yaml}\n", "e.yaml:1:7: name begins with '@'" },
    { "name: +1\narms: {a: sgd.yaml}\n", "e.yaml:1:7: name begins with '+'" },
    { "arms: {a: {rho: 1}}\n", "e.yaml:1:8: arm 'a' needs 'config: FILE' or" },
    { "arms: {a: none.yaml}\n", "none.yaml: cannot be read: it does not exist" },
    { "arms: {a: sgd.yaml}\nproblem: digit-mlp\n",
      "e.yaml:2:10: no problem is called 'digit-mlp'; did you mean 'digits-mlp'?" },
    { "arms: {a: sgd.yaml}\nproblems: {x: {}}\n",
      "e.yaml:2:12: no problem is called 'x'" },
    { "arms: {a: sgd.yaml}\nproblems: {digits-mlp: {depth: 3}}\n",
      "e.yaml:2:25: digits-mlp has no options" },
    { "arms: {a: sgd.yaml}\nproblems: [digits-mlp, digits-mlp]\n",
      "e.yaml:2:11: problem 'digits-mlp' is named twice" },
    { "arms: {a: sgd.yaml}\nproblem: digits-mlp\nsuite: smoke\n",
      "e.yaml:3:1: give one of problem, problems and suite" },
    { "arms: {a: sgd.yaml}\nsuite: smok\n", "e.yaml:2:8: " },
    { "arms: {a: sgd.yaml}\nseeds: 0\n",
      "e.yaml:2:8: seeds is '0', must be an integer in [1, 10000]" },
    { "arms: {a: sgd.yaml}\nseeds: {count: 3, start: 1}\n",
      "e.yaml:2:19: unknown key" },
    { "arms: {a: sgd.yaml}\nbudget: 30\n",
      "e.yaml:2:9: 'budget' must be a mapping, not a value" },
    { "arms: {a: sgd.yaml}\nbudget: {epochs: 1, steps: 2}\n",
      "e.yaml:2:9: budget is one of epochs, steps and seconds" },
    { "arms: {a: sgd.yaml}\nbudget: {seconds: -1}\n", "seconds must be positive" },
    { "arms: {a: sgd.yaml}\nmetric: {name: accurcy}\n",
      "e.yaml:2:16: digits-mlp: no metric is called 'accurcy'" },
    { "arms: {a: sgd.yaml}\nmetric: {minimum_effect: some}\n",
      "e.yaml:2:26: minimum_effect is 'some', must be a number" },
    { "arms: {a: sgd.yaml}\nmetric: {split: dev}\n",
      "e.yaml:2:17: split is 'dev', must be one of training, validation, test" },
    { "arms: {a: sgd.yaml}\nalpha: 0.7\n", "e.yaml:2:8: alpha must be in (0, 0.5)" },
    { "arms: {a: sgd.yaml}\ncontrol: b\n", "e.yaml:2:10: no arm is called 'b'" },
    { "arms: {a: {config: sgd.yaml, tune: {learning_rate: [0.1, 1]}}}\n",
      "arm 'a' has a search space, but nothing says how many trials" },
    { "tuning: {trials: 3}\narms: {a: {config: sgd.yaml, tune: {momentum: [0, 1]}}}\n",
      "e.yaml:2:47: a range in log space begins above 0" },
    { "tuning: {trials: 3}\narms: {a: {config: sgd.yaml, tune: {momentum: 0.5}}}\n",
      "write the range of momentum as [from, to]" },
    { "tuning: {trials: 3}\narms: {a: {config: sgd.yaml, tune: {momentum: [1, "
      "0.5]}}}\n",
      "the range of momentum is empty" },
    { "tuning: {trials: 3}\n"
      "arms: {a: {config: cosine.yaml, tune: {learning_rate: [0.1, 1]}}}\n",
      "is no number but a schedule and cannot be tuned" },
    { "arms: {a: {config: sgd.yaml, grid: {momentum: 0.5}}}\n",
      "e.yaml:1:47: 'momentum' must be a list, not a value" },
    { "arms: {a: sgd.yaml\n", "e.yaml:1:7: this bracket is not closed" },
  };

  for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
    g_autoptr(GError) error = NULL;
    g_autoptr(Experiment) experiment = read_with(cases[i].text, &nothing, &error);
    g_test_message("%s", cases[i].text);
    g_assert_null(experiment);
    g_assert_error(error, STATUS_ERROR, STATUS_USAGE);
    g_test_message("%s", error->message);
    g_assert_nonnull(strstr(error->message, cases[i].message));
  }
}

/* ---- files of the project ---- */

static unsigned
read_experiments_in(const char *path)
{
  g_autoptr(GDir) directory = g_dir_open(path, 0, NULL);
  static ProblemSet *set;
  unsigned n = 0;

  set = set != NULL ? set : problem_set_new(NULL, NULL);
  for (const char *name = g_dir_read_name(directory); name != NULL;
       name = g_dir_read_name(directory)) {
    g_autofree char *file = g_build_filename(path, name, NULL);
    char *const files[] = { file, NULL };
    ExperimentArguments arguments = nothing;
    g_autoptr(GError) error = NULL;

    if (g_str_has_suffix(name, ".yaml")) {
      arguments.files = files;
      g_autoptr(Experiment) experiment = experiment_new(&arguments, set, &error);
      g_assert_no_error(error);
      g_assert_nonnull(experiment->name);
      n++;
    }
  }
  return n;
}

/* files in configs/ are configurations, those in its folders are experiments */
static void
test_experiments_of_the_project_load(void)
{
  const char *configs = g_getenv("OPTREG_TEST_CONFIGS");
  g_autoptr(GDir) directory = g_dir_open(configs, 0, NULL);
  g_autofree char *bench = g_build_filename(configs, "..", "tests", "bench", NULL);
  unsigned n = read_experiments_in(bench);

  for (const char *name = g_dir_read_name(directory); name != NULL;
       name = g_dir_read_name(directory)) {
    g_autofree char *path = g_build_filename(configs, name, NULL);
    n += g_file_test(path, G_FILE_TEST_IS_DIR) ? read_experiments_in(path) : 0;
  }
  g_assert_cmpuint(n, >=, 4);
}

int
main(int argc, char **argv)
{
  g_test_init(&argc, &argv, NULL);
  folder = g_dir_make_tmp("optreg-experiment-XXXXXX", NULL);
  g_test_add_func("/experiment/text/control-characters",
                  test_control_characters_are_escaped);
  g_test_add_func("/experiment/defaults", test_defaults);
  g_test_add_func("/experiment/everything", test_everything);
  g_test_add_func("/experiment/arm/a-plain-one-is-the-file",
                  test_a_plain_arm_is_the_file);
  g_test_add_func("/experiment/arm/overrides-replace-keys",
                  test_overrides_replace_keys);
  g_test_add_func("/experiment/arm/grids-expand", test_grids_expand);
  g_test_add_func("/experiment/arm/trials", test_trials);
  g_test_add_func("/experiment/halton-fills-evenly", test_halton_fills_evenly);
  g_test_add_func("/experiment/command-line-wins", test_command_line_wins);
  g_test_add_func("/experiment/errors-name-the-origin", test_errors_name_the_origin);
  g_test_add_func("/experiment/refusals", test_refusals);
  g_test_add_func("/experiment/those-of-the-project-load",
                  test_experiments_of_the_project_load);
  return g_test_run();
}
