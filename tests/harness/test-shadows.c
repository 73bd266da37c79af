/* SPDX-License-Identifier: MIT */
/* optreg compare --shadow: the other arms on the gradients of the first one. */
#include "comparing.h"

/* ---- what it says ---- */

static JsonObject *
candidate_of(JsonNode *results, guint index)
{
  JsonObject *shadow = json_object_get_object_member(problem_of(results, 0), "shadow");
  return json_array_get_object_element(
      json_object_get_array_member(shadow, "candidates"), index);
}

/* sgd.yaml, and twice as fast: 0.5 of its updates, to the rounding of the weights */
static void
test_learning_rates(Fixture *fixture, const void *unused)
{
  (void)unused;
  cli_write(fixture, "fast.yaml", "optimizer: sgd\nlearning_rate: 0.2\n");
  g_assert_cmpint(
      run(fixture,
          "fast.yaml sgd.yaml adam.yaml --shadow --seeds 2 --epochs 1 --out o"),
      ==, 0);
  assert_has(fixture->out, "\nBeside fast, on its gradients");
  assert_has(fixture->out,
             "\nsgd         1.000     0.5 [0.5, 0.5]      learning_rate x 2");
  g_autoptr(JsonNode) results = read_json(fixture, "o/results.json");
  JsonObject *sgd = candidate_of(results, 0);
  g_assert_cmpstr(json_object_get_string_member(sgd, "candidate"), ==, "sgd");
  g_assert_cmpint(json_object_get_int_member(sgd, "seeds"), ==, 2);
  g_assert_cmpfloat_with_epsilon(
      json_object_get_double_member(sgd, "learning_rate_factor"), 2.0, 1e-3);
  g_assert_cmpfloat_with_epsilon(
      json_object_get_double_member(sgd, "predicted_decrease_ratio"), 0.5, 1e-3);
  g_assert_cmpfloat(json_object_get_double_member(sgd, "time_ratio"), >, 0.0);
  JsonArray *runs = json_object_get_array_member(sgd, "runs");
  g_assert_cmpuint(json_array_get_length(runs), ==, 2);
  g_assert_cmpint(
      json_object_get_int_member(json_array_get_object_element(runs, 1), "steps"), ==,
      40);
  g_assert_cmpfloat(
      json_object_get_double_member(candidate_of(results, 1), "cosine_mean"), <, 0.99);
}

static void
test_an_equal_arm(Fixture *fixture, const void *unused)
{
  (void)unused;
  g_assert_cmpint(run(fixture, "a=adadelta.yaml b=adadelta.yaml --shadow --seeds 2 "
                               "--epochs 2 --out o"),
                  ==, 0);
  g_autoptr(JsonNode) results = read_json(fixture, "o/results.json");
  JsonObject *same = candidate_of(results, 0);
  g_assert_cmpfloat(json_object_get_double_member(same, "cosine_mean"), ==, 1.0);
  g_assert_cmpfloat(json_object_get_double_member(same, "rms_ratio_lowest"), ==, 1.0);
  g_assert_cmpfloat(json_object_get_double_member(same, "rms_ratio_highest"), ==, 1.0);
  g_assert_cmpfloat(json_object_get_double_member(same, "learning_rate_factor"), ==,
                    1.0);
  g_assert_cmpfloat(json_object_get_double_member(same, "predicted_decrease_ratio"), ==,
                    1.0);
}

static void
test_csv(Fixture *fixture, const void *unused)
{
  (void)unused;
  cli_write(fixture, "e.yaml",
            "budget: {epochs: 1}\nseeds: 1\nout: o\narms:\n  a: sgd.yaml\n"
            "  b: {config: sgd.yaml, grid: {learning_rate: [0.1], momentum: [0.5]}}\n");
  g_assert_cmpint(run(fixture, "e.yaml --shadow"), ==, 0);
  g_autofree char *path = g_build_filename(fixture->folder, "o", "results.csv", NULL);
  g_autofree char *csv = NULL;
  g_assert_true(g_file_get_contents(path, &csv, NULL, NULL));
  assert_has(csv, ",\"shadow:b[learning_rate=0.1,momentum=0.5]\",cosine,0.");
  assert_has(csv, ",\"shadow:b[learning_rate=0.1,momentum=0.5]\",rms_ratio,1.");
}

/* where nothing moves there is nothing to say */
static void
test_nothing_to_compare(Fixture *fixture, const void *unused)
{
  (void)unused;
  cli_write(fixture, "still.yaml", "optimizer: sgd\nlearning_rate: 0\n");
  g_assert_cmpint(
      run(fixture, "still.yaml sgd.yaml --shadow --seeds 1 --epochs 1 --out o"), ==, 0);
  assert_has(fixture->out, "\nBeside still");
  assert_lacks(fixture->out, "nan");
  g_autoptr(JsonNode) results = read_json(fixture, "o/results.json");
  g_assert_true(
      json_object_get_null_member(candidate_of(results, 0), "rms_ratio_median"));
}

/* ---- what it leaves alone ---- */

static char *
log_of_first_arm(const Fixture *fixture, const char *out)
{
  g_autofree char *folder =
      g_build_filename(fixture->folder, out, "runs", "digits-mlp", "adadelta", NULL);
  g_autoptr(GDir) dir = g_dir_open(folder, 0, NULL);
  char *text = NULL;

  for (const char *name; (name = g_dir_read_name(dir)) != NULL;) {
    g_autofree char *path = g_build_filename(folder, name, NULL);
    if (g_str_has_suffix(name, ".jsonl")) {
      g_assert_null(text);
      g_assert_true(g_file_get_contents(path, &text, NULL, NULL));
    }
  }
  return text;
}

