/* SPDX-License-Identifier: MIT */
/* Killed at any moment, the same command goes on: the logs have the bytes of an
 * undisturbed run, but for the clock. */
#include "cli.h"

#include <json-glib/json-glib.h>
#include <signal.h>

static Cli cli;

/* everything that it says; its exit status */
static int
run(const char *line, char **out)
{
  const int status = cli_run(&cli, line);

  if (status != 0) {
    g_test_message("%s", cli.err);
  }
  *out = g_strdup(cli.out);
  return status;
}

/* ---- logs without the clock ---- */

static void
drop_clocks(JsonObject *object)
{
  json_object_remove_member(object, "clock");
  if (json_object_has_member(object, "final")) {
    drop_clocks(json_object_get_object_member(object, "final"));
  }
  JsonArray *shadows = json_object_has_member(object, "shadow")
                           ? json_object_get_array_member(object, "shadow")
                           : NULL;
  for (guint i = 0; shadows != NULL && i < json_array_get_length(shadows); i++) {
    drop_clocks(json_array_get_object_element(shadows, i));
  }
}

static char *
read_log(const char *path)
{
  g_autofree char *text = NULL;
  g_autoptr(GError) error = NULL;
  GString *log = g_string_new(NULL);

  g_file_get_contents(path, &text, NULL, &error);
  g_assert_no_error(error);
  g_auto(GStrv) lines = g_strsplit(text, "\n", -1);
  for (size_t i = 0; lines[i][0] != '\0'; i++) {
    g_autoptr(JsonNode) node = json_from_string(lines[i], NULL);
    g_assert_nonnull(node);
    drop_clocks(json_node_get_object(node));
    g_autofree char *line = json_to_string(node, FALSE);
    g_string_append_printf(log, "%s\n", line);
  }
  return g_string_free(log, FALSE);
}

static char *
read_log_in_folder(const char *name)
{
  g_autofree char *path = cli_path(&cli, name);
  return read_log(path);
}

/* ---- one run ---- */

/* SIGKILL as soon as it has said n lines; false when it has ended before, or has said
 * all */
static bool
kill_after(GSubprocess *process, GInputStream *said, size_t n)
{
  g_autoptr(GDataInputStream) lines = g_data_input_stream_new(said);

  for (size_t i = 0; i < n; i++) {
    g_autofree char *line = g_data_input_stream_read_line(lines, NULL, NULL, NULL);
    if (line == NULL || strstr(line, "\"final\"") != NULL) {
      g_assert_true(g_subprocess_wait(process, NULL, NULL));
      return false;
    }
  }
  g_subprocess_send_signal(process, SIGKILL);
  g_assert_true(g_subprocess_wait(process, NULL, NULL));
  return !g_subprocess_get_if_exited(process);
}

/* six epochs of ten batches, a checkpoint after each; killed after every record or two.
 * `more` are further arguments. */
static void
check_optimizer(const char *name, const char *yaml, const char *more)
{
  g_autofree char *file = g_strconcat(name, ".yaml", NULL);
  g_autofree char *format = g_strdup_printf(
      "compare-run --label=digits --arm=%s --problem=digits-mlp --batch-size=128 "
      "--epochs=6 --seed=1 --key=k --checkpoint=0 --record=%s-%%s.jsonl "
      "--state=%s-%%s.state %s-- %s",
      name, name, name, more, file);
  g_auto(GStrv) parts = g_strsplit(format, "%s", -1);
  g_autofree char *whole = g_strjoinv("whole", parts);
  g_autofree char *killed = g_strjoinv("killed", parts);
  g_autofree char *out = NULL;
  size_t n_kills = 0;

  cli_write(&cli, file, yaml);
  g_assert_cmpint(run(whole, &out), ==, 0);
  for (bool is_killed = true; is_killed; n_kills += is_killed) {
    g_autoptr(GSubprocess) process = cli_spawn(&cli, killed);
    is_killed =
        kill_after(process, g_subprocess_get_stdout_pipe(process), 1 + n_kills % 2);
    g_assert_cmpuint(n_kills, <, 50);
  }
  g_assert_cmpuint(n_kills, >, 1);
  g_autofree char *first_name = g_strconcat(name, "-whole.jsonl", NULL);
  g_autofree char *second_name = g_strconcat(name, "-killed.jsonl", NULL);
  g_autofree char *first = read_log_in_folder(first_name);
  g_autofree char *second = read_log_in_folder(second_name);
  g_assert_cmpstr(first, ==, second);
  g_assert_nonnull(strstr(first, "\"status\":\"finished\""));
  g_assert_true((strstr(first, "\"diagnostics\"") != NULL)
                == (strstr(more, "--diagnose") != NULL));
}

