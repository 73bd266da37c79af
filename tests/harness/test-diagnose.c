/* SPDX-License-Identifier: MIT */
/* `optreg compare --diagnose`: what it adds to the files, and what it says of runs that
 * are wrong on purpose. */
#include "comparing.h"

static Cli cli;

/* each is wrong in one way, and has a twin that is not */
static const struct {
  const char *name, *yaml, *rule, *part, *says; /* rule NULL: nothing is said */
} arms[] = {
  { "good", "optimizer: sgd\nlearning_rate: 0.1\nclipnorm: 100\n", NULL, NULL, NULL },
  { "clipped", "optimizer: sgd\nlearning_rate: 0.1\nclipnorm: 0.01\n", "all-clipped",
    "model", "clipped: clipping changed all gradients at 100 % of the records" },
  { "fixed",
    "optimizer: sgd\nlearning_rate: 0.1\ngroups:\n"
    "- {match: ['*bias'], learning_rate_multiplier: 0}\n",
    "no-update", "groups[0]", "fixed, groups[0] (*bias): no weight moved at 100 %" },
  { "moving",
    "optimizer: sgd\nlearning_rate: 0.1\ngroups:\n"
    "- {match: ['*bias'], learning_rate_multiplier: 1}\n",
    NULL, NULL, NULL },
  { "drowned", "optimizer: rmsprop\nlearning_rate: 10\nepsilon: 100\n",
    "epsilon-dominates", "model", "drowned: epsilon (100) outweighs the gradients" },
  { "adaptive", "optimizer: rmsprop\n", NULL, NULL, NULL },
  { "drowned-with-momentum", "optimizer: adam\nlearning_rate: 10\nepsilon: 100\n",
    "epsilon-dominates", "model", "drowned-with-momentum: epsilon (100) outweighs" },
  { "slow", "optimizer: sgd\nlearning_rate: 1e-7\n", "small-updates", "model",
    "slow: an update is " },
  { "leaping", "optimizer: sgd\nlearning_rate: 30\n", "large-updates", "model",
    "leaping: an update is " },
};

/* what it prints */
static char *
compare(const char *line)
{
  g_assert_cmpint(run(&cli, line), ==, 0);
  return g_strdup(cli.out);
}

/* words of a page, whatever its width */
static char *
unwrap(const char *text)
{
  g_auto(GStrv) lines = g_strsplit(text, "\n", -1);
  return g_strjoinv(" ", lines);
}

static JsonObject *
arm_of(JsonNode *results, guint index)
{
  return json_array_get_object_element(
      json_object_get_array_member(problem_of(results, 0), "arms"), index);
}

/* ---- rules ---- */

static char *
list_arms(void)
{
  GString *list = g_string_new(NULL);

  for (size_t i = 0; i < G_N_ELEMENTS(arms); i++) {
    g_autofree char *file = g_strconcat(arms[i].name, ".yaml", NULL);
    cli_write(&cli, file, arms[i].yaml);
    g_string_append_printf(list, "%s ", file);
  }
  return g_string_free(list, FALSE);
}

static void
check_findings(JsonObject *arm, size_t index)
{
  JsonObject *diagnostics = json_object_get_object_member(arm, "diagnostics");
  JsonArray *findings = json_object_get_array_member(diagnostics, "findings");

  if (arms[index].rule == NULL) {
    g_assert_cmpuint(json_array_get_length(findings), ==, 0);
    return;
  }
  g_assert_cmpuint(json_array_get_length(findings), >=, 1);
  JsonObject *finding = json_array_get_object_element(findings, 0);
  g_assert_cmpstr(json_object_get_string_member(finding, "rule"), ==, arms[index].rule);
  g_assert_cmpstr(json_object_get_string_member(finding, "part"), ==, arms[index].part);
  g_assert_true(g_str_has_prefix(json_object_get_string_member(finding, "sentence"),
                                 arms[index].says));
  g_assert_cmpuint(strlen(json_object_get_string_member(finding, "remedy")), >, 10);
}

