/* SPDX-License-Identifier: MIT */
/* `optreg report`: results again from their folder alone, and as text. */
#include "cli.h"

#include <fcntl.h>
#include <json-glib/json-glib.h>
#include <sys/stat.h>
#include <unistd.h>

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
  g_assert_cmpint(cli_run(cli, "report lost --text"), ==, 5);
  assert_has(cli->err, "optreg: incomplete: 2 of 4 runs are lost\n");
  assert_has(cli->out, "\ncrash: lost with seed 1, 2: killed by signal 6");
}

/* as 'optreg compare' does, whatever is printed */
static void
test_missed_claims_are_told(Cli *cli, const void *unused)
{
  (void)unused;
  cli_write(cli, "claims.yaml",
            "budget: {epochs: 1}\nseeds: 2\nout: c\narms:\n  adam: adam.yaml\n"
            "expect:\n- {arm: adam, at_least: 0}\n- {arm: adam, at_least: 2}\n");
  g_assert_cmpint(cli_run(cli, "compare claims.yaml"), ==, 4);
  assert_has(cli->err, "optreg: 1 of 2 expectations are missed\n");
  g_assert_cmpint(cli_run(cli, "report c"), ==, 4);
  g_assert_cmpstr(cli->out, ==, "");
  assert_has(cli->err, "optreg: 1 of 2 expectations are missed\n");
  g_assert_cmpint(cli_run(cli, "report c --text"), ==, 4);
  assert_has(cli->out, "c/experiment.yaml:7:5: adam on digits-mlp: ");
  assert_has(cli->out, "c/experiment.yaml:10:5: adam on digits-mlp: ");
  cli_write(cli, "claims.yaml",
            "budget: {epochs: 1}\nseeds: 2\nout: c\narms:\n  adam: adam.yaml\n"
            "expect:\n- {arm: adam, at_least: 0}\n");
  g_assert_cmpint(cli_run(cli, "compare claims.yaml"), ==, 0);
  g_assert_cmpint(cli_run(cli, "report c"), ==, 0);
}

/* ---- what stands where a file should be ---- */

static void
put_pipe(const Cli *cli, const char *name, bool is_behind_link)
{
  g_autofree char *path = cli_path(cli, name), *pipe = cli_path(cli, "pipe");

  g_remove(path);
  g_remove(pipe);
  g_assert_cmpint(mkfifo(is_behind_link ? pipe : path, 0600), ==, 0);
  if (is_behind_link) {
    g_assert_cmpint(symlink(pipe, path), ==, 0);
  }
}

static bool
is_pipe(const Cli *cli, const char *name)
{
  g_autofree char *path = cli_path(cli, name);
  struct stat status;

  return stat(path, &status) == 0 && S_ISFIFO(status.st_mode);
}

/* nothing is renamed over a pipe, and nobody waits for its other end */
static void
test_only_files_are_written(Cli *cli, const void *unused)
{
  static const struct {
    const char *file, *line;
  } rows[] = {
    { "o/log.jsonl", "report o" },
    { "o/results.csv", "report o" },
    { "o/results.json", "report o" },
    { "o/report.html", "report o" },
    { "o/curves.svg", "report o" },
    { "o/.lock", "report o" },
    { "o/manifest.json", "compare e.yaml" },
    { "o/experiment.yaml", "compare e.yaml" },
    { "o/configs/sgd.yaml", "compare e.yaml" },
  };

  (void)unused;
  for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
    const bool is_behind_link = i % 2 == 1;
    g_autofree char *words =
        g_strdup_printf("%s: %s a named pipe, not a regular file; name another file\n",
                        rows[i].file, is_behind_link ? "leads to" : "is");
    put_pipe(cli, rows[i].file, is_behind_link);
    g_assert_cmpint(cli_run(cli, rows[i].line), ==, 1);
    assert_has(cli->err, words);
    g_assert_true(is_pipe(cli, rows[i].file));
    take_away(cli, rows[i].file);
    g_assert_cmpint(cli_run(cli, "compare e.yaml"), ==, 0);
  }
}

static void
test_a_link_to_a_report_stays(Cli *cli, const void *unused)
{
  g_autofree char *path = cli_path(cli, "o/report.html");

  (void)unused;
  take_away(cli, "o/report.html");
  g_assert_cmpint(symlink("../page.html", path), ==, 0);
  g_assert_cmpint(cli_run(cli, "report o"), ==, 0);
  g_assert_true(g_file_test(path, G_FILE_TEST_IS_SYMLINK));
  g_autofree char *page = cli_read(cli, "page.html");
  assert_has(page, "<!DOCTYPE html>");
}