/* sums that a checkpoint keeps between records: an update is looked at more often */
static void
test_a_diagnosed_run(void)
{
  check_optimizer("diagnosed",
                  "optimizer: adadelta\nlearning_rate: 1.0\nclipnorm: 0.5\n"
                  "gradient_accumulation_steps: 2\ngroups:\n"
                  "- {match: ['*bias'], learning_rate_multiplier: 0.5}\n"
                  "loss_scale_factor: {dynamic: true, initial_scale: 8, "
                  "dynamic_growth_steps: 3}\n",
                  "--diagnose ");
}

static void
test_every_optimizer(void)
{
  static const struct {
    const char *name, *yaml;
  } cases[] = {
    { "adadelta", "optimizer: adadelta\nlearning_rate: 1.0\n" },
    { "adagrad", "optimizer: adagrad\nlearning_rate: 0.1\n" },
    { "adam", "optimizer: adam\nlearning_rate: 0.01\namsgrad: true\n" },
    { "adamw", "optimizer: adamw\nlearning_rate: 0.01\n" },
    { "rmsprop", "optimizer: rmsprop\nmomentum: 0.9\ncentered: true\n" },
    { "sgd", "optimizer: sgd\nlearning_rate: 0.1\nmomentum: 0.9\nnesterov: true\n" },
    { "wrapped",
      "optimizer: adadelta\nlearning_rate: {schedule: cosine_decay, "
      "initial_learning_rate: 1.0, decay_steps: 100%}\nuse_ema: true\nema_momentum: "
      "0.9\n"
      "ema_overwrite_frequency: 7\nglobal_clipnorm: 1.0\nweight_decay: 0.001\n"
      "gradient_accumulation_steps: 3\n"
      "loss_scale_factor: {dynamic: true, initial_scale: 1024, dynamic_growth_steps: "
      "5}\n" },
  };

  for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
    g_test_message("%s", cases[i].name);
    check_optimizer(cases[i].name, cases[i].yaml, "");
  }
}

/* candidates go on, too: their state, and what they have done since the last record;
 * also beside diagnostics */
static void
test_shadows(void)
{
  cli_write(&cli, "candidate-a.yaml",
            "optimizer: adam\nlearning_rate: 0.01\n"
            "gradient_accumulation_steps: 3\n");
  cli_write(&cli, "candidate-b.yaml",
            "optimizer: sgd\nlearning_rate: 0.1\nmomentum: 0.9\n"
            "gradient_accumulation_steps: 3\nuse_ema: true\n"
            "loss_scale_factor: 8\n");
  check_optimizer("shadowed",
                  "optimizer: adadelta\nlearning_rate: 1.0\n"
                  "gradient_accumulation_steps: 3\nloss_scale_factor: {dynamic: true, "
                  "initial_scale: 1024, dynamic_growth_steps: 5}\n",
                  "--diagnose --shadow-name=a --shadow=candidate-a.yaml "
                  "--shadow-name=b --shadow=candidate-b.yaml ");
  g_autofree char *log = read_log_in_folder("shadowed-whole.jsonl");
  g_assert_nonnull(strstr(log, "\"candidate\":\"b\",\"steps\":3,\"cosine\":0."));
}

/* ---- comparisons ---- */

