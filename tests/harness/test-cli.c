/* SPDX-License-Identifier: MIT */
/* The executable from outside: what it prints, what it writes, how it exits. */
#include "comparing.h"

#include <sys/stat.h>

#include <signal.h>

static void
test_help(Fixture *fixture, const void *unused)
{
  static const struct {
    const char *line, *part;
  } cases[] = {
    { "--help", "usage: optreg VERB" },
    { "-h", "130 interrupted" },
    { "list --help", "usage: optreg list [OPTION...]" },
    { "info --help", "usage: optreg info [OPTION...] NAME" },
    { "config -h", "usage: optreg config [OPTION...] FILE" },
    { "compare --help", "usage: optreg compare [OPTION...] EXPERIMENT|CONFIG..." },
    { "compare --help", "--batch-size=N" },
    { "--version", "optreg " OPTREG_VERSION "\n" },
  };

  (void)unused;
  for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
    g_assert_cmpint(cli_run(fixture, cases[i].line), ==, 0);
    assert_has(fixture->out, cases[i].part);
    g_assert_cmpstr(fixture->err, ==, "");
  }
}

static void
test_usage(Fixture *fixture, const void *unused)
{
  static const struct {
    const char *line, *message;
  } cases[] = {
    { "comapre", "optreg: no verb is called 'comapre'; did you mean 'compare'?" },
    { "info", "optreg: info needs NAME; try 'optreg info --help'" },
    { "info sgd adadelta", "optreg: info: one argument too many: 'adadelta'" },
    { "list --colour", "optreg: list: Unknown option --colour" },
    { "info adadelt", "adadelta" },
    { "config missing.yaml", "missing.yaml" },
    { "config sgd.yaml --problem digit-mlp", "did you mean 'digits-mlp'?" },
    { "compare", "optreg: compare needs EXPERIMENT|CONFIG..." },
    { "compare sgd.yaml --seeds 0", "--seeds must be in 1..10000, not 0" },
    { "compare sgd.yaml --epochs 0", "--epochs must be in 1..1000000, not 0" },
    { "compare sgd.yaml --batch-size -1",
      "--batch-size must be in 1..1048576, not -1" },
    { "compare sgd.yaml --seeds ten", "--seeds: 'ten' is not a whole number" },
    { "compare sgd.yaml --seeds 0x10", "--seeds: '0x10' is not a whole number" },
    { "compare sgd.yaml --seeds=", "--seeds: '' is not a whole number" },
    { "compare sgd.yaml --seeds -2147483648",
      "--seeds: '-2147483648' is out of range" },
    { "compare sgd.yaml --jobs 0", "--jobs must be in 1..1024, not 0" },
    { "compare sgd.yaml --trials 0", "--trials must be in 1..10000, not 0" },
    { "compare sgd.yaml --checkpoint -1", "--checkpoint must be 0 seconds or more" },
    { "compare sgd.yaml --checkpoint nan", "--checkpoint: 'nan' is not a number" },
    { "compare sgd.yaml --checkpoint 1e999", "--checkpoint: '1e999' is not a number" },
    { "compare sgd.yaml --checkpoint 1s", "--checkpoint: '1s' is not a number" },
    { "compare sgd.yaml --out=", "--out is empty" },
    { "compare sgd.yaml --problem=", "--problem is empty" },
    { "compare sgd.yaml -P ", "--plugin-dir is empty" },
    { "compare sgd.yaml ", "an argument is empty" },
    { "config sgd.yaml --problem-file=", "--problem-file is empty" },
    { "config sgd.yaml --plot-schedule a.svg --steps 0",
      "--steps must be in 1..10000000" },
    { "list -P ", "--plugin-dir is empty" },
    { "list --plugin-dir=", "--plugin-dir is empty" },
    { "check a.so --limit 0", "--limit must be in 1..600, not 0" },
    { "new --dir= mine", "--dir is empty" },
    { "state ", "an argument is empty" },
    { "compare sgd.yaml -s0", "--seeds must be in 1..10000, not 0" },
    { "compare sgd.yaml -e 1 -b-1", "--batch-size must be in 1..1048576, not -1" },
    { "compare sgd.yaml -ns0", "--seeds must be in 1..10000, not 0" },
    { "compare sgd.yaml -xs0", "Unknown option -xs0" },
    { "compare -- -s0", "-s0" },
    { "compare sgd.yaml ./sgd.yaml", "two arms are called 'sgd'" },
    { "compare a/b=sgd.yaml", "a/b=sgd.yaml" },
    { "compare sgd.yaml missing.yaml", "missing.yaml" },
    { "compare sgd.yaml --out .", ". is there and neither an empty folder" },
  };

  (void)unused;
  for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
    g_assert_cmpint(cli_run(fixture, cases[i].line), ==, 2);
    assert_has(fixture->err, cases[i].message);
    g_assert_cmpstr(fixture->out, ==, "");
  }
  g_assert_cmpint(cli_run(fixture, ""), ==, 2);
  g_assert_false(cli_has(fixture, "optreg-compare"));
}

