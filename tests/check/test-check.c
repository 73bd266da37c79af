/* SPDX-License-Identifier: MIT */
/* Every wrong plugin is found out, by the check that should; right ones pass. */
#include <gio/gio.h>
#include <glib/gstdio.h>
#include <json-glib/json-glib.h>
#include <stdbool.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#ifdef OPTREG_TEST_SANITIZERS /* which bring variables and system calls of their own \
                               */
#define AND_VARIABLES ""
#define AND_SYSTEM ""
#define N_SKIPPED "2" /* lifecycle.system, too */
#define VARIABLES_AND ""
#define SHARED_AND ""
#else
#define AND_VARIABLES ", warning static.variables"
#define AND_SYSTEM ", error lifecycle.system"
#define N_SKIPPED "1"
#define VARIABLES_AND "warning static.variables, "
#define SHARED_AND "error kernel.shared, "
#endif

typedef struct Expectation {
  const char *fixture;
  const char *ids;     /* "severity id", in the order of the report */
  const char *message; /* a part of the first one's */
} Expectation;

#define BEHIND "behind the end of the 40 bytes that it has allocated: "

static const Expectation expectations[] = {
  { "executable_stack", "error static.stack", "a stack that can be executed" },
  { "text_relocation", "error static.relocations", "must be written to" },
#if defined(OPTREG_TEST_CPLUSPLUS) && !defined(__clang__) /* which shares none */
  { "shares_variable", "error static.exports, warning static.unique" AND_VARIABLES,
    "shares the variable '_ZN6SharedIiE5valueE'" },
#endif
  { "exports_more", "error static.exports" AND_VARIABLES, "exports 'helper' as well" },
  { "needs_glib", "error static.libraries", "is linked with 'libglib-2.0.so" },
  { "can_exit", "warning static.calls", "can call exit" },
  { "names_itself_late", VARIABLES_AND "warning static.readable",
    "make its class and texts constant" },
  { "flushes_denormals", "error load.environment", "changes the floating-point mode" },
  { "opens_slowly", "warning static.calls, error load.time", "ms to open" },
  { "never_opens", "warning static.calls, error load.time",
    "has not been opened after a second" },
  { "no_reference", "warning descriptor.identity", "its reference is empty" },
  { "no_doc", "warning descriptor.docs", "'momentum' has no doc" },
  { "fixed_rate", "warning descriptor.learning-rate", "cannot vary by step" },
  { "only_f32", "note descriptor.f64", "no kernel for f64" },
#if defined(__x86_64__) /* elsewhere there is one level */
  { "only_baseline", "note descriptor.levels", "baseline level only" },
#endif
  { "refuses_all", "error lifecycle.build", "refuses a vector and a matrix" },
  { "ignores_denormals", "error lifecycle.environment", "the denormals of its thread" },
#ifndef OPTREG_TEST_SANITIZERS
  { "asks_system", "error lifecycle.system", "makes the system call getppid" },
  { "asks_in_kernel", "error lifecycle.system", "makes the system call getuid" },
#endif
  { "changes_mask", "error lifecycle.environment" AND_SYSTEM,
    "changes the file mode mask in its calls" },
  { "changes_folder", "error lifecycle.environment" AND_SYSTEM,
    "changes the working directory in its calls" },
  { "leaks", "error lifecycle.leak, error lifecycle.memory",
    "8 of its allocations are left" },
  { "trusts_memory", "error lifecycle.memory", "ends the process: " },
  { "wants_old_host", "error lifecycle.future", "returns -3" },
  { "overruns", "error kernel.bounds",
    "reads or writes behind the end of velocity (f32, level" },
  { "underruns", "error kernel.bounds",
    "reads or writes before the start of the gradient (f32, level" },
  { "odd_size", "error kernel.bounds",
    "reads or writes behind the end of velocity (f32, level 0, 813 elements)" },
  { "skips_odd_size", "error kernel.cuts",
    "the parameter has other bits in f32 in a span of 600 elements" },
  { "shapes_beyond", "error lifecycle.build",
    "reads or writes behind the end of the shapes of slots (f32" },
  { "writes_gradient", "error kernel.constant", "writes to the gradient (f32" },
  { "writes_span", "error kernel.constant",
    "writes to the struct that it is called with (f32" },
  { "reduces_into_parameter", "error kernel.constant", "writes to the parameter (f32" },
  { "reduces_into_slot", "error kernel.constant", "writes to velocity (f32" },
  { "reduces_beyond_lanes", "error kernel.bounds",
    "behind the end of the lanes of the reduction 'squares' (f32" },
  { "reduces_out_of_turn", "error kernel.constant",
    "writes to the lanes of the reduction '" },
  { "scribbles_on_instance", "error kernel.shared",
    "writes to memory that build has allocated (f32" },
  { "counts_spans", "error kernel.shared", "writes to a slot of tensor scope" },
  { "allocates", "error kernel.allocation", "calls the allocator 4 times in 2 steps" },
  { "counts_in_int", "error kernel.wide",
    "returns from a parameter f32 [2147483664] without having gone through it" },
  { "counts_in_unsigned", "error kernel.wide",
    "returns from a parameter f32 [4294967312]" },
  { "stack_for_all", "error kernel.stack",
    "more stack for a parameter f32 [65536] than for a small one" },
  { "stack_for_rows", "error kernel.stack", "kB more stack for a parameter" },
  { "large_stack", "error kernel.stack",
    "kB of stack for a parameter f32 [65536], at most" },
  { "knows_spans",
    "error kernel.cuts, error agreement.order, error together.threads, error "
    "together.tiles",
    "when it is cut into" },
  { "knows_addresses", "error kernel.alignment", "when it begins at another address" },
#if defined(__x86_64__)
  { "levels_differ", "error kernel.levels", "has other bits at level x86-64-v3" },
#endif
  { "asks_for_shape", "error kernel.place",
    "when its span says neither dims nor offset" },
  { "remembers",
    VARIABLES_AND SHARED_AND "error kernel.instances, error agreement.order",
    "when another instance works in between" },
  { "uses_time", "warning static.calls, error kernel.repeat", "can call time" },
  { "uses_environment", "warning static.calls, error kernel.repeat",
    "has other bits at another time, with other random numbers" },
  { "calls_libm", "note static.libm", "calls tanh, whose last bit" },
  { "decays_alone", "error kernel.rest", "the gradient has always been zero" },
  { "divides_at_rest", "error kernel.rest, warning kernel.overflow", "nan although" },
  { "halves_until_small", "error kernel.special", "does not come to an end" },
  { "squares", "warning kernel.overflow",
    "a gradient of 1e+30 makes velocity infinite" },
  { "types_differ", "error agreement.types", "elements differ: element" },
  { "idle_hyperparameter", "error agreement.effects", "'epsilon' has no effect" },
  { "idle_choice", "error agreement.effects",
    "choice 2 of 'mode' gives the bits of the default" },
  { "divides_at_bound", "error agreement.ranges",
    "not finite after 5 ordinary steps with 'momentum' at its bound 1" },
  { "reads_in_build", "error agreement.variation",
    "'momentum' may differ between groups, but the parameter depends on the value "
    "outside" },
  { "reads_group_in_build", "error agreement.variation", "'momentum' may differ" },
  { "reads_schedule_in_build", "error agreement.variation",
    "'momentum' may follow a schedule, but the parameter depends on its value when" },
  { "reads_at_first", "error agreement.variation", "no effect after the first steps" },
  { "counts_groups", "error together.groups", "in groups with the same values" },
  { "counts_types", "error together.groups", "when there is a parameter of f64" },
  { "writes_first_scalar", "error together.groups", "in groups with the same values" },
  { "knows_places", "error agreement.order", "when it stands at place" },
  { "ascends", "warning agreement.descent", "a sum of squares goes from" },
  { "idle_slot", "warning state.used",
    "the slot 'spare' is neither written nor has it an effect" },
  { "trusts_scratch", "error state.transient, error together.resume",
    "what a scratch slot held" },
  { "negative", "error state.sign, error together.resume", "'velocity' is -" },
  { "sums_as_average", "error state.growth", "'velocity' grows from " },
  { "sums_as_average_of_squares", "error state.growth", "'velocity' grows from " },
  { "cubes_as_squares", "error state.growth", "'velocity' grows from " },
  { "squares_slowly", "error state.growth", "'velocity' grows from " },
  { "grows_at_bound", "error state.growth", "'velocity' grows from " },
  { "hides_state", "error state.outside", "bytes for 16 rows" },
  { "finalizes_slots", "error state.finalize", "writes to the slot 'velocity'" },
  { "half_a_blob", "error state.blob, error together.resume", "deserialize" },
  { "trusts_length", "error state.blob",
    BEHIND "deserialize with 8 bytes of the blob" },
  { "trusts_small_length", "error state.blob",
    "writes behind the end of a block that it has allocated" },
  { "trusts_real_length", "error state.blob", BEHIND "deserialize with 8 bytes" },
  { "trusts_index", "error state.blob", BEHIND "deserialize with " },
#ifdef OPTREG_TEST_SANITIZERS /* which end the process first */
  { "builds_beyond", "error lifecycle.build", "ends the process: exit status 1" },
#else
  { "builds_beyond", "error lifecycle.build",
    "writes behind the end of a block that it has allocated" },
#endif
  { "frees_twice", "error state.blob", "frees a block twice" },
  { "ignores_versions", "warning state.versions",
    "takes bytes of version 2 for those of version 0" },
  { "counts_alone", "error together.groups, error together.resume",
    "when it is saved and loaded on the way" },
  { "crashes", "error kernel.bounds", "ends the process: " },
  { "loops", "error kernel.bounds",
    "does not come to an end in its time, 1 s of a processor; what is slow and not "
    "stuck "
    "gets more with --limit SECONDS" },
  { "exits", "warning static.calls, error kernel.bounds", "can call exit" },
  { "forks", "warning static.calls, error kernel.bounds", "can call fork" },
  { "forks_for_ever", "warning static.calls, error kernel.bounds", "can call syscall" },
  { "prints", "warning static.calls, error kernel.bounds", "can call puts" },
#ifndef OPTREG_TEST_SANITIZERS /* which need memory and constructors of their own */
  { "constructor", "error static.constructors" AND_VARIABLES, "1 function runs" },
  { "old_constructor", "error static.constructors", "1 function runs" },
  { "lonely_constructor", "error static.constructors", "1 function runs" },
  { "destructor", "error static.constructors", "opened or closed" },
  { "chooses_at_load", "error static.constructors",
    "chooses a function, 1 time (IFUNC)" },
  { "cloned", "error static.constructors", "when it is opened" },
  { "fills_memory", "error kernel.bounds", "fills memory" },
#endif
};

