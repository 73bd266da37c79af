/* SPDX-License-Identifier: MIT */
/* What others wrote, plugins, checkpoints, configurations, does nothing to the
 * terminal. */
#include "comparing.h"

#include <unistd.h>

/* every line is text that can be seen, in the order in which it is written */
static void
assert_harmless(const char *text)
{
  g_assert_true(g_utf8_validate(text, -1, NULL));
  for (const char *p = text; *p != '\0'; p = g_utf8_next_char(p)) {
    const gunichar c = g_utf8_get_char(p);
    const GUnicodeType type = g_unichar_type(c);
    if ((type == G_UNICODE_CONTROL && c != '\n') || type == G_UNICODE_FORMAT) {
      g_error("U+%04X in:\n%s", c, text);
    }
  }
}

static void
run_line(Fixture *fixture, const char *line)
{
  cli_run(fixture, line);
  assert_harmless(fixture->out);
  assert_harmless(fixture->err);
}

/* a file of tensors of one float with the header's entries */
static void
write_tensors(const Fixture *fixture, const char *name, const char *entries)
{
  g_autofree char *path = cli_path(fixture, name);
  g_autoptr(GString) file = g_string_new(NULL);
  const guint64 length = GUINT64_TO_LE(strlen(entries));

  g_string_append_len(file, (const char *)&length, sizeof length);
  g_string_append(file, entries);
  g_string_append_len(file, "\0\0\0", 4);
  g_assert_true(g_file_set_contents(path, file->str, (gssize)file->len, NULL));
}

static void
test_plugin(Fixture *fixture, const void *unused)
{
  (void)unused;
  run_line(fixture, "list -P @moody");
  assert_has(fixture->out, "1.0\\x1b[2J");
  assert_has(fixture->out,
             "safe \\u202egnihton seod taht redaol\\u202c \\u009b31m red");
  run_line(fixture, "info -P @moody deceptive");
  g_assert_cmpint(fixture->status, ==, 1);
  assert_has(fixture->err, "version: holds a control character");
}

#define TENSOR "{\"dtype\": \"F32\", \"shape\": [1], \"data_offsets\": [0, 4]}"

static void
test_checkpoint(Fixture *fixture, const void *unused)
{
  (void)unused;
  write_tensors(
      fixture, "a.st",
      "{\"__metadata__\": {\"format\": \"optreg checkpoint\", "
      "\"format_version\": \"1\", \"optimizer\": \"a\\u001b[31m\", "
      "\"plugin_version\": \"\\u202e1\", \"state_version\": \"1\", "
      "\"config:\\u009bname\": \"b\\u2028c\", \"counter:\\tx\": \"\\u200b\"}, "
      "\"w\\u001b]0;title\\u0007\\n/m\": " TENSOR "}");
  write_tensors(fixture, "b.st", "{\"v\\u0085\\u2066\": " TENSOR "}");
  run_line(fixture, "state a.st");
  assert_has(fixture->out, "w\\x1b]0;title\\x07\\n/m");
  assert_has(fixture->out, "a.st: a\\x1b[31m \\u202e1, version 1 of its state");
  assert_has(fixture->out, "b\\u2028c");
  run_line(fixture, "state diff a.st b.st");
  assert_has(fixture->out, "tensor v\\u0085\\u2066: in B only");
  run_line(fixture, "state verify a.st");
  g_assert_cmpint(fixture->status, ==, 1);
  run_line(fixture, "state verify b.st");
}