static void
test_list(Fixture *fixture, const void *unused)
{
  (void)unused;
  g_assert_cmpint(cli_run(fixture, "list"), ==, 0);
  assert_has(fixture->out, "\nadadelta  1.0.0    a step per element");
  assert_has(fixture->out, "\nsgd       1.0.0    stochastic gradient descent");
}

static void
test_list_shows_broken(Fixture *fixture, const void *unused)
{
  (void)unused;
  cli_write(fixture, "broken.so", "not a library");
  g_assert_cmpint(cli_run(fixture, "list --plugin-dir ."), ==, 1);
  assert_has(fixture->out, "\nadadelta  1.0.0 ");
  assert_has(fixture->out, "\nbroken    -        cannot be used: ");
  assert_has(fixture->out, "\nsgd       1.0.0 ");
}

static void
test_info(Fixture *fixture, const void *unused)
{
  (void)unused;
  g_assert_cmpint(cli_run(fixture, "info adadelta"), ==, 0);
  assert_has(fixture->out, "\nrho             real     0.95  [0, 1] ");
  assert_has(fixture->out, "\naccumulated_delta_var  element   zero ");
  assert_has(fixture->out, "baseline");
  assert_has(fixture->out, "uses it");
}

/* a copy in a folder of the user's, before the one of the build */
static void
test_hidden_plugin(Fixture *fixture, const void *unused)
{
  g_autofree char *shipped =
      g_build_filename(g_getenv("OPTREG_TEST_PLUGINS"), "sgd.so", NULL);
  g_autofree char *bytes = NULL;
  gsize length = 0;

  (void)unused;
  g_assert_true(g_file_get_contents(shipped, &bytes, &length, NULL));
  g_autofree char *own = g_build_filename(fixture->folder, "sgd.so", NULL);
  g_assert_true(g_file_set_contents(own, bytes, (gssize)length, NULL));
  g_assert_cmpint(cli_run(fixture, "info sgd -P ."), ==, 0);
  g_autofree char *fact = g_strconcat("\n  hides      ", shipped, "\n", NULL);
  assert_has(fixture->out, fact);
  g_assert_cmpint(cli_run(fixture, "list -P ."), ==, 0);
  assert_has(fixture->out, "which hides");
  g_assert_cmpint(cli_run(fixture, "list"), ==, 0);
  g_assert_null(strstr(fixture->out, "hides"));
}

static void
test_info_of_shapes(Fixture *fixture, const void *unused)
{
  const char *folder = g_getenv("OPTREG_TEST_TEST_PLUGINS");
  g_autofree char *shampoo = g_strdup_printf("info test_shampoo -P %s", folder);
  g_autofree char *adafactor = g_strdup_printf("info test_adafactor -P %s", folder);
  g_autofree char *phases = g_strdup_printf("info test_phases -P %s", folder);

  (void)unused;
  g_assert_cmpint(cli_run(fixture, shampoo), ==, 0);
  assert_has(fixture->out, "\nslot   of a vector  of a matrix        starts as");
  assert_has(fixture->out, "\nleft   -            rows x rows ");
  assert_has(fixture->out, "\nright  -            columns x columns ");
  assert_has(fixture->out, "\ncount  one number   one number ");
  assert_has(fixture->out, "\nvariant  works on  meaning\n");
  assert_has(fixture->out, "\nflat     tensor    other ranks: plain descent\n");
  g_assert_cmpint(cli_run(fixture, adafactor), ==, 0);
  assert_has(fixture->out, "\nr         -                    rows ");
  assert_has(fixture->out, "\nc         -                    columns ");
  assert_has(fixture->out, "\nvelocity  element              - ");
  assert_has(fixture->out, "\nupdate    scratch              scratch ");
  assert_has(fixture->out, "\nrms       one for each tensor  one for each tensor ");
  g_assert_cmpint(cli_run(fixture, phases), ==, 0);
  assert_has(fixture->out, "\nreduction    for each  is a  phase  meaning\n");
  assert_has(fixture->out, "\nlargest      model     max       0  largest gradient");
  assert_has(fixture->out, "\nall_squares  model     sum       1  the same");
}