/* the logs of all runs below a folder, by file name */
static void
gather_logs(const char *path, GTree *logs)
{
  g_autoptr(GDir) directory = g_dir_open(path, 0, NULL);

  for (const char *name;
       directory != NULL && (name = g_dir_read_name(directory)) != NULL;) {
    g_autofree char *child = g_build_filename(path, name, NULL);
    if (g_str_has_suffix(name, ".jsonl")) {
      g_tree_insert(logs, g_strdup(name), read_log(child));
    } else {
      gather_logs(child, logs);
    }
  }
}

static gboolean
is_in(void *name, void *log, void *other)
{
  g_assert_cmpstr(log, ==, g_tree_lookup(other, name));
  return FALSE;
}

static gint
compare_names(const void *a, const void *b, void *unused)
{
  (void)unused;
  return strcmp(a, b);
}

static GTree *
logs_of(const char *out)
{
  GTree *logs = g_tree_new_full(compare_names, NULL, g_free, g_free);
  g_autofree char *path = g_build_filename(cli.folder, out, "runs", NULL);

  gather_logs(path, logs);
  return logs;
}

static void
write_configs(void)
{
  cli_write(&cli, "adam.yaml", "optimizer: adam\nlearning_rate: 0.01\n");
  cli_write(&cli, "sgd.yaml", "optimizer: sgd\nlearning_rate: 0.1\nmomentum: 0.9\n");
  cli_write(&cli, "rms.yaml", "optimizer: rmsprop\n");
}

/* messages of children, and what replaces a file, have no names while they are made */
static void
assert_nothing_is_left(const char *path)
{
  g_autoptr(GDir) directory = g_dir_open(path, 0, NULL);

  for (const char *name;
       directory != NULL && (name = g_dir_read_name(directory)) != NULL;) {
    g_autofree char *child = g_build_filename(path, name, NULL);
    if (g_str_has_suffix(name, ".stderr") || g_str_has_suffix(name, ".draft")
        || g_pattern_match_simple("*.json.??????", name)) {
      g_error("%s is left", child);
    }
    assert_nothing_is_left(child);
  }
}

static void
test_comparison(void)
{
  static const char command[] =
      "compare adam.yaml sgd.yaml --seeds 7 --epochs 4 --checkpoint 0.01 --trials 2";
  g_autofree char *first_out = NULL, *second_out = NULL;
  g_autofree char *whole = g_strconcat(command, " --out whole", NULL);
  g_autofree char *killed = g_strconcat(command, " --out killed", NULL);

  write_configs();
  g_assert_cmpint(run(whole, &first_out), ==, 0);
  for (size_t n = 2; n < 12; n += 3) {
    g_autoptr(GSubprocess) process = cli_spawn(&cli, killed);
    kill_after(process, g_subprocess_get_stderr_pipe(process), n);
    g_autofree char *folder = cli_path(&cli, "killed");
    assert_nothing_is_left(folder);
  }
  g_assert_cmpint(run(killed, &second_out), ==, 0);
  g_autoptr(GTree) first = logs_of("whole");
  g_autoptr(GTree) second = logs_of("killed");
  g_assert_cmpint(g_tree_nnodes(first), ==, g_tree_nnodes(second));
  g_assert_cmpint(g_tree_nnodes(first), >=, 2 * 2 + 2 * 7);
  g_tree_foreach(first, is_in, second);
  g_assert_nonnull(strstr(second_out, "Look 1: "));
}

static size_t
count_lines_with(const char *text, const char *part)
{
  size_t n = 0;

  for (const char *p = text; (p = strstr(p, part)) != NULL; p += strlen(part)) {
    n++;
  }
  return n;
}

/* how many runs it trains, by its lines of progress */
static size_t
count_trained(const char *line)
{
  g_assert_cmpint(cli_run(&cli, line), ==, 0);
  return count_lines_with(cli.err, "training loss ");
}