static char *
without_shadows_and_clocks(const char *log)
{
  GString *text = g_string_new(NULL);
  g_auto(GStrv) lines = g_strsplit(log, "\n", -1);

  for (size_t i = 0; lines[i][0] != '\0'; i++) {
    g_autoptr(JsonNode) node = json_from_string(lines[i], NULL);
    JsonObject *object = json_node_get_object(node);
    json_object_remove_member(object, "shadow");
    json_object_remove_member(object, "clock");
    if (json_object_has_member(object, "final")) {
      json_object_remove_member(json_object_get_object_member(object, "final"),
                                "clock");
    }
    g_autofree char *line = json_to_string(node, FALSE);
    g_string_append_printf(text, "%s\n", line);
  }
  return g_string_free(text, FALSE);
}

/* a candidate that makes weights of 1e38 of its own does not matter either */
static void
test_the_first_arm_is_the_same_without(Fixture *fixture, const void *unused)
{
  (void)unused;
  g_assert_cmpint(run(fixture, "adadelta.yaml adam.yaml wild.yaml --shadow --seeds 1 "
                               "--epochs 2 --out with"),
                  ==, 0);
  g_assert_cmpint(run(fixture, "adadelta.yaml --seeds 1 --epochs 2 --out without"), ==,
                  0);
  g_autofree char *with = log_of_first_arm(fixture, "with");
  g_autofree char *without = log_of_first_arm(fixture, "without");
  assert_has(with, "\"shadow\":[{\"candidate\":\"adam\",\"steps\":0,");
  assert_lacks(without, "shadow");
  g_autofree char *a = without_shadows_and_clocks(with);
  g_autofree char *b = without_shadows_and_clocks(without);
  g_assert_cmpstr(a, ==, b);
  assert_has(a, "\"weights\":\"");
}

/* the first arm is run again for its shadows, with the same weights: no other look */
static void
test_shadows_are_no_look(Fixture *fixture, const void *unused)
{
  (void)unused;
  g_assert_cmpint(run(fixture, "sgd.yaml adam.yaml --seeds 2 --epochs 1 --out o"), ==,
                  0);
  assert_has(fixture->out, "Look 1: ");
  assert_lacks(fixture->out, "Beside");
  g_assert_cmpint(
      run(fixture, "sgd.yaml adam.yaml --seeds 2 --epochs 1 --out o --shadow"), ==, 0);
  assert_has(fixture->out, "Look 1: ");
  assert_has(fixture->out, "Beside sgd");
  assert_has(fixture->err, " sgd seed 2: ");
  assert_lacks(fixture->err, " adam seed ");
  g_assert_cmpint(
      run(fixture, "sgd.yaml adam.yaml --seeds 2 --epochs 1 --out o --shadow"), ==, 0);
  assert_has(fixture->out, "Beside sgd");
  assert_lacks(fixture->err, "sgd seed");
}

/* ---- refusals ---- */

static void
test_refusals(Fixture *fixture, const void *unused)
{
  static const struct {
    const char *line, *message;
  } cases[] = {
    { "sgd.yaml --shadow",
      "optreg: --shadow compares 2 to 33 arms: the first and those "
      "beside it; there is 1\n" },
    { "sgd.yaml slow=slow4.yaml --shadow", "optreg: candidate 'slow': it updates after "
                                           "4 gradients, the live optimizer after "
                                           "1: set gradient_accumulation_steps: 1\n" },
    { "slow4.yaml open4.yaml --shadow",
      "optreg: candidate 'open4': a gradient that is not finite would be skipped by "
      "one "
      "optimizer and accumulated by the other: set nonfinite: skip\n" },
  };

  (void)unused;
  cli_write(fixture, "slow4.yaml", "optimizer: sgd\ngradient_accumulation_steps: 4\n");
  cli_write(fixture, "open4.yaml",
            "optimizer: sgd\ngradient_accumulation_steps: 4\nnonfinite: propagate\n");
  for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
    g_assert_cmpint(run(fixture, cases[i].line), ==, 2);
    g_assert_cmpstr(fixture->err, ==, cases[i].message);
    g_assert_cmpstr(fixture->out, ==, "");
  }
}

int
main(int argc, char **argv)
{
  static const struct {
    const char *path;
    FixtureTest run;
  } tests[] = {
    { "/compare/shadow/learning-rates", test_learning_rates },
    { "/compare/shadow/equal-arm-has-cosine-and-ratio-1", test_an_equal_arm },
    { "/compare/shadow/csv", test_csv },
    { "/compare/shadow/nothing-to-compare", test_nothing_to_compare },
    { "/compare/shadow/first-arm-is-the-same-without",
      test_the_first_arm_is_the_same_without },
    { "/compare/shadow/is-no-look", test_shadows_are_no_look },
    { "/compare/shadow/refusals-exit-2", test_refusals },
  };

  g_test_init(&argc, &argv, NULL);
  for (size_t i = 0; i < G_N_ELEMENTS(tests); i++) {
    g_test_add(tests[i].path, Fixture, NULL, set_up, tests[i].run, tear_down);
  }
  return g_test_run();
}
