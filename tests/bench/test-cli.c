/* SPDX-License-Identifier: MIT */
/* optreg bench from outside: its JSON, its refusals. */
#include <gio/gio.h>
#include <json-glib/json-glib.h>
#include <string.h>

typedef struct Outcome {
  char *out, *err;
  int status;
} Outcome;

static Outcome
run(const char *line)
{
  g_autofree char *command =
      g_strconcat(g_getenv("OPTREG_TEST_CLI"), " bench ", line, NULL);
  g_autoptr(GError) error = NULL;
  Outcome outcome = { NULL, NULL, 0 };
  int status;

  g_spawn_command_line_sync(command, &outcome.out, &outcome.err, &status, &error);
  g_assert_no_error(error);
  g_assert_true(WIFEXITED(status));
  outcome.status = WEXITSTATUS(status);
  return outcome;
}

static void
clear(Outcome *outcome)
{
  g_free(outcome->out);
  g_free(outcome->err);
}

static void
assert_positive(JsonObject *object, const char *name)
{
  g_assert_true(json_object_has_member(object, name));
  g_assert_cmpfloat(json_object_get_double_member(object, name), >, 0.0);
}

/* a disturbed run may have a ratio above the limit, which is status 1 */
static void
test_json_has_the_promised_fields(void)
{
  Outcome outcome = run("--json --params 1000 --tensors 2 --repeat 1 --threads 1 "
                        "adadelta-norm-ema-scale-accumulation");
  g_autoptr(JsonNode) root = json_from_string(outcome.out, NULL);

  g_assert_true(outcome.status == 0 || outcome.status == 1);
  g_assert_nonnull(root);
  JsonArray *configs =
      json_object_get_array_member(json_node_get_object(root), "configs");
  g_assert_cmpuint(json_array_get_length(configs), ==, 1);
  JsonObject *config = json_array_get_object_element(configs, 0);
  g_assert_cmpstr(json_object_get_string_member(config, "name"), ==,
                  "adadelta-norm-ema-scale-accumulation");
  g_assert_cmpint(json_object_get_int_member(config, "bytes_per_parameter"), ==, 48);
  g_assert_cmpint(json_object_get_int_member(config, "plan_bytes_per_parameter"), ==,
                  48);
  assert_positive(config, "ns_per_parameter");
  assert_positive(config, "limit_ns_per_parameter");
  JsonObject *ratio = json_object_get_object_member(config, "ratio");
  assert_positive(ratio, "min");
  assert_positive(ratio, "median");
  assert_positive(ratio, "max");
  JsonObject *micro_step = json_object_get_object_member(config, "micro_step");
  g_assert_cmpint(json_object_get_int_member(micro_step, "bytes_per_parameter"), ==,
                  16);
  clear(&outcome);
}

static void
test_table_shows_each_configuration(void)
{
  Outcome outcome =
      run("--params 1000 --repeat 1 --threads 1 --stages --diagnose 3 sgd adadelta");

  g_assert_true(outcome.status == 0 || outcome.status == 1);
  g_assert_nonnull(strstr(outcome.out, "1,000 parameters in 1 tensor"));
  g_assert_nonnull(strstr(outcome.out, "\nsgd "));
  g_assert_nonnull(strstr(outcome.out, "\nadadelta "));
  g_assert_nonnull(strstr(outcome.out, "\nfinite "));
  g_assert_nonnull(strstr(outcome.out, "\ndiagnostics "));
  g_assert_nonnull(strstr(outcome.err, "[2/2] adadelta\n"));
  clear(&outcome);
}