static void
test_only_what_is_new(void)
{
  write_configs();
  g_assert_cmpuint(
      count_trained("compare adam.yaml sgd.yaml --seeds 3 --epochs 1 --out n"), ==, 6);
  g_assert_cmpuint(
      count_trained("compare adam.yaml sgd.yaml --seeds 3 --epochs 1 --out n"), ==, 0);
  g_assert_cmpuint(
      count_trained("compare adam.yaml sgd.yaml --seeds 5 --epochs 1 --out n"), ==, 4);
  g_assert_cmpuint(
      count_trained("compare adam.yaml sgd.yaml rms.yaml --seeds 5 --epochs 1 --out n"),
      ==, 5);
  g_assert_cmpuint(
      count_trained("compare adam.yaml sgd.yaml rms.yaml --seeds 5 --epochs 2 --out n"),
      ==, 15);
}

/* adding an arm after a look makes the results exploratory; a third set of runs is look
 * 3 */
static void
test_looks(void)
{
  g_autofree char *first = NULL, *again = NULL, *second = NULL, *third = NULL,
                  *fourth = NULL;

  write_configs();
  run("compare adam.yaml sgd.yaml --seeds 2 --epochs 1 --out l", &first);
  run("compare adam.yaml sgd.yaml --seeds 2 --epochs 1 --out l", &again);
  run("compare adam.yaml sgd.yaml --seeds 3 --epochs 1 --out l", &second);
  run("compare adam.yaml sgd.yaml rms.yaml --seeds 3 --epochs 1 --out l", &third);
  run("compare adam.yaml sgd.yaml rms.yaml --seeds 3 --epochs 2 --out l --set "
      "metric.minimum_effect=0.1",
      &fourth);
  g_assert_nonnull(strstr(first, "Look 1: tested at 0.025"));
  g_assert_nonnull(strstr(again, "Look 1: tested at 0.025"));
  g_assert_nonnull(strstr(second, "Look 2: tested at 0.0125"));
  g_assert_null(strstr(second, "Exploratory"));
  g_assert_nonnull(strstr(third, "Look 3: tested at 0.00625"));
  g_assert_nonnull(
      strstr(third, "Exploratory: since the first look arm rms was added"));
}

/* what was analysed once keeps its look and its level; tiny effects are read back */
static void
test_going_back_is_no_look(void)
{
  static const struct {
    unsigned seeds;
    const char *says;
  } rows[] = {
    { 2, "Look 1: tested at 0.025" },   { 4, "Look 2: tested at 0.0125" },
    { 2, "Look 1: tested at 0.025" },   { 4, "Look 2: tested at 0.0125" },
    { 3, "Look 3: tested at 0.00625" }, { 2, "Look 1: tested at 0.025" },
  };

  write_configs();
  for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
    g_autofree char *line =
        g_strdup_printf("compare adam.yaml sgd.yaml --epochs 1 --out b --set "
                        "metric.minimum_effect=1e-8 --seeds %u",
                        rows[i].seeds);
    g_assert_cmpint(cli_run(&cli, line), ==, 0);
    assert_has(cli.out, rows[i].says);
    assert_lacks(cli.out, "Exploratory");
    g_assert_cmpint(cli_run(&cli, "report b --text"), ==, 0);
    assert_has(cli.out, rows[i].says);
  }
}

int
main(int argc, char **argv)
{
  g_test_init(&argc, &argv, NULL);
  cli_init(&cli);
  g_test_add_func("/resume/every-optimizer-to-the-byte", test_every_optimizer);
  g_test_add_func("/resume/a-diagnosed-run-to-the-byte", test_a_diagnosed_run);
  g_test_add_func("/resume/shadows-to-the-byte", test_shadows);
  g_test_add_func("/resume/comparison-killed-on-the-way", test_comparison);
  g_test_add_func("/resume/runs-only-what-is-new", test_only_what_is_new);
  g_test_add_func("/resume/looks-are-counted", test_looks);
  g_test_add_func("/resume/going-back-is-no-look", test_going_back_is_no_look);
  const int status = g_test_run();
  cli_clear(&cli);
  return status;
}