/* of the loader's: the core's own words come through */
static const Expectation loader_expectations[] = {
  { "no_entry", "error static.exports", "exports 'fixture_nothing' as well" },
  { "entry_is_function", "error static.exports", "is not the data object" },
#ifndef OPTREG_TEST_SANITIZERS
  { "fast_math", "error static.constructors", "1 function runs when it is opened" },
#endif
  { "wrong_abi", "error load.abi", "speaks ABI 999" },
  { "needs_minor", "error load.abi", "needs host ABI 1.7" },
  { "wrong_layout", "error load.abi", "lays out its tables" },
  { "bad_default", "error load.tables", "its default 1.5 is outside of [0, 1]" },
  { "duplicate_slot", "error load.tables", "slot 'velocity': is there twice" },
  { "wrong_name", "error load.tables", "rename the file to another.so" },
};

/* ---- running the checker ---- */

static char *
built(const char *variable, const char *name)
{
  g_autofree char *file = g_strconcat(name, ".so", NULL);

  return g_build_filename(g_getenv(variable), file, NULL);
}

/* what it prints; *status is its exit status */
static char *
check(const char *path, const char *option, int *status)
{
  const bool is_alone = option != NULL && g_str_has_prefix(option, "--run");
  const char *limit = is_alone ? "--verbose" : "--limit=1";
  const char *command[] = {
    g_getenv("OPTREG_TEST_CLI"), "check", limit, path, option, NULL
  };
  g_autoptr(GError) error = NULL;
  char *output = NULL;
  int wait_status = 0;

  g_spawn_sync(NULL, (char **)command, NULL, G_SPAWN_DEFAULT, NULL, NULL, &output, NULL,
               &wait_status, &error);
  g_assert_no_error(error);
  g_assert_true(WIFEXITED(wait_status));
  *status = WEXITSTATUS(wait_status);
  return output;
}

