/* SPDX-License-Identifier: MIT */
/* `optreg compare --cost`: what it writes, reads again, measures anew and refuses. How
 * long anything takes is not looked at. */
#include "comparing.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/file.h>
#include <unistd.h>

static void
set_up_alone(Fixture *fixture, const void *unused)
{
  set_up(fixture, unused);
  fixture->has_own_tmp = true;
}

static JsonObject *
arm_of(JsonObject *task, const char *name)
{
  return json_object_get_object_member(json_object_get_object_member(task, "arms"),
                                       name);
}

static double
number(JsonObject *object, const char *name)
{
  return json_object_get_double_member(object, name);
}

/* ---- numbers ---- */

static void
check_row(JsonObject *row, double state_bytes)
{
  g_assert_cmpfloat(number(row, "step_ns"), >, 0.0);
  g_assert_cmpfloat_with_epsilon(number(row, "ns_per_parameter"),
                                 number(row, "step_ns") / 2410.0, 1e-6);
  g_assert_cmpfloat(number(row, "state_bytes_per_parameter"), ==, state_bytes);
  g_assert_cmpfloat_with_epsilon(
      number(row, "gigabytes_per_s"),
      number(row, "moved_bytes_per_parameter") / number(row, "ns_per_parameter"), 1e-6);
  g_assert_cmpfloat(number(row, "share_of_training_step"), >, 0.0);
  g_assert_cmpfloat(number(row, "share_of_training_step"), <, 1.0);
  g_assert_cmpfloat(number(row, "ratio_low"), <=, number(row, "ratio"));
  g_assert_cmpfloat(number(row, "ratio_high"), >=, number(row, "ratio"));
  g_assert_cmpint(json_object_get_int_member(row, "recorded_gradients"), ==, 8);
  g_assert_cmpint(json_object_get_int_member(row, "calls_per_block"), >=, 1);
}

static void
check_cost(JsonObject *task)
{
  g_assert_cmpint(json_object_get_int_member(task, "parameters"), ==, 2410);
  g_assert_cmpint(json_object_get_int_member(task, "blocks"), ==, 36);
  g_assert_cmpfloat(number(task, "noise_floor"), >=, 0.0);
  check_row(arm_of(task, "adadelta"), 8.0);
  check_row(arm_of(task, "sgd"), 0.0);
  g_assert_cmpfloat(number(arm_of(task, "adadelta"), "ratio"), ==, 1.0);
}

static void
test_numbers_of_every_arm(Fixture *fixture, const void *unused)
{
  (void)unused;
  g_assert_cmpint(run(fixture, "adadelta.yaml sgd.yaml --epochs 2 --seeds 2 --cost "
                               "--cost-blocks 3 --out o"),
                  ==, 0);
  assert_has(fixture->err, "[1/1] cost of digits-mlp: training adadelta\n");
  assert_has(fixture->out, "\nCost of a step: 2,410 parameters, one thread, medians of "
                           "36 blocks in turn\n");
  assert_has(fixture->out, "\nsgd: a step takes ");
  assert_has(fixture->out, "\nNoise: adadelta against itself, in another process");
  assert_has(fixture->out, "\nQuality against cost\n");
  g_autoptr(JsonNode) file = read_json(fixture, "o/cost.json");
  check_cost(json_object_get_object_member(json_node_get_object(file), "digits-mlp"));
  g_autoptr(JsonNode) results = read_json(fixture, "o/results.json");
  JsonObject *problem = json_array_get_object_element(
      json_object_get_array_member(json_node_get_object(results), "problems"), 0);
  check_cost(json_object_get_object_member(problem, "cost"));
}

static void
test_quality_against_cost_in_one_table(Fixture *fixture, const void *unused)
{
  (void)unused;
  g_assert_cmpint(run(fixture, "adadelta.yaml sgd=sgd.yaml --epochs 3 --seeds 2 --cost "
                               "--cost-blocks 2 --set metric.target=0.5 --out o"),
                  ==, 0);
  g_autofree char *text = cli_read(fixture, "o/quality-cost.csv");
  g_auto(GStrv) lines = g_strsplit(text, "\n", -1);
  g_auto(GStrv) heads = g_strsplit(lines[0], ",", -1);
  g_assert_cmpuint(g_strv_length(lines), ==, 4);
  assert_has(lines[0], ",score_mean,score_sd,target,reached,steps_to_target,"
                       "seconds_to_target,ns_per_parameter,state_bytes_per_parameter,");
  for (size_t i = 1; i <= 2; i++) {
    g_auto(GStrv) fields = g_strsplit(lines[i], ",", -1);
    g_assert_cmpuint(g_strv_length(fields), ==, g_strv_length(heads));
    g_assert_cmpstr(fields[0], ==, "digits-mlp");
    g_assert_cmpstr(fields[1], ==, i == 1 ? "adadelta" : "sgd");
    g_assert_cmpstr(fields[3], ==, "accuracy");
    g_assert_cmpstr(fields[7], ==, "0.5");
    g_assert_cmpfloat(g_ascii_strtod(fields[9], NULL), >, 0.0);  /* steps */
    g_assert_cmpfloat(g_ascii_strtod(fields[10], NULL), >, 0.0); /* seconds */
    g_assert_cmpfloat(g_ascii_strtod(fields[11], NULL), >, 0.0); /* ns */
    g_assert_cmpfloat(g_ascii_strtod(fields[12], NULL), ==, i == 1 ? 8.0 : 0.0);
  }
}

