/* SPDX-License-Identifier: MIT */
/* The program under whatever it inherits: ignored signals, closed descriptors. */
#include "cli.h"

#include <signal.h>

static const char config[] = "optimizer: sgd\nlearning_rate: 0.1\n";

static void
set_up(Cli *cli, const void *unused)
{
  (void)unused;
  cli_init(cli);
  cli->has_own_tmp = true;
  cli_write(cli, "sgd.yaml", config);
}

static void
tear_down(Cli *cli, const void *unused)
{
  (void)unused;
  cli_clear(cli);
}

/* the command of a shell, which knows the executable as "$optreg" */
static GSubprocess *
spawn_shell(const Cli *cli, const char *command)
{
  g_autoptr(GSubprocessLauncher) launcher = g_subprocess_launcher_new(
      G_SUBPROCESS_FLAGS_STDOUT_PIPE | G_SUBPROCESS_FLAGS_STDERR_PIPE);
  g_autoptr(GError) error = NULL;

  g_subprocess_launcher_set_cwd(launcher, cli->folder);
  g_subprocess_launcher_setenv(launcher, "optreg", g_getenv("OPTREG_TEST_CLI"), TRUE);
  g_subprocess_launcher_setenv(launcher, "TMPDIR", cli->folder, TRUE);
  g_subprocess_launcher_unsetenv(launcher, "OPTREG_PLUGIN_PATH");
  GSubprocess *process =
      g_subprocess_launcher_spawn(launcher, &error, "sh", "-c", command, NULL);
  g_assert_no_error(error);
  return process;
}

static int
run_shell(Cli *cli, const char *command)
{
  g_autoptr(GSubprocess) process = spawn_shell(cli, command);
  return cli_wait(cli, process);
}

/* ---- signals ---- */

static void
read_to_the_end(GDataInputStream *lines)
{
  char *line;

  while ((line = g_data_input_stream_read_line(lines, NULL, NULL, NULL)) != NULL) {
    g_free(line);
  }
}

/* the signal comes when the first run has ended and the others have not */
static void
assert_completes_in_spite_of(Cli *cli, int number, const char *name)
{
  g_autofree char *command =
      g_strdup_printf("exec env --ignore-signal=%s \"$optreg\" compare sgd.yaml "
                      "--seeds 5 --epochs 3 --jobs 1 --out %s",
                      name, name);
  g_autofree char *results = g_strdup_printf("%s/results.json", name);
  g_autoptr(GSubprocess) process = spawn_shell(cli, command);
  g_autoptr(GDataInputStream)
      lines = g_data_input_stream_new(g_subprocess_get_stderr_pipe(process));
  g_autofree char *first = g_data_input_stream_read_line(lines, NULL, NULL, NULL);
  g_autofree char *second = g_data_input_stream_read_line(lines, NULL, NULL, NULL);

  assert_has(first, "writing to ");
  assert_has(second, "[1/5] ");
  g_subprocess_send_signal(process, number);
  read_to_the_end(lines);
  g_assert_true(g_subprocess_wait(process, NULL, NULL));
  g_assert_true(g_subprocess_get_if_exited(process));
  g_assert_cmpint(g_subprocess_get_exit_status(process), ==, 0);
  g_autofree char *json = cli_read(cli, results);
  assert_has(json, "\"is_complete\" : true");
}

static void
test_ignored_signals_stay_ignored(Cli *cli, const void *unused)
{
  (void)unused;
  assert_completes_in_spite_of(cli, SIGINT, "INT");
  assert_completes_in_spite_of(cli, SIGTERM, "TERM");
  assert_completes_in_spite_of(cli, SIGHUP, "HUP");
}

/* who ignores SIGCHLD is not told how a process ended, and who blocks it perhaps not
 * that */
static void
test_how_runs_end_is_seen(Cli *cli, const void *unused)
{
  static const char *const manners[] = { "--ignore-signal=CHLD",
                                         "--block-signal=CHLD" };

  (void)unused;
  cli_write(cli, "moody.yaml", "optimizer: moody\nmood: aborts\n");
  for (size_t i = 0; i < G_N_ELEMENTS(manners); i++) {
    g_autofree char *command = g_strdup_printf(
        "exec env %s \"$optreg\" compare sgd.yaml moody.yaml --seeds 1 --epochs 1 "
        "--plugin-dir \"$OPTREG_TEST_MOODY\" --out o%zu",
        manners[i], i);
    g_assert_cmpint(run_shell(cli, command), ==, 5);
    assert_has(cli->out, "\nmoody: lost with seed 1: killed by signal 6");
    assert_lacks(cli->out, "\nsgd: lost");
  }
}

/* ---- descriptors ---- */

/* closing, and the status: results that nobody gets are a failure */
static const struct {
  const char *redirection;
  int status;
} closed[] = {
  { "<&-", 0 }, { ">&-", 1 }, { "2>&-", 0 }, { ">&- 2>&-", 1 }, { "<&- >&- 2>&-", 1 },
};