typedef struct Report {
  JsonParser *parser;
  JsonObject *root;
  int status;
} Report;

static Report
read_report(const char *path)
{
  Report report = { json_parser_new(), NULL, 0 };
  g_autofree char *text = check(path, "--json", &report.status);
  g_autoptr(GError) error = NULL;

  json_parser_load_from_data(report.parser, text, -1, &error);
  g_assert_no_error(error);
  report.root = json_node_get_object(json_parser_get_root(report.parser));
  return report;
}

static void
report_clear(Report *report)
{
  g_clear_object(&report->parser);
}

/* a time is nothing to rely on */
static bool
is_timed(const char *id)
{
  return g_str_has_prefix(id, "speed.");
}

/* "severity id, severity id"; *messages are theirs */
static char *
list_failures(const Report *report, const char **messages)
{
  JsonArray *checks = json_object_get_array_member(report->root, "checks");
  GString *text = g_string_new(NULL);
  static char all[4000];

  all[0] = '\0';
  for (guint i = 0; i < json_array_get_length(checks); i++) {
    JsonObject *row = json_array_get_object_element(checks, i);
    if (g_str_equal(json_object_get_string_member(row, "verdict"), "failed")
        && !is_timed(json_object_get_string_member(row, "id"))) {
      g_string_append_printf(text, "%s%s %s", text->len > 0 ? ", " : "",
                             json_object_get_string_member(row, "severity"),
                             json_object_get_string_member(row, "id"));
      g_strlcat(all, json_object_get_string_member(row, "message"), sizeof all);
      g_assert_cmpstr(json_object_get_string_member(row, "remedy"), !=, "");
    }
  }
  *messages = all;
  return g_string_free(text, FALSE);
}

/* one wrong plugin does not hide the others: what is not as expected fails its test and
 * lets it go on */
static void
expect_number(const char *path, const char *what, gint64 is, gint64 expected)
{
  if (is != expected) {
    g_test_fail_printf("%s: %s is %" G_GINT64_FORMAT ", not %" G_GINT64_FORMAT, path,
                       what, is, expected);
  }
}