static void
test_several_problems(Fixture *fixture, const void *unused)
{
  (void)unused;
  cli_write(fixture, "e.yaml",
            "problems: {digits-mlp: {}, quadratic: {}}\nbudget: {steps: 20}\n"
            "seeds: 1\narms: {a: sgd.yaml, b: adadelta.yaml}\nout: o\n");
  g_assert_cmpint(run(fixture, "e.yaml --cost --cost-blocks 2"), ==, 0);
  assert_has(fixture->err, "[2/2] cost of quadratic: ");
  g_autofree char *csv = cli_read(fixture, "o/quality-cost.csv");
  assert_has(csv, "\ndigits-mlp,a,");
  assert_has(csv, "\ndigits-mlp,b,");
  assert_has(csv, "\nquadratic,a,");
  assert_has(csv, "\nquadratic,b,");
}

/* ---- read again, measured anew ---- */

static void
test_what_was_measured_is_read_again(Fixture *fixture, const void *unused)
{
  static const char line[] = "adadelta.yaml sgd.yaml --epochs 1 --seeds 2 --out o";
  g_autofree char *costly = g_strconcat(line, " --cost --cost-blocks 2", NULL);

  (void)unused;
  g_assert_cmpint(run(fixture, costly), ==, 0);
  g_autofree char *first = cli_read(fixture, "o/cost.json");
  g_autofree char *csv = cli_read(fixture, "o/quality-cost.csv");
  g_assert_cmpint(run(fixture, costly), ==, 0);
  assert_lacks(fixture->err, "cost of ");
  g_assert_cmpint(run(fixture, line), ==, 0);
  assert_has(fixture->out, "\nCost of a step: ");
  g_autofree char *last = cli_read(fixture, "o/cost.json");
  g_autofree char *last_csv = cli_read(fixture, "o/quality-cost.csv");
  g_assert_cmpstr(first, ==, last);
  g_assert_cmpstr(csv, ==, last_csv);
}

static void
test_an_arm_that_has_changed_is_measured_anew(Fixture *fixture, const void *unused)
{
  (void)unused;
  g_assert_cmpint(run(fixture, "adadelta.yaml sgd.yaml --epochs 1 --seeds 1 --cost "
                               "--cost-blocks 2 --out o"),
                  ==, 0);
  cli_write(fixture, "sgd.yaml", "optimizer: sgd\nmomentum: 0.9\n");
  g_assert_cmpint(run(fixture, "adadelta.yaml sgd.yaml --epochs 1 --seeds 1 --out o"),
                  ==, 0);
  assert_has(fixture->out, "\nsgd: cost not measured: changed since it was measured\n");
  g_assert_cmpint(run(fixture, "adadelta.yaml sgd.yaml --epochs 1 --seeds 1 --cost "
                               "--cost-blocks 2 --out o"),
                  ==, 0);
  assert_has(fixture->out, "\nsgd: a step takes ");
  g_autoptr(JsonNode) file = read_json(fixture, "o/cost.json");
  JsonObject *task =
      json_object_get_object_member(json_node_get_object(file), "digits-mlp");
  g_assert_cmpfloat(number(arm_of(task, "sgd"), "state_bytes_per_parameter"), ==, 4.0);
}