static void
test_nothing_is_printed_into_files(Cli *cli, const void *unused)
{
  (void)unused;
  for (size_t i = 0; i < G_N_ELEMENTS(closed); i++) {
    g_autofree char *command =
        g_strdup_printf("exec \"$optreg\" compare sgd.yaml --seeds 2 --epochs 1 "
                        "--out o%zu %s",
                        i, closed[i].redirection);
    g_autofree char *lock = g_strdup_printf("o%zu/.lock", i);
    g_autofree char *results = g_strdup_printf("o%zu/results.json", i);
    g_assert_cmpint(run_shell(cli, command), ==, closed[i].status);
    g_autofree char *locked = cli_read(cli, lock);
    g_autofree char *json = cli_read(cli, results);
    g_assert_cmpstr(locked, ==, "");
    assert_has(json, "\"is_complete\" : true");
    if (strstr(closed[i].redirection, "2>") == NULL && closed[i].status == 1) {
      assert_has(cli->err, "optreg: cannot write the results to stdout\n");
    }
  }
}

static void
test_results_that_are_lost_are_told(Cli *cli, const void *unused)
{
  static const char *const commands[] = {
    "list",  "problems",    "--version",       "--help",
    "--man", "list --help", "config sgd.yaml", "info sgd"
  };
  static const char *const sinks[] = { ">&-", ">/dev/full" };

  (void)unused;
  for (size_t i = 0; i < G_N_ELEMENTS(commands); i++) {
    for (size_t j = 0; j < G_N_ELEMENTS(sinks); j++) {
      g_autofree char *command =
          g_strdup_printf("exec \"$optreg\" %s %s", commands[i], sinks[j]);
      g_test_message("%s", command);
      g_assert_cmpint(run_shell(cli, command), ==, 1);
      g_assert_cmpstr(cli->err, ==, "optreg: cannot write the results to stdout\n");
    }
  }
}

/* ---- OpenBLAS ---- */

static bool
has_sanitizers(void)
{
#if OPTREG_TEST_SANITIZED
  g_test_skip("sanitizers need address space of their own");
  return true;
#else
  return false;
#endif
}

/* OpenBLAS alone would take more, and would wait for it for ever */
#define LIMITED "ulimit -v 100000; exec \"$optreg\" "

static void
test_verbs_that_do_not_train_need_little_address_space(Cli *cli, const void *unused)
{
  static const char *const verbs[] = {
    "list",
    "info sgd",
    "config sgd.yaml",
    "problems",
    "--help",
    "--version",
    "report o",
    "new tiger",
    "bench --params 100 --repeat 1 --threads 1 sgd",
    "compare sgd.yaml --problem quadratic --seeds 1 --epochs 1 --out q",
  };

  (void)unused;
  if (has_sanitizers()) {
    return;
  }
  g_assert_cmpint(cli_run(cli, "compare sgd.yaml --seeds 1 --epochs 1 --out o"), ==, 0);
  g_autofree char *before = cli_read(cli, "o/manifest.json");
  for (size_t i = 0; i < G_N_ELEMENTS(verbs); i++) {
    g_autofree char *command = g_strconcat(LIMITED, verbs[i], NULL);
    g_test_message("%s", verbs[i]);
    g_assert_cmpint(run_shell(cli, command), ==, 0);
  }
  g_autofree char *after = cli_read(cli, "o/manifest.json");
  g_autofree char *without = cli_read(cli, "q/manifest.json");
  g_assert_cmpstr(after, ==, before);
  assert_has(before, "\"library\" : \"OpenBLAS ");
  assert_has(without, "\"library\" : \"not available\"");
}

static void
test_training_says_what_is_missing(Cli *cli, const void *unused)
{
  (void)unused;
  if (!has_sanitizers()) {
    g_assert_cmpint(run_shell(cli, LIMITED "compare sgd.yaml --seeds 1 --epochs 1"), ==,
                    1);
    assert_has(cli->err,
               "digits-mlp: OpenBLAS, which multiplies matrices, needs 256 MiB "
               "of address space that are not there: raise the limit (ulimit "
               "-v)\n");
  }
  cli_write(cli, "libopenblas.so.0", "not a library");
  cli_write(cli, "libopenblas.so", "not a library");
  g_assert_cmpint(run_shell(cli, "export LD_LIBRARY_PATH=\"$PWD\"; exec \"$optreg\" "
                                 "compare sgd.yaml --seeds 1 --epochs 1"),
                  ==, 1);
  assert_has(cli->err,
             "digits-mlp: OpenBLAS, which multiplies matrices, cannot be opened: ");
  assert_has(cli->err,
             ": install libopenblas, or name its folder in LD_LIBRARY_PATH\n");
}

int
main(int argc, char **argv)
{
  static const struct {
    const char *path;
    void (*run)(Cli *cli, const void *unused);
  } tests[] = {
    { "/started/ignored-signals-stay-ignored", test_ignored_signals_stay_ignored },
    { "/started/how-runs-end-is-seen", test_how_runs_end_is_seen },
    { "/started/nothing-is-printed-into-files", test_nothing_is_printed_into_files },
    { "/started/results-that-are-lost-are-told", test_results_that_are_lost_are_told },
    { "/started/verbs-that-do-not-train-need-little-address-space",
      test_verbs_that_do_not_train_need_little_address_space },
    { "/started/training-says-what-is-missing", test_training_says_what_is_missing },
  };

  g_test_init(&argc, &argv, NULL);
  for (size_t i = 0; i < G_N_ELEMENTS(tests); i++) {
    g_test_add(tests[i].path, Cli, NULL, set_up, tests[i].run, tear_down);
  }
  return g_test_run();
}