static void
assert_found(const char *path, const Expectation *expected)
{
  Report report = read_report(path);
  const char *messages;
  g_autofree char *ids = list_failures(&report, &messages);

  if (!g_str_equal(ids, expected->ids)) {
    g_test_fail_printf("%s: found '%s' instead of '%s': %s", path, ids, expected->ids,
                       messages);
  } else if (strstr(messages, expected->message) == NULL) {
    g_test_fail_printf("%s: '%s' is not in: %s", path, expected->message, messages);
  }
  expect_number(path, "exit status", report.status,
                strstr(ids, "error ") != NULL ? 1 : 0);
  report_clear(&report);
}

static void
test_fixture(const void *data)
{
  const Expectation *expected = data;
  g_autofree char *path = built("OPTREG_TEST_CHECK_FIXTURES", expected->fixture);

  assert_found(path, expected);
}

static void
test_loader_fixture(const void *data)
{
  const Expectation *expected = data;
  g_autofree char *path = built("OPTREG_TEST_FIXTURES", expected->fixture);

  assert_found(path, expected);
}

#ifndef OPTREG_TEST_SANITIZERS
/* whether threads meet in the array as well is left to chance */
static void
test_shared_scratch(void)
{
  g_autofree char *path = built("OPTREG_TEST_CHECK_FIXTURES", "shares_scratch");
  Report report = read_report(path);
  const char *messages;
  g_autofree char *ids = list_failures(&report, &messages);

  g_assert_true(g_str_has_prefix(ids, "warning static.variables, error kernel.shared"));
  g_assert_true(g_str_has_prefix(messages, "'scratch' is a variable that all"));
  g_assert_nonnull(strstr(messages, "writes to the variable 'scratch' (f32, level"));
  report_clear(&report);
}
#endif

/* ---- what is right ---- */

static void
assert_passes(const char *path)
{
  Report report = read_report(path);
  const char *messages;
  g_autofree char *ids = list_failures(&report, &messages);

  if (ids[0] != '\0') {
    g_test_fail_printf("%s: found '%s': %s", path, ids, messages);
  }
  expect_number(path, "exit status", report.status, 0);
  expect_number(path, "not_run", json_object_get_int_member(report.root, "not_run"), 0);
  expect_number(path, "more than 40 passed",
                json_object_get_int_member(report.root, "passed") > 40, true);
  report_clear(&report);
}

/* fixtures that lie near a fault and have none */
static const char *const right_ones[] = {
  "right",          "reduces",        "keeps_blob",    "builds_momentum",
  "counts_steps",   "sees_whole",     "tile_on_stack", "slow_matrix",
  "slow_elements",  "draws_by_place", "parts_by_type", "steps_aside",
  "sums_gradients",
};

static void
test_right_one(const void *data)
{
  g_autofree char *path = built("OPTREG_TEST_CHECK_FIXTURES", data);

  assert_passes(path);
}

static void
test_plugin(const void *data)
{
  g_autofree char *path = built("OPTREG_TEST_PLUGINS", data);

  assert_passes(path);
}

static void
test_example(const void *data)
{
  g_autofree char *path = built("OPTREG_TEST_EXAMPLES", data);

  if (g_getenv("OPTREG_TEST_HAS_CPLUSPLUS")[0] == '\0') {
    g_test_skip("there is no compiler for C++");
  } else {
    assert_passes(path);
  }
}

#if defined(__x86_64__)
/* on a machine that runs no more than the baseline */
static void
test_levels_that_do_not_run(void)
{
  static const char message[] =
      "x86-64-v3 and x86-64-v4 not run: OPTREG_ISA is 'baseline'";
  g_autofree char *path = built("OPTREG_TEST_CHECK_FIXTURES", "levels_differ");
  int status;

  g_setenv("OPTREG_ISA", "baseline", TRUE);
  Report report = read_report(path);
  JsonArray *checks = json_object_get_array_member(report.root, "checks");
  g_autofree char *plain = check(path, NULL, &status);
  g_unsetenv("OPTREG_ISA");

  g_assert_cmpint(json_object_get_int_member(report.root, "errors"), ==, 0);
  for (guint i = 0; i < json_array_get_length(checks); i++) {
    JsonObject *row = json_array_get_object_element(checks, i);
    const char *id = json_object_get_string_member(row, "id");
    if (g_str_equal(id, "kernel.levels")) {
      g_assert_cmpstr(json_object_get_string_member(row, "verdict"), ==, "skipped");
    }
    if (g_str_equal(id, "kernel.levels") || g_str_equal(id, "kernel.bounds")) {
      g_assert_cmpstr(json_object_get_string_member(row, "message"), ==, message);
    }
  }
  g_autofree char *line = g_strdup_printf("skipped kernel.levels: %s\n", message);
  g_assert_nonnull(strstr(plain, line));
  g_assert_true(g_regex_match_simple("levels_differ.so: [0-9]+ passed, [0-9]+ not for "
                                     "this plugin, " N_SKIPPED " skipped\n$",
                                     plain, 0, 0));
  report_clear(&report);
}
#endif

/* ---- files that are no plugins, or not safe ---- */

static char *
copy_to(const char *folder, const char *name, const char *bytes, gsize length)
{
  char *path = g_build_filename(folder, name, NULL);

  g_assert_true(g_file_set_contents(path, bytes, (gssize)length, NULL));
  return path;
}