/* whose each group is stands there where they differ */
static void
test_config_of_two_optimizers(Fixture *fixture, const void *unused)
{
  (void)unused;
  cli_write(fixture, "two.yaml",
            "optimizer: sgd\nlearning_rate: 0.05\n"
            "groups:\n- {match: '*/bias', optimizer: adam}\n");
  g_assert_cmpint(cli_run(fixture, "config two.yaml"), ==, 0);
  assert_has(fixture->out, "\ngroups[0] optimizer          adam   two.yaml:4:");
  assert_has(fixture->out, "\ngroups[0] beta_1             0.9    default of adam\n");
  assert_has(fixture->out, "\ngroups[0]: adam  */bias          0.001");
  assert_has(fixture->out, "\ndefault: sgd                      0.05");
  assert_has(fixture->out, "sgd and adam\n");
}

static void
test_config(Fixture *fixture, const void *unused)
{
  (void)unused;
  cli_write(fixture, "full.yaml",
            "optimizer: adadelta\nweight_decay: 0.004\nglobal_clipnorm: 1.0\n"
            "use_ema: true\ngroups:\n  - match: ['*/bias']\n    weight_decay: 0\n");
  g_assert_cmpint(cli_run(fixture, "config full.yaml"), ==, 0);
  assert_has(fixture->out, "full.yaml on digits-mlp\n");
  assert_has(fixture->out, "full.yaml:2:15\n");
  assert_has(fixture->out, "default of adadelta\n");
  assert_has(fixture->out, "dense_1/bias [32], dense_2/bias [10]\n");
  assert_has(fixture->out, "dense_1/kernel [64, 32], dense_2/kernel [32, 10]\n");
  assert_has(fixture->out, "adadelta, ema\n");
  assert_has(fixture->out, "12.0 bytes for each of the 2,410 parameters");
}

static void
test_config_errors(Fixture *fixture, const void *unused)
{
  static const struct {
    const char *text, *messages[3];
  } cases[] = {
    { "optimizer: adadelta\nrho: 1.5\n", { "bad.yaml:2:6: ", "rho", "[0, 1]" } },
    { "optimizer: adadelta\nrhoo: 0.9\n", { "bad.yaml:2:1: ", "rhoo", "rho" } },
    { "optimizer: adadelt\n", { "adadelt", "adadelta", "plugins" } },
  };

  (void)unused;
  for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
    static const char *const verbs[] = { "config bad.yaml", "compare bad.yaml" };
    cli_write(fixture, "bad.yaml", cases[i].text);
    for (size_t v = 0; v < G_N_ELEMENTS(verbs); v++) {
      g_assert_cmpint(cli_run(fixture, verbs[v]), ==, 2);
      for (size_t m = 0; m < 3; m++) {
        assert_has(fixture->err, cases[i].messages[m]);
      }
    }
  }
  g_assert_false(cli_has(fixture, "optreg-compare"));
}

static JsonObject *
arm_of(JsonNode *results, guint arm)
{
  JsonArray *arms = json_object_get_array_member(problem_of(results, 0), "arms");
  return json_array_get_object_element(arms, arm);
}

static JsonObject *
pair_of(JsonNode *results, guint pair)
{
  JsonArray *pairs = json_object_get_array_member(problem_of(results, 0), "pairs");
  return json_array_get_object_element(pairs, pair);
}