/* the bytes of the file count: here there is one more at its end */
static void
test_a_plugin_that_has_changed_is_measured_anew(Fixture *fixture, const void *unused)
{
  g_autofree char *from =
      g_build_filename(g_getenv("OPTREG_TEST_PLUGINS"), "adadelta.so", NULL);
  g_autofree char *plugins = g_build_filename(fixture->folder, "plugins", NULL);
  g_autofree char *to = g_build_filename(plugins, "adadelta.so", NULL);
  g_autofree char *bytes = NULL;
  gsize length;

  (void)unused;
  g_assert_true(g_file_get_contents(from, &bytes, &length, NULL));
  g_assert_cmpint(g_mkdir(plugins, 0755), ==, 0);
  g_assert_true(g_file_set_contents(to, bytes, (gssize)length, NULL));
  g_assert_cmpint(run(fixture, "sgd.yaml adadelta.yaml --epochs 1 --seeds 1 --cost "
                               "--cost-blocks 2 --plugin-dir plugins --out o"),
                  ==, 0);
  g_assert_true(g_file_set_contents(to, bytes, (gssize)length + 1, NULL));
  g_assert_cmpint(run(fixture, "sgd.yaml adadelta.yaml --epochs 1 --seeds 1 "
                               "--plugin-dir plugins --out o"),
                  ==, 0);
  assert_has(fixture->out,
             "\nadadelta: cost not measured: changed since it was measured\n");
}

/* ---- arms that go wrong ---- */

static void
test_a_crash_costs_its_arm_only(Fixture *fixture, const void *unused)
{
  (void)unused;
  g_assert_cmpint(run(fixture, "sgd.yaml arm=aborts.yaml --seeds 1 --epochs 2 --cost "
                               "--cost-blocks 2 --out o --plugin-dir @moody"),
                  ==, 5);
  assert_has(fixture->out, "\narm: cost not measured: killed by signal 6 (Aborted)\n");
  g_autoptr(JsonNode) file = read_json(fixture, "o/cost.json");
  JsonObject *task =
      json_object_get_object_member(json_node_get_object(file), "digits-mlp");
  g_assert_cmpstr(json_object_get_string_member(arm_of(task, "arm"), "reason"), ==,
                  "killed by signal 6 (Aborted)");
  g_assert_true(json_object_get_null_member(arm_of(task, "arm"), "step_ns"));
  g_assert_cmpfloat(number(arm_of(task, "sgd"), "step_ns"), >, 0.0);
  g_autofree char *csv = cli_read(fixture, "o/quality-cost.csv");
  assert_has(csv, "\ndigits-mlp,arm,test,accuracy,0,,,");
}

static void
test_a_control_that_crashes_leaves_no_ratios(Fixture *fixture, const void *unused)
{
  (void)unused;
  g_assert_cmpint(run(fixture, "arm=aborts.yaml sgd.yaml --seeds 1 --epochs 2 --cost "
                               "--cost-blocks 2 --out o --plugin-dir @moody"),
                  ==, 5);
  assert_has(fixture->out, "\nsgd: there is no control to compare its cost with\n");
  assert_has(fixture->out, "\nThe noise of arm against itself is not known.");
}

static void
test_an_arm_that_diverges_has_a_cost(Fixture *fixture, const void *unused)
{
  (void)unused;
  g_assert_cmpint(run(fixture, "sgd.yaml wild.yaml --seeds 1 --epochs 2 --cost "
                               "--cost-blocks 2 --out o"),
                  ==, 0);
  g_autoptr(JsonNode) file = read_json(fixture, "o/cost.json");
  JsonObject *task =
      json_object_get_object_member(json_node_get_object(file), "digits-mlp");
  g_assert_cmpint(json_object_get_int_member(arm_of(task, "wild"), "trained_steps"), ==,
                  0);
  g_assert_cmpint(json_object_get_int_member(arm_of(task, "sgd"), "trained_steps"), >,
                  0);
  g_assert_cmpfloat(number(arm_of(task, "wild"), "step_ns"), >, 0.0);
}

/* ---- interruption, other comparisons ---- */

/* everything that is said until `part` is */
static void
read_until(GSubprocess *process, const char *part)
{
  GInputStream *stream = g_subprocess_get_stderr_pipe(process);
  g_autoptr(GString) text = g_string_new(NULL);
  char byte;

  while (strstr(text->str, part) == NULL) {
    g_assert_cmpint(g_input_stream_read(stream, &byte, 1, NULL, NULL), ==, 1);
    g_string_append_c(text, byte);
  }
}