static void
test_wrong_files(void)
{
  static const Expectation no_library = { "", "error static.file",
                                          "is not a shared library" };
  static const Expectation cut_off = { "", "error static.file", "is cut off" };
  static const Expectation bad_name = { "", "error static.name",
                                        "the file is called 'Right.so'" };
  static const Expectation open_to_all = { "", "error load.permissions", "chmod" };
  g_autofree char *folder = g_dir_make_tmp("optreg-check-XXXXXX", NULL);
  g_autofree char *right = built("OPTREG_TEST_CHECK_FIXTURES", "right");
  g_autofree char *bytes = NULL;
  gsize length;
  g_assert_true(g_file_get_contents(right, &bytes, &length, NULL));
  g_autofree char *text = copy_to(folder, "text.so", "hello", 5);
  g_autofree char *half = copy_to(folder, "half.so", bytes, length / 2);
  g_autofree char *named = copy_to(folder, "Right.so", bytes, length);
  g_autofree char *open = copy_to(folder, "right.so", bytes, length);

  g_assert_cmpint(g_chmod(open, 0666), ==, 0);
  assert_found(text, &no_library);
  assert_found(half, &cut_off);
  assert_found(named, &bad_name);
  assert_found(open, &open_to_all);
  g_remove(text);
  g_remove(half);
  g_remove(named);
  g_remove(open);
  g_rmdir(folder);
}

static void
test_report_for_people(void)
{
  g_autofree char *path = built("OPTREG_TEST_CHECK_FIXTURES", "ascends");
  int status;
  g_autofree char *plain = check(path, NULL, &status);

  g_assert_cmpint(status, ==, 0);
  g_assert_nonnull(
      strstr(plain, "warning agreement.descent: a sum of squares goes from"));
  g_assert_nonnull(strstr(plain, "    remedy: look at the sign of the update"));
  g_assert_nonnull(strstr(plain, "ascends.so: 1 warning, "));
  g_autofree char *strict = check(path, "--strict", &status);
  g_assert_cmpint(status, ==, 1);
  g_assert_cmpstr(strict, ==, plain);
  g_autofree char *verbose = check(path, "--verbose", &status);
  g_assert_true(g_regex_match_simple("kernel.bounds +passed", verbose, 0, 0));
}

static void
test_one_check_alone(void)
{
  g_autofree char *path = built("OPTREG_TEST_CHECK_FIXTURES", "negative");
  int status;
  g_autofree char *found = check(path, "--run=state.sign", &status);

  g_assert_cmpint(status, ==, 1);
  g_assert_true(g_str_has_prefix(found, "state.sign: 'velocity' is -"));
  g_autofree char *passed = check(path, "--run=kernel.bounds", &status);
  g_assert_cmpint(status, ==, 0);
  g_assert_cmpstr(passed, ==, "kernel.bounds: passed\n");
  g_autofree char *nothing = check(path, "--run=kernel.bound", &status);
  g_assert_cmpint(status, ==, 2);
  g_assert_cmpstr(nothing, ==, "");
}

/* what memory holds decides what else is found */
static void
test_fresh_memory(void)
{
  g_autofree char *path = built("OPTREG_TEST_CHECK_FIXTURES", "trusts_fresh_memory");
  int status;
  g_autofree char *found = check(path, "--run=kernel.repeat", &status);

  g_assert_cmpint(status, ==, 1);
  g_assert_nonnull(strstr(found, "something else in fresh memory"));
}

static void
test_denormals_that_are_slow(void)
{
  g_autofree char *path = built("OPTREG_TEST_CHECK_FIXTURES", "slow_on_denormals");
  int status;
  g_autofree char *found = check(path, "--run=speed.denormals", &status);

  g_assert_cmpint(status, ==, 1);
  g_assert_true(g_regex_match_simple("^speed.denormals: [0-9.]+ ns for each element, "
                                     "[0-9.]+ times as much with denormals",
                                     found, 0, 0));
}

/* ---- options ---- */

/* what is said on both streams; *status is the exit status */
static char *
run_with(const char *file, const char *options, int *status)
{
  g_autofree char *line = g_strdup_printf("optreg check %s %s", options, file);
  g_auto(GStrv) command = NULL;
  g_autofree char *output = NULL, *errors = NULL;
  g_autoptr(GError) error = NULL;
  int wait_status = 0;

  g_assert_true(g_shell_parse_argv(line, NULL, &command, NULL));
  g_free(command[0]);
  command[0] = g_strdup(g_getenv("OPTREG_TEST_CLI"));
  g_spawn_sync(NULL, command, NULL, G_SPAWN_DEFAULT, NULL, NULL, &output, &errors,
               &wait_status, &error);
  g_assert_no_error(error);
  g_assert_true(WIFEXITED(wait_status));
  *status = WEXITSTATUS(wait_status);
  return g_strconcat(output, errors, NULL);
}