static JsonObject *
run_of(JsonNode *results, guint arm, guint index)
{
  JsonArray *runs = json_object_get_array_member(arm_of(results, arm), "runs");
  return json_array_get_object_element(runs, index);
}

static double
test_accuracy_of(JsonObject *run)
{
  return json_object_get_double_member(json_object_get_object_member(run, "test"),
                                       "accuracy");
}

static double
training_loss_of(JsonObject *run)
{
  return json_object_get_double_member(json_object_get_object_member(run, "training"),
                                       "loss");
}

static void
test_compare(Fixture *fixture, const void *unused)
{
  (void)unused;
  g_assert_cmpint(
      cli_run(fixture,
              "compare adadelta.yaml plain=sgd.yaml --seeds 2 --epochs 2 --jobs 2"),
      ==, 0);
  assert_has(fixture->out,
             "2 epochs, batch size 32, 2 seeds; decided by test accuracy, "
             "minimum effect 0.50 pp\n");
  assert_has(fixture->out, "\nadadelta  ");
  assert_has(fixture->out, "\nplain     ");
  assert_has(fixture->out,
             "\nplain against adadelta: no verdict (needs at least 7 seeds): ");
  assert_has(fixture->err, "writing to optreg-compare\n");
  assert_has(fixture->err, "[4/4] ");

  g_autoptr(JsonNode) results = read_json(fixture, "optreg-compare/results.json");
  JsonObject *root = json_node_get_object(results);
  JsonObject *problem = problem_of(results, 0);
  g_assert_cmpstr(json_object_get_string_member(root, "optreg"), ==, OPTREG_VERSION);
  g_assert_cmpstr(json_object_get_string_member(problem, "problem"), ==, "digits-mlp");
  g_assert_cmpfloat(json_object_get_double_member(
                        json_object_get_object_member(problem, "budget"), "epochs"),
                    ==, 2.0);
  g_assert_cmpint(json_object_get_int_member(problem, "batch_size"), ==, 32);
  g_assert_cmpstr(json_object_get_string_member(arm_of(results, 1), "name"), ==,
                  "plain");
  g_assert_cmpstr(json_object_get_string_member(arm_of(results, 1), "config"), ==,
                  "sgd.yaml");
  JsonObject *last = run_of(results, 0, 1);
  g_assert_cmpint(json_object_get_int_member(last, "seed"), ==, 2);
  g_assert_cmpint(json_object_get_int_member(last, "steps"), ==, 80);
  g_assert_cmpint(json_object_get_int_member(last, "state_bytes"), ==, 2 * 4 * 2410);
  g_assert_cmpfloat(training_loss_of(last), >, 0.0);
  g_assert_cmpfloat(test_accuracy_of(last), >, 0.5);
  g_assert_cmpfloat(json_object_get_double_member(last, "optimizer_ms_per_step"), >,
                    0.0);
  g_assert_cmpfloat(json_object_get_double_member(last, "model_ms_per_step"), >, 0.0);
  g_assert_cmpstr(json_object_get_string_member(pair_of(results, 0), "verdict"), ==,
                  "none");
}

/* the one file of a folder that begins and ends like this, as text */
static char *
read_like(const Fixture *fixture, const char *folder, const char *prefix,
          const char *suffix)
{
  g_autofree char *path = g_build_filename(fixture->folder, folder, NULL);
  g_autoptr(GDir) directory = g_dir_open(path, 0, NULL);
  char *text = NULL;

  g_assert_nonnull(directory);
  for (const char *name; (name = g_dir_read_name(directory)) != NULL;) {
    if (g_str_has_prefix(name, prefix) && g_str_has_suffix(name, suffix)) {
      g_autofree char *file = g_build_filename(folder, name, NULL);
      g_assert_null(text);
      text = cli_read(fixture, file);
    }
  }
  g_assert_nonnull(text);
  return text;
}