/* ---- hostile JSON ---- */

static char *
first_log(const Cli *cli)
{
  g_autofree char *folder = cli_path(cli, "o/runs/digits-mlp/adam");
  g_autoptr(GDir) directory = g_dir_open(folder, 0, NULL);

  return g_build_filename("o/runs/digits-mlp/adam", g_dir_read_name(directory), NULL);
}

/* whoever counts brackets with the stack overflows it */
static void
test_nested_json_is_refused(Cli *cli, const void *unused)
{
  g_autofree char *log = first_log(cli);
  g_autofree char *brackets = g_strnfill(200000, '[');
  const struct {
    const char *file;
    int of_report, of_compare;
  } rows[] = {
    { "o/cost.json", 0, 0 }, { "o/calibration.json", 0, 0 }, { "o/results.json", 0, 0 },
    { log, 5, 0 },           { "o/manifest.json", 1, 1 },
  };

  (void)unused;
  for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
    g_test_message("%s", rows[i].file);
    for (int verb = 0; verb < 2; verb++) {
      g_autofree char *object = g_strdup_printf("{\"adam\": %s\n", brackets);
      cli_write(cli, rows[i].file, verb == 0 ? brackets : object);
      g_assert_cmpint(cli_run(cli, "report o"), ==, rows[i].of_report);
      cli_write(cli, rows[i].file, verb == 0 ? brackets : object);
      g_assert_cmpint(cli_run(cli, "compare e.yaml"), ==, rows[i].of_compare);
    }
  }
  assert_has(cli->err, "optreg: the record of looks is damaged; restore it, or compare "
                       "in another folder: o/manifest.json: line 1: nested more than "
                       "64 deep\n");
}

/* what can be made anew does not stop anything, and does not go in silence either */
static void
test_damage_is_told(Cli *cli, const void *unused)
{
  static const struct {
    const char *file, *text, *message;
  } rows[] = {
    { "o/cost.json", "{\n  \"a\": 1,\n  oh\n}",
      "optreg: warning: o/cost.json: line 2, column " },
    { "o/cost.json", "[1]",
      "optreg: warning: o/cost.json: is no object: it is not used; 'optreg compare "
      "--cost' measures anew\n" },
    { "o/cost.json", "", "optreg: warning: o/cost.json: " },
    { "o/calibration.json", "[", "optreg: warning: o/calibration.json: line 1" },
    { "o/calibration.json", "2",
      "optreg: warning: o/calibration.json: is no object: it is not used; 'optreg "
      "compare --calibrate' makes it anew\n" },
    { "o/results.json", "{\"problems\": ", "optreg: warning: o/results.json: line 1" },
  };

  (void)unused;
  for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
    for (int verb = 0; verb < 2; verb++) {
      cli_write(cli, rows[i].file, rows[i].text);
      g_assert_cmpint(cli_run(cli, verb == 0 ? "report o" : "compare e.yaml"), ==, 0);
      assert_has(cli->err, rows[i].message);
    }
    cli_write(cli, rows[i].file, "{}");
    g_assert_cmpint(cli_run(cli, "report o"), ==, 0);
    g_assert_null(strstr(cli->err, "warning"));
  }
}

/* every value below the root that is of the kind, wherever it is, becomes another */
static void
exchange_all(JsonNode *node, JsonNodeType kind, GType type, JsonNode *other)
{
  g_autoptr(GList) names = JSON_NODE_HOLDS_OBJECT(node)
                               ? json_object_get_members(json_node_get_object(node))
                               : NULL;

  for (GList *link = names; link != NULL; link = link->next) {
    JsonObject *object = json_node_get_object(node);
    JsonNode *child = json_object_get_member(object, link->data);
    if (json_node_get_node_type(child) == kind
        && (kind != JSON_NODE_VALUE || json_node_get_value_type(child) == type)) {
      json_object_set_member(object, link->data, json_node_copy(other));
    } else {
      exchange_all(child, kind, type, other);
    }
  }
  for (guint i = 0; JSON_NODE_HOLDS_ARRAY(node)
                    && i < json_array_get_length(json_node_get_array(node));
       i++) {
    exchange_all(json_array_get_element(json_node_get_array(node), i), kind, type,
                 other);
  }
}