static char *
write_configuration(const char *text)
{
  char *path = NULL;
  const int descriptor = g_file_open_tmp("optreg-XXXXXX.yaml", &path, NULL);

  g_assert_cmpint(descriptor, >=, 0);
  close(descriptor);
  g_assert_true(g_file_set_contents(path, text, -1, NULL));
  return path;
}

static void
test_options_that_do_not_fit_are_refused(void)
{
  static const struct {
    bool is_plugin;
    const char *options, *message;
    int status;
  } cases[] = {
    { false, "--golden nosuch --state nosuch", "--golden is for a plugin", 2 },
    { false, "--state nosuch", "--state is for a plugin", 2 },
    { false, "--run kernel.cuts", "--run is for a plugin", 2 },
    { false, "--limit 3", "--limit is for a plugin", 2 },
    { false, "--list", "--list takes no file", 2 },
    { true, "--list", "--list takes no file", 2 },
    { true, "--plugin-dir .", "--plugin-dir is for a configuration", 2 },
    { true, "--run kernel.cuts --limit 3", "--run has no --limit", 2 },
    { true, "--limit 0", "--limit must be in 1..600, not 0", 2 },
    { true, "--limit -1", "--limit must be in 1..600, not -1", 2 },
    { true, "--limit 601", "--limit must be in 1..600, not 601", 2 },
    { true, "--golden nosuch", "there is no file 'nosuch'", 1 },
    { true, "--state nosuch", "there is no file 'nosuch'", 1 },
    { true, "--run saved.load --state nosuch", "there is no file 'nosuch'", 1 },
    { false, "nosuch.yaml", "one argument too many", 2 },
  };
  g_autofree char *right = built("OPTREG_TEST_CHECK_FIXTURES", "right");
  g_autofree char *yaml = write_configuration("optimizer: sgd\n");

  for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
    int status;
    g_autofree char *said =
        run_with(cases[i].is_plugin ? right : yaml, cases[i].options, &status);
    if (strstr(said, cases[i].message) == NULL) {
      g_error("'%s' is not in: %s", cases[i].message, said);
    }
    g_assert_cmpint(status, ==, cases[i].status);
  }
  g_remove(yaml);
}

static void
test_without_a_file(void)
{
  static const struct {
    const char *file, *options, *message;
    int status;
  } cases[] = {
    { "", "", "check needs FILE.so or FILE.yaml", 2 },
    { "", "--json --list", "--list does not print JSON", 2 },
    { "", "--list", "kernel.bounds", 0 },
    { "nosuch.yaml", "", "there is no file 'nosuch.yaml'", 1 },
    { "nosuch.so", "--json", "there is no file 'nosuch.so'", 1 },
  };

  for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
    int status;
    g_autofree char *said = run_with(cases[i].file, cases[i].options, &status);
    g_assert_nonnull(strstr(said, cases[i].message));
    g_assert_cmpint(status, ==, cases[i].status);
  }
}

/* the one check of a report in JSON */
static void
assert_report_of_one(const char *text, const char *id, const char *verdict,
                     const char *message, int n_errors)
{
  g_autoptr(JsonParser) parser = json_parser_new();
  g_autoptr(GError) error = NULL;

  json_parser_load_from_data(parser, text, -1, &error);
  g_assert_no_error(error);
  JsonObject *root = json_node_get_object(json_parser_get_root(parser));
  JsonArray *checks = json_object_get_array_member(root, "checks");
  JsonObject *row = json_array_get_object_element(checks, 0);
  g_assert_cmpstr(json_object_get_string_member(root, "schema"), ==, "optreg-check/1");
  g_assert_cmpint(json_object_get_int_member(root, "errors"), ==, n_errors);
  g_assert_cmpuint(json_array_get_length(checks), ==, 1);
  g_assert_cmpstr(json_object_get_string_member(row, "id"), ==, id);
  g_assert_cmpstr(json_object_get_string_member(row, "verdict"), ==, verdict);
  g_assert_nonnull(strstr(json_object_get_string_member(row, "message"), message));
}

static void
test_a_configuration_without_errors(void)
{
  g_autofree char *yaml = write_configuration("optimizer: sgd\n");
  int status;
  g_autofree char *plain = run_with(yaml, "--strict --verbose", &status);

  g_assert_cmpint(status, ==, 0);
  g_assert_nonnull(strstr(plain, ".yaml: no errors\n"));
  g_autofree char *json = run_with(yaml, "--json", &status);
  g_assert_cmpint(status, ==, 0);
  assert_report_of_one(json, "configuration", "passed", "", 0);
  g_remove(yaml);
}