static void
check_log(const Fixture *fixture, const char *arm, int seed, GString *all)
{
  g_autofree char *folder = g_strdup_printf("a/b/runs/digits-mlp/%s", arm);
  g_autofree char *prefix = g_strdup_printf("%d-", seed);
  g_autofree char *text = read_like(fixture, folder, prefix, ".jsonl");
  g_auto(GStrv) lines = g_strsplit(text, "\n", -1);

  g_string_append(all, text);
  g_assert_cmpuint(g_strv_length(lines), ==, 5);
  for (int e = 0; e < 4; e++) {
    g_autoptr(JsonNode) node = json_from_string(lines[e], NULL);
    JsonObject *record = json_node_get_object(node);
    g_assert_cmpstr(json_object_get_string_member(record, "arm"), ==, arm);
    g_assert_cmpint(json_object_get_int_member(record, "seed"), ==, seed);
    g_assert_cmpfloat(json_object_get_double_member(record, "epoch"), ==, e);
    g_assert_cmpint(json_object_get_int_member(record, "step"), ==, 40 * e);
    g_assert_true(json_object_has_member(record, "final") == (e == 3));
  }
}

static void
test_compare_logs(Fixture *fixture, const void *unused)
{
  g_autoptr(GString) all = g_string_new(NULL);

  (void)unused;
  g_assert_cmpint(
      cli_run(fixture, "compare adadelta.yaml sgd.yaml --seeds 2 --epochs 3 --out a/b"),
      ==, 0);
  /* in the order of the plan: seed by seed */
  check_log(fixture, "adadelta", 1, all);
  check_log(fixture, "sgd", 1, all);
  check_log(fixture, "adadelta", 2, all);
  check_log(fixture, "sgd", 2, all);
  g_autofree char *log = cli_read(fixture, "a/b/log.jsonl");
  g_autofree char *config = cli_read(fixture, "a/b/configs/sgd.yaml");
  g_autofree char *csv = cli_read(fixture, "a/b/results.csv");
  g_autofree char *html = cli_read(fixture, "a/b/report.html");
  g_assert_cmpstr(log, ==, all->str);
  g_assert_cmpstr(config, ==, "optimizer: sgd\nlearning_rate: 0.1\n");
  assert_has(csv,
             "experiment,problem,arm,purpose,trial,seed,batches,step,epoch,clock_s,"
             "split,metric,value\n");
  assert_has(csv, "\n,digits-mlp,sgd,evaluation,0,2,120,120,3,");
  assert_has(html, "default-src &apos;none&apos;");
  assert_has(html, "<p class=\"verdict none\">no verdict</p>");
}

/* the same files whatever runs at the same time: the clock is the only difference */
static void
test_compare_repeats(Fixture *fixture, const void *unused)
{
  (void)unused;
  g_assert_cmpint(
      cli_run(fixture, "compare adadelta.yaml --seeds 3 --epochs 2 --jobs 1 --out a"),
      ==, 0);
  g_assert_cmpint(
      cli_run(fixture, "compare adadelta.yaml --seeds 3 --epochs 2 --jobs 3 --out b"),
      ==, 0);
  g_autoptr(JsonNode) a = read_json(fixture, "a/results.json");
  g_autoptr(JsonNode) b = read_json(fixture, "b/results.json");
  for (guint i = 0; i < 3; i++) {
    g_assert_cmpstr(json_object_get_string_member(run_of(a, 0, i), "weights"), ==,
                    json_object_get_string_member(run_of(b, 0, i), "weights"));
  }
  g_assert_cmpstr(json_object_get_string_member(run_of(a, 0, 0), "weights"), !=,
                  json_object_get_string_member(run_of(a, 0, 1), "weights"));
}

static void
test_compare_diverged(Fixture *fixture, const void *unused)
{
  (void)unused;
  g_assert_cmpint(cli_run(fixture, "compare sgd.yaml wild.yaml --seeds 8 --epochs 5"),
                  ==, 0);
  assert_has(fixture->out, "wild: diverged in 8 of 8 runs, which score 0.00 %");
  assert_has(fixture->out, "\nwild is worse than sgd at these settings (untuned): -");
  g_autoptr(JsonNode) results = read_json(fixture, "optreg-compare/results.json");
  JsonObject *lost = run_of(results, 1, 0);
  g_assert_cmpstr(json_object_get_string_member(lost, "status"), ==, "diverged");
  g_assert_cmpstr(json_object_get_string_member(lost, "reason"), !=, "");
  g_assert_true(json_object_get_null_member(
      json_object_get_object_member(lost, "training"), "loss"));
  g_assert_cmpfloat(json_object_get_double_member(lost, "score"), ==, 0.0);
  g_assert_cmpstr(json_object_get_string_member(pair_of(results, 0), "verdict"), ==,
                  "worse");
}