static void
test_configuration(Fixture *fixture, const void *unused)
{
  (void)unused;
  cli_write(fixture, "name.yaml", "optimizer: sgd\nname: \"\\e[31m\\u202ered\\n\"\n");
  cli_write(fixture, "key.yaml", "optimizer: sgd\n\"\\e[31m\": 1\n");
  cli_write(fixture, "value.yaml", "optimizer: sgd\nlearning_rate: \"\\u009b31m\"\n");
  cli_write(fixture, "pattern.yaml",
            "optimizer: sgd\ngroups: [{match: \"\\u202ebias\", momentum: 0.5}]\n");
  cli_write(fixture, "optimizer.yaml", "optimizer: \"sgd\\e[31m\"\n");
  run_line(fixture, "config name.yaml");
  assert_has(fixture->out, "\\u202ered\\n");
  run_line(fixture, "config key.yaml");
  assert_has(fixture->err, "\\x1b[31m");
  run_line(fixture, "config value.yaml");
  assert_has(fixture->err,
             "'\\u009b31m' (character 1 is U+009B, which cannot be seen)");
  run_line(fixture, "config pattern.yaml");
  assert_has(fixture->err, "\\u202ebias");
  run_line(fixture, "config optimizer.yaml");
  assert_has(fixture->err, "sgd\\x1b[31m");
  run_line(fixture, "compare key.yaml");
  run_line(fixture, "compare --dry-run name.yaml sgd.yaml");
}

static void
test_arguments(Fixture *fixture, const void *unused)
{
  static const char *const lines[] = {
    "\x1b[31m",
    "config \x1b[31m",
    "state \xc2\x9b",
    "compare \x1b=sgd.yaml",
    "info \x1b",
    "list -P \x1b",
    "config sgd.yaml --problem \x1b",
    "check \x1b.so",
    "bench \x1b",
    "list --\x1b",
    "bench -s \x1b",
    "problems \x1b",
    "new \x1b",
    "report \x1b",
  };

  (void)unused;
  for (size_t i = 0; i < G_N_ELEMENTS(lines); i++) {
    run_line(fixture, lines[i]);
    g_assert_cmpint(fixture->status, !=, 0);
  }
}

/* read no further than a configuration may be long */
static void
test_endless(Fixture *fixture, const void *unused)
{
  static const struct {
    const char *line, *message;
  } cases[] = {
    { "config /dev/zero", "/dev/zero:1:1: the file is larger than 1 MiB" },
    { "compare /dev/zero", "/dev/zero:1:1: the file is larger than 1 MiB" },
    { "bench /dev/zero", "/dev/zero" },
    { "bench --shapes /dev/zero", "/dev/zero: is larger than 1 MiB" },
    { "state /dev/zero", "/dev/zero: not a regular file" },
  };

  (void)unused;
  for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
    run_line(fixture, cases[i].line);
    g_assert_cmpint(fixture->status, ==, 2);
    assert_has(fixture->err, cases[i].message);
  }
}

/* which folder its paths begin at is said */
static void
test_linked_experiment(Fixture *fixture, const void *unused)
{
  g_autofree char *folder = cli_path(fixture, "elsewhere");
  g_autofree char *link = g_build_filename(folder, "link.yaml", NULL);

  (void)unused;
  cli_write(fixture, "e.yaml", "arms: {a: sgd.yaml}\n");
  g_assert_cmpint(g_mkdir(folder, 0700), ==, 0);
  g_assert_cmpint(symlink("../e.yaml", link), ==, 0);
  run_line(fixture, "compare elsewhere/link.yaml");
  g_assert_cmpint(fixture->status, ==, 2);
  assert_has(
      fixture->err,
      "elsewhere/sgd.yaml: cannot be read: it does not exist; the experiment is a "
      "link, and paths in it begin at the folder of the link");
}

int
main(int argc, char **argv)
{
  static const struct {
    const char *name;
    FixtureTest run;
  } tests[] = {
    { "/foreign/plugin", test_plugin },
    { "/foreign/checkpoint", test_checkpoint },
    { "/foreign/configuration", test_configuration },
    { "/foreign/arguments", test_arguments },
    { "/foreign/endless", test_endless },
    { "/foreign/linked-experiment", test_linked_experiment },
  };

  g_test_init(&argc, &argv, NULL);
  for (size_t i = 0; i < G_N_ELEMENTS(tests); i++) {
    g_test_add(tests[i].name, Fixture, NULL, set_up, tests[i].run, tear_down);
  }
  return g_test_run();
}