static void
test_a_configuration_with_an_error(void)
{
  static const struct {
    const char *text, *message;
  } cases[] = {
    { "optimizer: sgd\nlearing_rate: 1\n", ":2:1: unknown key 'learing_rate'" },
    { "optimizer: [\n", ".yaml:" },
    { "optimizer: nosuch\n", "nosuch" },
    { "", "optimizer" },
  };

  for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
    g_autofree char *yaml = write_configuration(cases[i].text);
    int status;
    g_autofree char *plain = run_with(yaml, "", &status);
    g_assert_cmpint(status, ==, 1);
    g_assert_true(g_str_has_prefix(plain, "error configuration: "));
    g_assert_nonnull(strstr(plain, cases[i].message));
    g_assert_nonnull(strstr(plain, ".yaml: 1 error\n"));
    g_autofree char *json = run_with(yaml, "--json", &status);
    g_assert_cmpint(status, ==, 1);
    assert_report_of_one(json, "configuration", "failed", cases[i].message, 1);
    g_remove(yaml);
  }
}

static void
test_one_check_alone_as_json(void)
{
  g_autofree char *path = built("OPTREG_TEST_CHECK_FIXTURES", "negative");
  int status;
  g_autofree char *found = run_with(path, "--run state.sign --json", &status);

  g_assert_cmpint(status, ==, 1);
  assert_report_of_one(found, "state.sign", "failed", "'velocity' is -", 1);
  g_autofree char *passed = run_with(path, "--run kernel.bounds --json", &status);
  g_assert_cmpint(status, ==, 0);
  assert_report_of_one(passed, "kernel.bounds", "passed", "", 0);
}

/* ---- a state that was saved before ---- */

static void
test_a_saved_state(void)
{
  static const struct {
    const char *variable, *plugin, *file, *part; /* part NULL: it is loaded */
  } cases[] = {
    { "OPTREG_TEST_TEST_PLUGINS", "test_blob", "test_blob-0", NULL },
    { "OPTREG_TEST_PLUGINS", "sgd", "test_blob-0",
      "the optimizer is 'test_blob' in the checkpoint, 'sgd' here" },
  };

  for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
    g_autofree char *plugin = built(cases[i].variable, cases[i].plugin);
    g_autofree char *option = g_strdup_printf("--state=%s/%s.safetensors",
                                              g_getenv("OPTREG_TEST_CHECK_STATES"),
                                              cases[i].file);
    int status;
    g_autofree char *output = check(plugin, option, &status);
    const char *found = strstr(output, "error saved.load: ");
    g_assert_true((found == NULL) == (cases[i].part == NULL));
    if (found != NULL && strstr(found, cases[i].part) == NULL) {
      g_error("'%s' is not in: %s", cases[i].part, output);
    }
  }
}

/* ---- a recorded run ---- */

/* one case of Keras, perhaps with another number in its last step */
static char *
write_case(const char *id, bool is_damaged)
{
  g_autoptr(GFile) file = g_file_new_for_path(g_getenv("OPTREG_TEST_KERAS_CASES"));
  g_autoptr(GFileInputStream) raw = g_file_read(file, NULL, NULL);
  g_autoptr(GZlibDecompressor)
      gunzip = g_zlib_decompressor_new(G_ZLIB_COMPRESSOR_FORMAT_GZIP);
  g_autoptr(GInputStream)
      plain = g_converter_input_stream_new(G_INPUT_STREAM(raw), G_CONVERTER(gunzip));
  g_autoptr(GDataInputStream) lines = g_data_input_stream_new(plain);
  g_autofree char *wanted = g_strdup_printf("\"id\":\"%s\"", id);
  char *line = NULL;

  while ((line = g_data_input_stream_read_line(lines, NULL, NULL, NULL)) != NULL
         && strstr(line, wanted) == NULL) {
    g_free(line);
  }
  g_assert_nonnull(line);
  if (is_damaged) {
    char *digit =
        g_strrstr_len(line, strstr(line, "\"final\"") - line, "\"variables\":[[");
    digit = strchr(digit, '.') + 2;
    *digit = *digit == '9' ? '1' : (char)(*digit + 1);
  }
  char *path = NULL;
  const int descriptor = g_file_open_tmp("optreg-XXXXXX.json", &path, NULL);
  g_assert_cmpint(descriptor, >=, 0);
  close(descriptor);
  g_assert_true(g_file_set_contents(path, line, -1, NULL));
  g_free(line);
  return path;
}

static void
test_a_recorded_run(void)
{
  static const struct {
    const char *plugin, *id;
    bool is_damaged;
    const char *part;
  } cases[] = {
    { "adadelta", "adadelta_default", false, " 0 errors" },
    { "adam", "adam_default", false, " 0 errors" },
    { "sgd", "sgd_f64", false, " 0 errors" },
    { "sgd", "sgd_nesterov", true, "the golden file has " },
    { "sgd", "adam_default", false, "unknown key 'beta_1'" },
  };

  for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
    g_autofree char *plugin = built("OPTREG_TEST_PLUGINS", cases[i].plugin);
    g_autofree char *path = write_case(cases[i].id, cases[i].is_damaged);
    g_autofree char *option = g_strconcat("--golden=", path, NULL);
    int status;
    g_autofree char *output = check(plugin, option, &status);
    const bool is_right = cases[i].part[0] == ' ';
    g_assert_cmpint(status, ==, is_right ? 0 : 1);
    g_assert_true((strstr(output, "error golden.run: ") == NULL) == is_right);
    if (!is_right && strstr(output, cases[i].part) == NULL) {
      g_error("'%s' is not in: %s", cases[i].part, output);
    }
    if (is_right) {
      g_assert_nonnull(strstr(output, " passed, "));
    }
    g_remove(path);
  }
}

