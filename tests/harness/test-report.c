/* SPDX-License-Identifier: MIT */
/* `optreg report`: results again from their folder alone, and as text. */
#include "cli.h"

static void
set_up(Cli *cli, const void *unused)
{
  (void)unused;
  cli_init(cli);
  cli_write(cli, "adam.yaml",
            "optimizer: adam # with a comment\nlearning_rate: 0.01\n");
  cli_write(
      cli, "e.yaml",
      "name: three\nbudget: {epochs: 3}\nseeds: 2\ntuning: {trials: 3}\nout: o\n"
      "arms:\n"
      "  adam: adam.yaml\n"
      "  sgd: {optimizer: sgd, learning_rate: 0.1, tune: {learning_rate: [0.01, 1]}}\n"
      "  slow: {optimizer: sgd, learning_rate: 1e-5, grid: {momentum: [0, 0.9]}}\n");
  g_assert_cmpint(cli_run(cli, "compare e.yaml"), ==, 0);
}

static void
tear_down(Cli *cli, const void *unused)
{
  (void)unused;
  cli_clear(cli);
}

static void
take_away(const Cli *cli, const char *name)
{
  g_autofree char *path = cli_path(cli, name);
  g_assert_cmpint(g_remove(path), ==, 0);
}

/* what it was made of is gone, and another place is as good */
static void
test_nothing_but_the_folder_is_needed(Cli *cli, const void *unused)
{
  static const char *const files[] = { "results.json",    "results.csv",
                                       "log.jsonl",       "manifest.json",
                                       "report.html",     "configs/sgd.yaml",
                                       "experiment.yaml", "configs/adam.yaml" };
  char *before[G_N_ELEMENTS(files)];
  g_autofree char *old = cli_path(cli, "o"), *new = cli_path(cli, "moved");

  (void)unused;
  for (size_t i = 0; i < G_N_ELEMENTS(files); i++) {
    g_autofree char *name = g_build_filename("o", files[i], NULL);
    before[i] = cli_read(cli, name);
  }
  take_away(cli, "adam.yaml");
  take_away(cli, "e.yaml");
  g_assert_cmpint(g_rename(old, new), ==, 0);
  take_away(cli, "moved/report.html");
  g_assert_cmpint(cli_run(cli, "report moved"), ==, 0);
  g_assert_cmpstr(cli->out, ==, "");
  assert_has(cli->err, "optreg: wrote to moved\n");
  for (size_t i = 0; i < G_N_ELEMENTS(files); i++) {
    g_autofree char *name = g_build_filename("moved", files[i], NULL);
    g_autofree char *after = cli_read(cli, name);
    g_assert_cmpstr(before[i], ==, after);
    g_free(before[i]);
  }
}

static void
test_text_says_and_draws_in_80_columns(Cli *cli, const void *unused)
{
  (void)unused;
  g_assert_cmpint(cli_run(cli, "report o --text"), ==, 0);
  assert_has(cli->out, "\nslow[momentum=0] against adam: no verdict");
  assert_has(cli->out, "\nsgd tuned: ");
  assert_has(cli->out, "\nDifference in test accuracy to adam\n");
  assert_has(cli->out, "\nMean test accuracy while training\n");
  assert_has(cli->out, "\nShare of 51 targets reached\n");
  assert_has(cli->out, "\nBest validation accuracy so far while tuning\n");
  assert_has(cli->out, "\nLook 1: ");
  assert_lacks(cli->out, "\033");
  g_auto(GStrv) lines = g_strsplit(cli->out, "\n", -1);
  for (size_t i = 0; lines[i] != NULL; i++) {
    g_assert_cmpint(g_utf8_strlen(lines[i], -1), <=, 80);
  }
}

static void
test_event_files_come_later(Cli *cli, const void *unused)
{
  (void)unused;
  g_assert_false(cli_has(cli, "o/tensorboard"));
  g_assert_cmpint(cli_run(cli, "report o --tensorboard"), ==, 0);
  g_assert_true(cli_has(cli, "o/tensorboard/digits-mlp/sgd/mean"));
  g_assert_true(cli_has(cli, "o/tensorboard/digits-mlp/slow[momentum=0]/seed-2"));
}

/* the reason of a run that was lost is known still */
static void
test_lost_runs_are_remembered(Cli *cli, const void *unused)
{
  g_autofree char *line =
      g_strdup_printf("compare adam.yaml crash.yaml --seeds 2 --epochs 1 --out lost "
                      "--plugin-dir %s",
                      g_getenv("OPTREG_TEST_MOODY"));

  (void)unused;
  cli_write(cli, "crash.yaml", "optimizer: moody\nmood: aborts\n");
  g_assert_cmpint(cli_run(cli, line), ==, 5);
  g_assert_cmpint(cli_run(cli, "report lost --text"), ==, 0);
  assert_has(cli->out, "\ncrash: lost with seed 1, 2: killed by signal 6");
}

static void
remove_one_log(const Cli *cli)
{
  g_autofree char *folder = cli_path(cli, "o/runs/digits-mlp/adam");
  g_autoptr(GDir) directory = g_dir_open(folder, 0, NULL);
  const char *name = g_dir_read_name(directory);
  g_autofree char *path = g_build_filename(folder, name, NULL);

  g_assert_cmpint(g_remove(path), ==, 0);
}

static void
test_refusals(Cli *cli, const void *unused)
{
  (void)unused;
  g_assert_cmpint(cli_run(cli, "report nowhere"), ==, 2);
  assert_has(cli->err, "optreg: nowhere is no folder of results of 'optreg compare'\n");
  g_assert_false(cli_has(cli, "nowhere"));
  remove_one_log(cli);
  g_assert_cmpint(cli_run(cli, "report o"), ==, 5);
  assert_has(cli->err, "optreg: o: the comparison is not complete; the command that "
                       "began it goes on with it\n");
  take_away(cli, "o/experiment.yaml");
  g_assert_cmpint(cli_run(cli, "report o"), ==, 2);
  assert_has(cli->err,
             "optreg: o has no experiment.yaml; an older optreg has written it");
}

int
main(int argc, char **argv)
{
  static const struct {
    const char *path;
    void (*run)(Cli *cli, const void *unused);
  } tests[] = {
    { "/report/the-folder-is-enough", test_nothing_but_the_folder_is_needed },
    { "/report/text", test_text_says_and_draws_in_80_columns },
    { "/report/tensorboard", test_event_files_come_later },
    { "/report/lost-runs", test_lost_runs_are_remembered },
    { "/report/refusals", test_refusals },
  };

  g_test_init(&argc, &argv, NULL);
  for (size_t i = 0; i < G_N_ELEMENTS(tests); i++) {
    g_test_add(tests[i].path, Cli, NULL, set_up, tests[i].run, tear_down);
  }
  return g_test_run();
}
