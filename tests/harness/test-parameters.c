/* SPDX-License-Identifier: MIT */
/* `optreg config --parameters`: a configuration on the parameters of one's own model.
 */
#include "comparing.h"

static const char grouped[] = "optimizer: adam\n"
                              "weight_decay: 0.1\n"
                              "groups:\n"
                              "- match: \"*/bias\"\n"
                              "  weight_decay: 0\n";

static void
assert_line(Fixture *fixture, const char *line, int status, const char *out,
            const char *err)
{
  g_assert_cmpint(cli_run(fixture, line), ==, status);
  assert_has(fixture->out, out);
  assert_has(fixture->err, err);
}

static void
test_list(Fixture *fixture, const void *unused)
{
  (void)unused;
  cli_write(fixture, "c.yaml", grouped);
  cli_write(fixture, "l.yaml",
            "encoder/kernel: [64, 32]\nencoder/bias: f64 [32]\n\"t: 1\": []\n");
  assert_line(fixture, "config c.yaml --parameters l.yaml", 0, "c.yaml on l.yaml", "");
  assert_has(fixture->out, "encoder/bias [32]\n");
  assert_has(fixture->out, "encoder/kernel [64, 32], t: 1 []\n");
  assert_has(fixture->out, "each of the 2,081 parameters");
}

static void
write_tensors(const Fixture *fixture, const char *header)
{
  g_autofree char *path = cli_path(fixture, "m.safetensors");
  g_autoptr(GString) file = g_string_new(NULL);
  const guint64 length = GUINT64_TO_LE(strlen(header));

  g_string_append_len(file, (const char *)&length, sizeof length);
  g_string_append(file, header);
  g_string_append_len(file, "\0\0\0", 4);
  g_assert_true(g_file_set_contents(path, file->str, (gssize)file->len, NULL));
}

/* of weights the tensors count, of a checkpoint what it says about its model */
static void
test_tensors(Fixture *fixture, const void *unused)
{
  (void)unused;
  cli_write(fixture, "c.yaml", grouped);
  write_tensors(fixture, "{\"a/bias\": {\"dtype\": \"F32\", \"shape\": [1, 1], "
                         "\"data_offsets\": [0, 4]}}");
  assert_line(fixture, "config c.yaml --parameters m.safetensors", 0, "a/bias [1, 1]",
              "");
  write_tensors(
      fixture,
      "{\"__metadata__\": {\"parameter:b/bias\": \"F64 [7]\"}, \"x\": {\"dtype\": "
      "\"F32\", \"shape\": [1], \"data_offsets\": [0, 4]}}");
  assert_line(fixture, "config c.yaml --parameters m.safetensors", 0, "b/bias [7]", "");
  write_tensors(fixture, "{\"h\": {\"dtype\": \"BF16\", \"shape\": [2], "
                         "\"data_offsets\": [0, 4]}}");
  assert_line(fixture, "config c.yaml --parameters m.safetensors", 1, "",
              "tensor 'h' is BF16: this version trains f32 and f64 parameters only");
}

/* as in the program that adds these parameters */
static void
test_errors(Fixture *fixture, const void *unused)
{
  static const struct {
    const char *list, *message;
  } cases[] = {
    { "a: [1]\n", "c.yaml:4:3: groups[0]: no parameter is left for '*/bias'" },
    { "a/bias: [1, -1]\n", "l.yaml:1:9: 'a/bias': expected a shape such as [64, 32]" },
    { "a/bias: f16 [1]\n", "l.yaml:1:9: 'a/bias': expected a shape" },
    { "a/bias: {b: 1}\n", "l.yaml:1:9: 'a/bias': expected a shape" },
    { "a/bias: 7\n", "l.yaml:1:9: 'a/bias': expected a shape" },
    { "a/bias: [4294967296, 4294967296]\n", "'a/bias': expected a shape" },
    { "a/bias: [1]\na/bias: [2]\n", "l.yaml:2:1: duplicate key 'a/bias'" },
    { "{}", "l.yaml: there are no parameters" },
  };

  (void)unused;
  cli_write(fixture, "c.yaml", grouped);
  for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
    cli_write(fixture, "l.yaml", cases[i].list);
    cli_run(fixture, "config c.yaml --parameters l.yaml");
    g_assert_cmpint(fixture->status, !=, 0);
    assert_has(fixture->err, cases[i].message);
    g_assert_cmpstr(fixture->out, ==, "");
  }
  assert_line(fixture, "config c.yaml --parameters none.yaml", 2, "",
              "none.yaml: cannot be read: it does not exist");
  assert_line(fixture, "config c.yaml --parameters l.yaml --problem digits-mlp", 2, "",
              "--parameters excludes --problem");
}

/* percentages need the planned updates, as in the program */
static void
test_steps(Fixture *fixture, const void *unused)
{
  (void)unused;
  cli_write(fixture, "s.yaml",
            "optimizer: sgd\nlearning_rate: {schedule: linear, initial_value: 1, "
            "end_value: 0, steps: 50%}\n");
  cli_write(fixture, "l.yaml", "a: [1]\n");
  g_assert_cmpint(cli_run(fixture, "config s.yaml --parameters l.yaml"), !=, 0);
  g_assert_cmpint(cli_run(fixture, "config s.yaml --parameters l.yaml --steps 100"), ==,
                  0);
  assert_line(fixture, "config s.yaml --steps 100", 2, "",
              "--steps is for --plot-schedule and --parameters");
}

/* a model of 56 GB, of which no page is touched */
static void
test_large(Fixture *fixture, const void *unused)
{
  (void)unused;
  cli_write(fixture, "c.yaml", "optimizer: sgd\n");
  cli_write(fixture, "l.yaml", "a: [7000000, 1000]\n");
  assert_line(fixture, "config c.yaml --parameters l.yaml", 0,
              "7,000,000,000 parameters", "");
}

int
main(int argc, char **argv)
{
  static const struct {
    const char *name;
    FixtureTest run;
  } tests[] = {
    { "/parameters/list", test_list },     { "/parameters/tensors", test_tensors },
    { "/parameters/errors", test_errors }, { "/parameters/steps", test_steps },
    { "/parameters/large", test_large },
  };

  g_test_init(&argc, &argv, NULL);
  for (size_t i = 0; i < G_N_ELEMENTS(tests); i++) {
    g_test_add(tests[i].name, Fixture, NULL, set_up, tests[i].run, tear_down);
  }
  return g_test_run();
}