static void
test_each_fault_is_named_and_its_twin_is_not(void)
{
  g_autofree char *files = list_arms();
  g_autofree char *line =
      g_strdup_printf("%s--diagnose --seeds 2 --epochs 5 --out wrong", files);
  g_autofree char *out = compare(line);
  g_autofree char *words = unwrap(out);
  g_autoptr(JsonNode) results = read_json(&cli, "wrong/results.json");

  for (guint i = 0; i < G_N_ELEMENTS(arms); i++) {
    g_test_message("%s", arms[i].name);
    check_findings(arm_of(results, i), i);
    g_assert_true(arms[i].says == NULL || strstr(words, arms[i].says) != NULL);
  }
}

/* "flat" has no slope anywhere, "sound" has one */
static void
test_a_gradient_that_is_always_0_is_named(void)
{
  static const char *const problems[] = { "flat", "sound" };

  cli_write(&cli, "sgd.yaml", "optimizer: sgd\n");
  for (size_t i = 0; i < G_N_ELEMENTS(problems); i++) {
    g_autofree char *line = g_strdup_printf(
        "sgd.yaml --diagnose --seeds 1 --epochs 5 --out %s --problem %s "
        "--problem-file %s/%s.so",
        problems[i], problems[i], g_getenv("OPTREG_TEST_PROBLEMS"), problems[i]);
    g_autofree char *out = compare(line);
    g_autofree char *words = unwrap(out);
    g_assert_cmpint(strstr(words, "sgd: every gradient was 0 at 100 %") != NULL, ==,
                    i == 0);
  }
}

/* ---- files ---- */

static void
test_curves_are_over_the_records(void)
{
  g_autofree char *files G_GNUC_UNUSED = list_arms();
  g_autofree char *out G_GNUC_UNUSED =
      compare("moving.yaml good.yaml --diagnose --seeds 3 --epochs 4 --out curves");
  g_autoptr(JsonNode) results = read_json(&cli, "curves/results.json");
  JsonObject *diagnostics =
      json_object_get_object_member(arm_of(results, 0), "diagnostics");
  JsonArray *parts = json_object_get_array_member(diagnostics, "parts");
  JsonObject *model = json_array_get_object_element(parts, 0);
  JsonObject *norm = json_object_get_object_member(model, "gradient_norm");

  g_assert_cmpuint(json_array_get_length(parts), ==, 3);
  g_assert_cmpuint(
      json_array_get_length(json_object_get_array_member(diagnostics, "batches")), ==,
      5);
  for (guint i = 0; i < 5; i++) {
    JsonArray *runs = json_object_get_array_member(diagnostics, "runs");
    g_assert_cmpint(json_array_get_int_element(runs, i), ==, 3);
  }
  /* before training nothing has been looked at */
  JsonArray *mean = json_object_get_array_member(norm, "mean");
  g_assert_true(json_array_get_null_element(mean, 0));
  for (guint i = 1; i < 5; i++) {
    const double low =
        json_array_get_double_element(json_object_get_array_member(norm, "low"), i);
    const double high =
        json_array_get_double_element(json_object_get_array_member(norm, "high"), i);
    g_assert_cmpfloat(low, >, 0.0);
    g_assert_cmpfloat(low, <, json_array_get_double_element(mean, i));
    g_assert_cmpfloat(high, >, json_array_get_double_element(mean, i));
  }
  g_autofree char *csv = cli_read(&cli, "curves/results.csv");
  g_assert_nonnull(strstr(csv, ",diagnostics,model/gradient_norm,0."));
  g_assert_nonnull(strstr(csv, ",diagnostics,groups[0]/update_ratio,"));
  g_assert_nonnull(strstr(csv, ",diagnostics,loss_scale,1\n"));
}