static size_t
count(const char *text, const char *part)
{
  size_t n = 0;

  for (const char *p = text; (p = strstr(p, part)) != NULL; p++) {
    n++;
  }
  return n;
}

static void
assert_headings_differ(const char *page)
{
  g_auto(GStrv) lines = g_strsplit(page, "\n", -1);

  for (size_t i = 0; lines[i] != NULL; i++) {
    g_autofree char *whole = g_strdup_printf("\n%s\n", lines[i]);
    if (g_str_has_prefix(lines[i], "## ") && count(page, whole) != 1) {
      g_error("docs/checks.md has this heading more than once: %s", lines[i]);
    }
  }
}

/* rows of the page are "| `id` | severity | what must hold | remedy |" */
static void
test_the_page_lists_every_check(void)
{
  g_autofree char *right = built("OPTREG_TEST_CHECK_FIXTURES", "right");
  g_autofree char *page = NULL;
  Report report = read_report(right);
  JsonArray *checks = json_object_get_array_member(report.root, "checks");

  g_assert_true(
      g_file_get_contents(g_getenv("OPTREG_TEST_CHECKS_PAGE"), &page, NULL, NULL));
  for (guint i = 0; i < json_array_get_length(checks); i++) {
    JsonObject *row = json_array_get_object_element(checks, i);
    g_autoptr(GString) line = g_string_new(NULL);
    g_string_printf(line, "\n| `%s` | %s | %s | %s |\n",
                    json_object_get_string_member(row, "id"),
                    json_object_get_string_member(row, "severity"),
                    json_object_get_string_member(row, "asks"),
                    json_object_get_string_member(row, "remedy"));
    g_string_replace(line, " | OPTREG_PER_GROUP", " &#124; OPTREG_PER_GROUP", 0);
    if (count(page, line->str) != 1) {
      g_error("docs/checks.md has not once: %s", line->str);
    }
  }
  assert_headings_differ(page);
  report_clear(&report);
}

int
main(int argc, char **argv)
{
  g_auto(GStrv) names = g_strsplit(g_getenv("OPTREG_TEST_PLUGIN_NAMES"), " ", -1);

  g_test_init(&argc, &argv, NULL);
  for (size_t i = 0; i < G_N_ELEMENTS(right_ones); i++) {
    g_autofree char *test = g_strconcat("/check/right/", right_ones[i], NULL);
    g_test_add_data_func(test, right_ones[i], test_right_one);
  }
  for (size_t i = 0; names[i] != NULL; i++) {
    g_autofree char *test = g_strconcat("/check/shipped/", names[i], NULL);
    g_test_add_data_func(test, names[i], test_plugin);
  }
  g_test_add_data_func("/check/example/heavy_ball", "heavy_ball", test_example);
  for (size_t i = 0; i < G_N_ELEMENTS(expectations); i++) {
    g_autofree char *test = g_strconcat("/check/finds/", expectations[i].fixture, NULL);
    g_test_add_data_func(test, &expectations[i], test_fixture);
  }
  for (size_t i = 0; i < G_N_ELEMENTS(loader_expectations); i++) {
    g_autofree char *test =
        g_strconcat("/check/finds/", loader_expectations[i].fixture, NULL);
    g_test_add_data_func(test, &loader_expectations[i], test_loader_fixture);
  }
#ifndef OPTREG_TEST_SANITIZERS
  g_test_add_func("/check/finds/shares_scratch", test_shared_scratch);
#endif
#if defined(__x86_64__)
  g_test_add_func("/check/levels-that-do-not-run", test_levels_that_do_not_run);
#endif
  g_test_add_func("/check/finds/wrong-files", test_wrong_files);
  g_test_add_func("/check/the-page-lists-every-check", test_the_page_lists_every_check);
  g_test_add_func("/check/one-check-alone", test_one_check_alone);
  g_test_add_func("/check/finds/trusts_fresh_memory", test_fresh_memory);
  g_test_add_func("/check/finds/slow_on_denormals", test_denormals_that_are_slow);
  g_test_add_func("/check/a-saved-state", test_a_saved_state);
  g_test_add_func("/check/a-recorded-run", test_a_recorded_run);
  g_test_add_func("/check/options/that-do-not-fit-are-refused",
                  test_options_that_do_not_fit_are_refused);
  g_test_add_func("/check/options/without-a-file", test_without_a_file);
  g_test_add_func("/check/configuration/without-errors",
                  test_a_configuration_without_errors);
  g_test_add_func("/check/configuration/with-an-error",
                  test_a_configuration_with_an_error);
  g_test_add_func("/check/one-check-alone/as-json", test_one_check_alone_as_json);
  g_test_add_func("/check/report-for-people", test_report_for_people);
  return g_test_run();
}