static void
test_refusals(void)
{
  static const struct {
    const char *line, *message;
  } refusals[] = {
    { "--shapes tiny --params 3", "--shapes excludes --params and --tensors" },
    { "--shapes tinny", "shapes 'tinny' are none of one-big" },
    { "--params 3 --tensors 4", "--tensors 4 is more than --params 3" },
    { "--params -3", "--params must be in 1..1099511627776, not -3" },
    { "--params 0", "--params must be in 1..1099511627776, not 0" },
    { "--params 1099511627777", "--params must be in 1..1099511627776" },
    { "--params 99999999999999999999",
      "--params: '99999999999999999999' is out of range" },
    { "--params -9223372036854775808", "is out of range" },
    { "--params 1e6", "--params: '1e6' is not a whole number" },
    { "--params=", "--params: '' is not a whole number" },
    { "--params -2147483648", "--params must be in" },
    { "--tensors 0", "--tensors must be in 1..1099511627776, not 0" },
    { "--threads 0", "--threads must be in 1..1024, not 0" },
    { "-j 0", "--threads must be in 1..1024, not 0" },
    { "-j0", "--threads must be in 1..1024, not 0" },
    { "--threads 2x", "--threads: '2x' is not a whole number" },
    { "--threads 0x2", "--threads: '0x2' is not a whole number" },
    { "--threads -2147483648", "--threads: '-2147483648' is out of range" },
    { "--diagnose 0", "--diagnose must be in 1..1000, not 0" },
    { "--diagnose -1", "--diagnose must be in 1..1000, not -1" },
    { "--repeat 0", "--repeat must be in 1..100000, not 0" },
    { "--threads -1", "--threads must be in 1..1024, not -1" },
  };

  for (size_t i = 0; i < G_N_ELEMENTS(refusals); i++) {
    Outcome outcome = run(refusals[i].line);
    g_assert_cmpint(outcome.status, ==, 2);
    g_assert_nonnull(strstr(outcome.err, refusals[i].message));
    g_assert_cmpstr(outcome.out, ==, "");
    clear(&outcome);
  }
}

static void
test_the_environment_is_read_strictly(void)
{
  static const char *const texts[] = { "100000", "1e3", "abc", "-1", "0", "2x" };

  for (size_t i = 0; i < G_N_ELEMENTS(texts); i++) {
    g_autofree char *message = g_strdup_printf(
        "optreg: OPTREG_NUM_THREADS is '%s': permitted are 1 to 1024\n", texts[i]);
    g_setenv("OPTREG_NUM_THREADS", texts[i], TRUE);
    Outcome outcome = run("--params 10 --repeat 1 sgd");
    g_unsetenv("OPTREG_NUM_THREADS");
    g_assert_cmpint(outcome.status, ==, 2);
    g_assert_cmpstr(outcome.err, ==, message);
    g_assert_cmpstr(outcome.out, ==, "");
    clear(&outcome);
  }
}

/* step and limit take the same number */
static void
test_more_threads_than_processors_are_noted(void)
{
  Outcome outcome = run("--params 10 --repeat 1 --threads 1024 sgd");

  g_assert_nonnull(strstr(outcome.err, "optreg: note: 1024 threads were asked for, "));
  g_assert_null(strstr(outcome.out, "1024 threads"));
  clear(&outcome);
}

static void
test_unknown_optimizer_is_refused(void)
{
  Outcome outcome = run("--params 10 --repeat 1 adadelter");

  g_assert_cmpint(outcome.status, !=, 0);
  g_assert_nonnull(strstr(outcome.err, "adadelter"));
  clear(&outcome);
}

int
main(int argc, char **argv)
{
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/bench/cli/json-has-the-promised-fields",
                  test_json_has_the_promised_fields);
  g_test_add_func("/bench/cli/table-shows-each-configuration",
                  test_table_shows_each_configuration);
  g_test_add_func("/bench/cli/refusals", test_refusals);
  g_test_add_func("/bench/cli/the-environment-is-read-strictly",
                  test_the_environment_is_read_strictly);
  g_test_add_func("/bench/cli/more-threads-than-processors-are-noted",
                  test_more_threads_than_processors_are_noted);
  g_test_add_func("/bench/cli/unknown-optimizer-is-refused",
                  test_unknown_optimizer_is_refused);
  return g_test_run();
}