static void
test_compare_crash(Fixture *fixture, const void *unused)
{
  static const struct {
    const char *line, *reason;
  } cases[] = {
    { "compare sgd.yaml arm=aborts.yaml --seeds 2 --epochs 2 --out a --plugin-dir "
      "@moody",
      "killed by signal 6 (Aborted)" },
    { "compare sgd.yaml arm=fails.yaml --seeds 2 --epochs 2 --out b --plugin-dir "
      "@moody",
      "moody" },
  };

  (void)unused;
  for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
    g_assert_cmpint(cli_run(fixture, cases[i].line), ==, 5);
    assert_has(fixture->out, "\narm: lost with seed 1, 2: ");
    assert_has(fixture->out,
               "\narm against sgd: there is no seed that both completed\n");
    assert_has(fixture->out, cases[i].reason);
    assert_has(fixture->err, "arm seed 2: lost: ");
    g_autofree char *name = g_strdup_printf("%s/results.json", i == 0 ? "a" : "b");
    g_autoptr(JsonNode) results = read_json(fixture, name);
    g_assert_cmpstr(json_object_get_string_member(run_of(results, 0, 1), "status"), ==,
                    "finished");
    g_assert_cmpstr(json_object_get_string_member(run_of(results, 1, 0), "status"), ==,
                    "lost");
    g_assert_false(json_object_has_member(run_of(results, 1, 0), "score"));
    assert_has(json_object_get_string_member(run_of(results, 1, 0), "reason"),
               cases[i].reason);
  }
}

/* with several problems steps are timed beforehand; where that fails, the arm loses its
 * runs and the others keep theirs */
static void
test_compare_crash_on_two_problems(Fixture *fixture, const void *unused)
{
  static const char *const moods[] = { "aborts", "fails" };

  (void)unused;
  for (size_t i = 0; i < G_N_ELEMENTS(moods); i++) {
    g_autofree char *text = g_strdup_printf(
        "problems: {digits-mlp: {}, logreg-cancer: {}}\nbudget: {epochs: 2}\n"
        "seeds: 1\narms:\n  sgd: {optimizer: sgd}\n"
        "  arm: {optimizer: moody, mood: %s}\nout: %s\n",
        moods[i], moods[i]);
    cli_write(fixture, "two.yaml", text);
    g_assert_cmpint(cli_run(fixture, "compare two.yaml --plugin-dir @moody"), ==, 5);
    assert_has(fixture->err, "incomplete: 2 of 4 runs are lost");
    assert_has(fixture->out, "\narm: lost with seed 1: ");
  }
  g_assert_cmpint(cli_run(fixture, "compare two.yaml --plugin-dir @moody --dry-run"),
                  ==, 0);
  assert_has(fixture->out, "\n4 runs, ");
}

/* waits for the first plain line of progress, so that a run is under way */
static void
test_compare_interrupted(Fixture *fixture, const void *unused)
{
  (void)unused;
  g_autoptr(GSubprocess) process =
      cli_spawn(fixture, "compare short=sgd.yaml --seeds 1000 --epochs 5 --jobs 2");
  g_autoptr(GDataInputStream)
      lines = g_data_input_stream_new(g_subprocess_get_stderr_pipe(process));
  g_autofree char *first = g_data_input_stream_read_line(lines, NULL, NULL, NULL);
  g_autofree char *second = g_data_input_stream_read_line(lines, NULL, NULL, NULL);

  assert_has(first, "writing to optreg-compare");
  assert_has(second, "[1/1000] short seed ");
  g_subprocess_send_signal(process, SIGINT);
  /* the end of stderr is the end of everybody who could write there */
  g_autofree char *last = NULL;
  for (char *line;
       (line = g_data_input_stream_read_line(lines, NULL, NULL, NULL)) != NULL;) {
    g_free(last);
    last = line;
  }
  g_assert_true(g_subprocess_wait(process, NULL, NULL));
  g_assert_cmpint(g_subprocess_get_exit_status(process), ==, 130);
  assert_has(last, "interrupted");
  g_autoptr(JsonNode) results = read_json(fixture, "optreg-compare/results.json");
  g_assert_false(
      json_object_get_boolean_member(json_node_get_object(results), "is_complete"));
  /* one of the first two, whichever was faster */
  const char *first_status =
      json_object_get_string_member(run_of(results, 0, 0), "status");
  const char *second_status =
      json_object_get_string_member(run_of(results, 0, 1), "status");
  g_assert_true(g_str_equal(first_status, "finished")
                || g_str_equal(second_status, "finished"));
}