/* the log without what the diagnostics add and what the clock says */
static char *
strip(const char *name)
{
  g_autofree char *text = cli_read(&cli, name);
  g_auto(GStrv) lines = g_strsplit(text, "\n", -1);
  GString *log = g_string_new(NULL);

  for (size_t i = 0; lines[i][0] != '\0'; i++) {
    g_autoptr(JsonNode) node = json_from_string(lines[i], NULL);
    JsonObject *object = json_node_get_object(node);
    json_object_remove_member(object, "diagnostics");
    json_object_remove_member(object, "clock");
    if (json_object_has_member(object, "final")) {
      json_object_remove_member(json_object_get_object_member(object, "final"),
                                "clock");
    }
    g_autofree char *line = json_to_string(node, FALSE);
    g_string_append_printf(log, "%s\n", line);
  }
  return g_string_free(log, FALSE);
}

/* asked for later, the runs are trained again with the same result; no longer asked
 * for, they are used as they are */
static void
test_looking_changes_no_result(void)
{
  static const char plain[] = "adaptive.yaml good.yaml --seeds 1 --epochs 2 --out same";
  static const char diagnosed[] =
      "adaptive.yaml good.yaml --seeds 1 --epochs 2 --out same --diagnose";
  g_autofree char *files G_GNUC_UNUSED = list_arms();
  g_autofree char *first G_GNUC_UNUSED = compare(plain);
  g_autofree char *before = cli_read(&cli, "same/log.jsonl");
  g_autofree char *without = strip("same/log.jsonl");
  g_autofree char *second = compare(diagnosed);
  g_autofree char *after = cli_read(&cli, "same/log.jsonl");
  g_autofree char *with = strip("same/log.jsonl");

  g_assert_null(strstr(before, "diagnostics"));
  g_assert_nonnull(strstr(after, "\"diagnostics\":{\"looks\":"));
  g_assert_cmpstr(without, ==, with);
  g_assert_nonnull(strstr(second, "Look 1: "));
  g_autofree char *third G_GNUC_UNUSED = compare(plain);
  g_autofree char *kept = cli_read(&cli, "same/log.jsonl");
  g_assert_cmpstr(kept, ==, after);
}

/* options and effects far from 1 are in every record, and come back */
static void
test_tiny_and_huge_numbers_lose_no_run(void)
{
  static const char *const options[] = { "epsilon: 1e-8", "epsilon: 1e-10",
                                         "learning_rate: 1e-18", "clipnorm: 1e18" };

  for (size_t i = 0; i < G_N_ELEMENTS(options); i++) {
    g_autofree char *yaml = g_strdup_printf("optimizer: adam\n%s\n", options[i]);
    g_autofree char *line = g_strdup_printf(
        "far.yaml --problem quadratic --epochs 1 --seeds 2 --diagnose --out far-%zu "
        "--set metric.minimum_effect=1e-8",
        i);
    cli_write(&cli, "far.yaml", yaml);
    g_assert_cmpint(run(&cli, line), ==, 0);
    g_autofree char *name = g_strdup_printf("far-%zu/results.json", i);
    g_autoptr(JsonNode) results = read_json(&cli, name);
    JsonArray *runs = json_object_get_array_member(arm_of(results, 0), "runs");
    for (guint k = 0; k < 2; k++) {
      g_assert_cmpstr(json_object_get_string_member(
                          json_array_get_object_element(runs, k), "status"),
                      ==, "finished");
    }
  }
}

int
main(int argc, char **argv)
{
  g_test_init(&argc, &argv, NULL);
  cli_init(&cli);
  g_test_add_func("/diagnose/faults", test_each_fault_is_named_and_its_twin_is_not);
  g_test_add_func("/diagnose/no-gradient", test_a_gradient_that_is_always_0_is_named);
  g_test_add_func("/diagnose/curves", test_curves_are_over_the_records);
  g_test_add_func("/diagnose/same-result", test_looking_changes_no_result);
  g_test_add_func("/diagnose/far-numbers", test_tiny_and_huge_numbers_lose_no_run);
  const int status = g_test_run();
  cli_clear(&cli);
  return status;
}