static void
test_interrupted_it_leaves_the_results(Fixture *fixture, const void *unused)
{
  static const char line[] = "adadelta.yaml sgd.yaml --epochs 1 --seeds 1 --out o "
                             "--cost --cost-blocks ";
  g_autofree char *endless = g_strconcat(line, "100000", NULL);
  g_autofree char *short_one = g_strconcat(line, "2", NULL);
  g_autoptr(GSubprocess) process = spawn(fixture, endless);

  (void)unused;
  read_until(process, "cost of digits-mlp: training adadelta");
  g_subprocess_send_signal(process, SIGINT);
  g_assert_cmpint(cli_wait(fixture, process), ==, 130);
  assert_has(fixture->err, "optreg: interrupted while measuring cost");
  assert_has(fixture->out, "\nsgd against adadelta: no verdict");
  g_autoptr(JsonNode) results = read_json(fixture, "o/results.json");
  g_assert_true(
      json_object_get_boolean_member(json_node_get_object(results), "is_complete"));
  g_autofree char *cost = g_build_filename(fixture->folder, "o", "cost.json", NULL);
  g_assert_false(g_file_test(cost, G_FILE_TEST_EXISTS));
  g_assert_cmpint(run(fixture, short_one), ==, 0);
  g_assert_true(g_file_test(cost, G_FILE_TEST_EXISTS));
}

static int
lock_machine(const Fixture *fixture, int how)
{
  g_autofree char *name = g_strdup_printf("optreg-%lu.lock", (unsigned long)getuid());
  g_autofree char *path = g_build_filename(fixture->folder, name, NULL);
  const int file = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);

  g_assert_cmpint(file, >=, 0);
  g_assert_cmpint(flock(file, how), ==, 0);
  return file;
}

static void
test_it_waits_for_those_that_train(Fixture *fixture, const void *unused)
{
  const int file = lock_machine(fixture, LOCK_SH);
  g_autoptr(GSubprocess)
      process = spawn(fixture, "adadelta.yaml --epochs 1 --seeds 1 --out o --cost "
                               "--cost-blocks 2");

  (void)unused;
  read_until(process, "waiting for other comparisons on this machine");
  close(file);
  g_assert_cmpint(cli_wait(fixture, process), ==, 0);
  assert_has(fixture->out, "\nCost of a step: ");
}

static void
test_training_waits_for_it(Fixture *fixture, const void *unused)
{
  const int file = lock_machine(fixture, LOCK_EX);
  g_autoptr(GSubprocess)
      process = spawn(fixture, "adadelta.yaml --epochs 1 --seeds 1 --out o");

  (void)unused;
  read_until(process, "waiting for another comparison that measures cost");
  close(file);
  g_assert_cmpint(cli_wait(fixture, process), ==, 0);
}

/* ---- refusals ---- */

static void
test_errors(Fixture *fixture, const void *unused)
{
  static const struct {
    const char *line, *message;
  } cases[] = {
    { "sgd.yaml --cost --cost-blocks 1",
      "optreg: --cost-blocks must be in 2..100000, not 1\n" },
    { "sgd.yaml --cost --cost-blocks 100001",
      "optreg: --cost-blocks must be in 2..100000, not 100001\n" },
    { "sgd.yaml --cost-blocks 50",
      "optreg: --cost-blocks has no effect without --cost\n" },
  };

  (void)unused;
  for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
    g_assert_cmpint(run(fixture, cases[i].line), ==, 2);
    g_assert_cmpstr(fixture->err, ==, cases[i].message);
  }
}

int
main(int argc, char **argv)
{
  static const struct {
    const char *path;
    FixtureTest run;
  } tests[] = {
    { "/cost/numbers-of-every-arm", test_numbers_of_every_arm },
    { "/cost/quality-against-cost", test_quality_against_cost_in_one_table },
    { "/cost/several-problems", test_several_problems },
    { "/cost/read-again", test_what_was_measured_is_read_again },
    { "/cost/anew/arm", test_an_arm_that_has_changed_is_measured_anew },
    { "/cost/anew/plugin", test_a_plugin_that_has_changed_is_measured_anew },
    { "/cost/wrong/crash", test_a_crash_costs_its_arm_only },
    { "/cost/wrong/crash-of-the-control",
      test_a_control_that_crashes_leaves_no_ratios },
    { "/cost/wrong/divergence", test_an_arm_that_diverges_has_a_cost },
    { "/cost/interrupted", test_interrupted_it_leaves_the_results },
    { "/cost/lock/waits-for-training", test_it_waits_for_those_that_train },
    { "/cost/lock/training-waits", test_training_waits_for_it },
    { "/cost/errors-exit-2", test_errors },
  };

  g_test_init(&argc, &argv, NULL);
  for (size_t i = 0; i < G_N_ELEMENTS(tests); i++) {
    g_test_add(tests[i].path, Fixture, NULL, set_up_alone, tests[i].run, tear_down);
  }
  return g_test_run();
}