/* what Zeiler's settings reach on the digits; about two seconds */
static void
test_accuracy(Fixture *fixture, const void *unused)
{
  double sum = 0.0;

  (void)unused;
  g_autofree char *config = NULL;
  g_autofree char *path =
      g_build_filename(g_getenv("OPTREG_TEST_CONFIGS"), "adadelta-paper.yaml", NULL);
  g_assert_true(g_file_get_contents(path, &config, NULL, NULL));
  cli_write(fixture, "paper.yaml", config);
  g_assert_cmpint(cli_run(fixture, "compare paper.yaml --seeds 5"), ==, 0);
  g_autoptr(JsonNode) results = read_json(fixture, "optreg-compare/results.json");
  for (guint i = 0; i < 5; i++) {
    const double accuracy = test_accuracy_of(run_of(results, 0, i));
    g_assert_cmpfloat(accuracy, >=, 0.94);
    sum += accuracy;
  }
  g_assert_cmpfloat(sum / 5.0, >=, 0.95);
}

typedef void (*FixtureTest)(Fixture *fixture, const void *unused);

/* neither the pipe nor what waits at its other end is harmed */
static void
test_a_plot_replaces_files_only(Fixture *fixture, const void *unused)
{
  g_autofree char *pipe = cli_path(fixture, "p.svg");
  struct stat status;

  (void)unused;
  cli_write(fixture, "scheduled.yaml",
            "optimizer: sgd\nlearning_rate: {schedule: linear, initial_value: 1, "
            "end_value: 0, steps: 50%}\n");
  g_assert_cmpint(mkfifo(pipe, 0600), ==, 0);
  g_assert_cmpint(cli_run(fixture, "config scheduled.yaml --plot-schedule p.svg"), ==,
                  1);
  assert_has(fixture->err,
             "p.svg: is a named pipe, not a regular file; name another file\n");
  g_assert_cmpint(stat(pipe, &status), ==, 0);
  g_assert_true(S_ISFIFO(status.st_mode));
}

int
main(int argc, char **argv)
{
  static const struct {
    const char *path;
    FixtureTest run;
  } tests[] = {
    { "/cli/help", test_help },
    { "/cli/usage/exits-2", test_usage },
    { "/cli/list", test_list },
    { "/cli/config/plot/replaces-files-only", test_a_plot_replaces_files_only },
    { "/cli/hidden-plugin", test_hidden_plugin },
    { "/cli/info/shapes-reductions-variants", test_info_of_shapes },
    { "/cli/list/broken-plugin-exits-1", test_list_shows_broken },
    { "/cli/info", test_info },
    { "/cli/config", test_config },
    { "/cli/config/errors-exit-2", test_config_errors },
    { "/cli/config/of-two-optimizers", test_config_of_two_optimizers },
    { "/cli/compare/results", test_compare },
    { "/cli/compare/logs", test_compare_logs },
    { "/cli/compare/jobs-change-no-bit", test_compare_repeats },
    { "/cli/compare/divergence-is-a-result", test_compare_diverged },
    { "/cli/compare/crash-loses-its-runs-only", test_compare_crash },
    { "/cli/compare/crash-loses-its-runs-only-on-two-problems",
      test_compare_crash_on_two_problems },
    { "/cli/compare/interrupt-exits-130", test_compare_interrupted },
    { "/cli/compare/adadelta-reaches-95-percent", test_accuracy },
  };

  g_test_init(&argc, &argv, NULL);
  for (size_t i = 0; i < G_N_ELEMENTS(tests); i++) {
    g_test_add(tests[i].path, Fixture, NULL, set_up, tests[i].run, tear_down);
  }
  return g_test_run();
}