/* a string where an object was, and so on: nothing is taken for what it is not */
static void
test_values_of_other_kinds(Cli *cli, const void *unused)
{
  static const struct {
    JsonNodeType kind;
    GType type;
    const char *other;
  } exchanges[] = {
    { JSON_NODE_VALUE, G_TYPE_STRING, "[1]" },
    { JSON_NODE_VALUE, G_TYPE_STRING, "2" },
    { JSON_NODE_VALUE, G_TYPE_INT64, "\"x\"" },
    { JSON_NODE_VALUE, G_TYPE_DOUBLE, "{}" },
    { JSON_NODE_OBJECT, 0, "[1]" },
    { JSON_NODE_OBJECT, 0, "\"x\"" },
    { JSON_NODE_ARRAY, 0, "{\"a\": 1}" },
    { JSON_NODE_ARRAY, 0, "[1, \"x\"]" },
  };
  g_autofree char *log = first_log(cli);
  const char *const files[] = { "o/manifest.json", "o/results.json", log };

  (void)unused;
  for (size_t i = 0; i < G_N_ELEMENTS(files) * G_N_ELEMENTS(exchanges); i++) {
    const char *file = files[i / G_N_ELEMENTS(exchanges)];
    const size_t k = i % G_N_ELEMENTS(exchanges);
    g_autofree char *text = cli_read(cli, file);
    g_auto(GStrv) lines = g_strsplit(text, file == log ? "\n" : "no end", -1);
    g_autoptr(JsonNode) root = json_from_string(lines[0], NULL);
    g_autoptr(JsonNode) other = json_from_string(exchanges[k].other, NULL);
    g_test_message("%s, %s", file, exchanges[k].other);
    exchange_all(root, exchanges[k].kind, exchanges[k].type, other);
    g_autofree char *changed = json_to_string(root, FALSE);
    cli_write(cli, file, changed);
    const int status = cli_run(cli, "report o"); /* whatever it says, it ends */
    if (file == files[0] && exchanges[k].kind == JSON_NODE_ARRAY) {
      g_assert_cmpint(status, ==, exchanges[k].other[0] == '[' ? 0 : 1);
    }
    assert_lacks(cli->err, "CRITICAL");
    cli_write(cli, file, text);
  }
  g_assert_cmpint(cli_run(cli, "report o"), ==, 0);
}

/* ---- what is left behind ---- */

static void
assert_no_debris(const char *path)
{
  g_autoptr(GDir) directory = g_dir_open(path, 0, NULL);

  for (const char *name;
       directory != NULL && (name = g_dir_read_name(directory)) != NULL;) {
    g_autofree char *child = g_build_filename(path, name, NULL);
    if (g_str_has_suffix(name, ".tmp") || g_str_has_suffix(name, ".stderr")
        || g_str_has_suffix(name, ".draft") || g_str_has_suffix(name, ".state")) {
      g_error("%s is left", child);
    }
    assert_no_debris(child);
  }
}

static void
test_temporary_files_go(Cli *cli, const void *unused)
{
  static const struct timespec old[2] = { { .tv_sec = 1 }, { .tv_sec = 1 } };
  g_autofree char *folder = cli_path(cli, "o"),
                  *left = cli_path(cli, "o/.optreg-0123abcd.tmp");

  (void)unused;
  cli_write(cli, "o/.optreg-0123abcd.tmp", "half a report");
  g_assert_cmpint(utimensat(AT_FDCWD, left, old, 0), ==, 0);
  g_assert_cmpint(cli_run(cli, "report o"), ==, 0);
  assert_no_debris(folder);
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
    { "/report/missed-claims", test_missed_claims_are_told },
    { "/report/only-files-are-written", test_only_files_are_written },
    { "/report/a-link-stays", test_a_link_to_a_report_stays },
    { "/report/nested-json", test_nested_json_is_refused },
    { "/report/damage-is-told", test_damage_is_told },
    { "/report/values-of-other-kinds", test_values_of_other_kinds },
    { "/report/temporary-files-go", test_temporary_files_go },
    { "/report/refusals", test_refusals },
  };

  g_test_init(&argc, &argv, NULL);
  for (size_t i = 0; i < G_N_ELEMENTS(tests); i++) {
    g_test_add(tests[i].path, Cli, NULL, set_up, tests[i].run, tear_down);
  }
  return g_test_run();
}
