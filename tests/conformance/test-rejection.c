/* SPDX-License-Identifier: MIT */
/* The runner can fail: it rejects a case in which one recorded number was changed. */
#include "cases.h"

#include <glib/gstdio.h>
#include <math.h>
#include <string.h>
#include <sys/wait.h>

/* ---- copies of a case, each with one change ---- */

typedef struct Copies {
  char *directory;
  JsonObject *recorded;
  guint n;
} Copies;

static void
copies_init(Copies *copies, JsonObject *recorded)
{
  GError *error = NULL;
  *copies = (Copies){ .directory = g_dir_make_tmp("conformance-XXXXXX", &error),
                      .recorded = recorded };
  g_assert_no_error(error);
}

static char *
copy_path(const Copies *copies, guint number)
{
  return g_strdup_printf("%s/%05u.json", copies->directory, number);
}

static void
copies_clear(Copies *copies)
{
  for (guint i = 0; i < copies->n; i++) {
    g_autofree char *path = copy_path(copies, i);
    g_unlink(path);
  }
  g_rmdir(copies->directory);
  g_free(copies->directory);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Copies, copies_clear)

/* the case as it is now */
static void
write_copy(Copies *copies)
{
  g_autoptr(JsonNode) root = json_node_init_object(json_node_alloc(), copies->recorded);
  g_autofree char *text = json_to_string(root, FALSE);
  g_autofree char *path = copy_path(copies, copies->n++);
  GError *error = NULL;
  g_file_set_contents(path, text, -1, &error);
  g_assert_no_error(error);
}

/* the last line of what the runner prints */
static char *
run(const Copies *copies, int *exit_status)
{
  g_autofree char *output = NULL;
  const char *const argv[] = { g_getenv("CONFORMANCE_RUNNER"), "--plugin-dir",
                               g_getenv("CONFORMANCE_PLUGINS"), copies->directory,
                               NULL };
  int status = 0;
  GError *error = NULL;
  g_spawn_sync(NULL, (char **)argv, NULL, G_SPAWN_DEFAULT, NULL, NULL, &output, NULL,
               &status, &error);
  g_assert_no_error(error);
  g_assert_true(WIFEXITED(status));
  *exit_status = WEXITSTATUS(status);
  g_test_message("%s", output);
  g_strchomp(output);
  const char *last = strrchr(output, '\n');
  return g_strdup(last != NULL ? last + 1 : output);
}

static void
assert_all_rejected(const Copies *copies)
{
  int exit_status = 0;
  g_autofree char *last = run(copies, &exit_status);
  g_autofree char *expected =
      g_strdup_printf("0 passed, %u failed, 0 skipped", copies->n);
  g_assert_cmpuint(copies->n, >, 0);
  g_assert_cmpstr(last, ==, expected);
  g_assert_cmpint(exit_status, ==, 1);
}

/* ---- changing numbers ---- */

static double
value_of(JsonNode *leaf)
{
  return json_node_get_value_type(leaf) == G_TYPE_STRING
             ? g_ascii_strtod(json_node_get_string(leaf), NULL)
             : json_node_get_double(leaf);
}

static double
largest_of(JsonArray *row)
{
  double largest = 0.0;
  for (guint i = 0; i < json_array_get_length(row); i++) {
    const double value = fabs(value_of(json_array_get_element(row, i)));
    largest = isfinite(value) ? fmax(largest, value) : largest;
  }
  return largest;
}

static double
move_by_4_ulp(double value, double largest)
{
  float moved = (float)value;
  (void)largest;
  for (int i = 0; i < 4; i++) {
    moved = nextafterf(moved, INFINITY);
  }
  return (double)moved;
}

static double
move_by_1_ulp(double value, double largest)
{
  (void)largest;
  return (double)nextafterf((float)value, INFINITY);
}

static double
move_by_1e_4(double value, double largest)
{
  return value + 1e-4 * largest;
}

static double
to_zero(double value, double largest)
{
  (void)value;
  (void)largest;
  return 0.0;
}

typedef double (*Change)(double value, double largest);

/* one copy for each number of a tensor */
static void
change_each(Copies *copies, JsonArray *row, Change change)
{
  for (guint i = 0; row != NULL && i < json_array_get_length(row); i++) {
    JsonNode *leaf = json_array_get_element(row, i);
    const double value = value_of(leaf);
    const double changed = change(value, largest_of(row));
    if (isfinite(value) && changed != value) {
      json_node_set_double(leaf, changed);
      write_copy(copies);
      json_node_set_double(leaf, value);
    }
  }
}

/* one copy with a tensor of zeros */
static void
change_whole(Copies *copies, JsonArray *row, Change change)
{
  const guint n = row != NULL ? json_array_get_length(row) : 0;
  g_autofree double *before = g_new(double, MAX(n, 1));
  for (guint i = 0; i < n; i++) {
    JsonNode *leaf = json_array_get_element(row, i);
    before[i] = value_of(leaf);
    json_node_set_double(leaf, change(before[i], 0.0));
  }
  if (n > 0) {
    write_copy(copies);
  }
  for (guint i = 0; i < n; i++) {
    json_node_set_double(json_array_get_element(row, i), before[i]);
  }
}

typedef void (*Visit)(Copies *copies, JsonArray *row, Change change);

static void
visit_rows(Copies *copies, JsonArray *rows, Visit visit, Change change)
{
  for (guint i = 0; rows != NULL && i < json_array_get_length(rows); i++) {
    visit(copies, case_row(rows, i), change);
  }
}

/* ---- every number of a training run ---- */

typedef struct Row {
  const char *name, *id;
  Visit visit;
  Change change;
  enum { ALL, STATE, SLOTS } what;
} Row;

static const Row rows[] = {
  { "elementwise/4-ulp", "adadelta_lr1_mixed", change_each, move_by_4_ulp, ALL },
  { "elementwise/1-ulp", "adadelta_weight_decay", change_each, move_by_1_ulp, ALL },
  { "elementwise/average", "adadelta_ema_overwrite3", change_each, move_by_4_ulp,
    false },
  { "elementwise/momentum", "sgd_nesterov", change_each, move_by_4_ulp, ALL },
  { "elementwise/accumulation", "adadelta_accum4", change_each, move_by_4_ulp, ALL },
  { "elementwise/slots-of-zeros", "adadelta_default", change_whole, to_zero, SLOTS },
  { "norm/global", "adadelta_global_clipnorm", change_each, move_by_1e_4, ALL },
  { "norm/tensor", "adadelta_clipnorm", change_each, move_by_1e_4, ALL },
  { "norm/average", "adadelta_combo_noaccum", change_each, move_by_1e_4, STATE },
  { "norm/slots-of-zeros", "adadelta_clipnorm", change_whole, to_zero, SLOTS },
  { "loss-scale", "adadelta_lso_finite", change_each, move_by_1e_4, ALL },
  { "loss-scale/skips", "adadelta_lso_nonfinite", change_each, move_by_1e_4, STATE },
};

/* between two windows accumulators are not compared */
static bool
is_window_open(JsonObject *recorded, JsonObject *state)
{
  const double window =
      case_number(case_object(recorded, "config"), "gradient_accumulation_steps", 1.0);
  return fmod(case_number(state, "iterations_raw", 0.0), window) != 0.0;
}

static void
visit_step(Copies *copies, JsonObject *step, const Row *row)
{
  if (row->what == ALL) {
    visit_rows(copies, case_array(step, "variables"), row->visit, row->change);
  }
  visit_rows(copies, case_array(step, "average"), row->visit, row->change);
  if (is_window_open(copies->recorded, step)) {
    visit_rows(copies, case_array(step, "gradient_accumulator"), row->visit,
               row->change);
  }
}

static void
visit_slots(Copies *copies, const Row *row)
{
  JsonObject *final = case_object(copies->recorded, "final");
  JsonObject *slots = case_object(final, "slots");
  g_autoptr(GList) names = json_object_get_members(slots);
  for (GList *name = names; name != NULL; name = name->next) {
    if (!g_str_equal(name->data, "gradient_accumulator")
        || is_window_open(copies->recorded, final)) {
      visit_rows(copies, case_array(slots, name->data), row->visit, row->change);
    }
  }
}

typedef struct Test {
  GPtrArray *cases;
  const Row *row;
} Test;

static JsonObject *
find_case(const GPtrArray *cases, const char *id)
{
  for (guint i = 0; i < cases->len; i++) {
    if (g_str_equal(case_string(cases->pdata[i], "id"), id)) {
      return cases->pdata[i];
    }
  }
  g_error("there is no case %s", id);
}

static void
test_numbers(gconstpointer data)
{
  const Test *test = data;
  g_auto(Copies) copies = { 0 };
  copies_init(&copies, find_case(test->cases, test->row->id));
  JsonArray *steps = case_array(copies.recorded, "steps");

  for (guint i = 0; test->row->what != SLOTS && i < json_array_get_length(steps); i++) {
    visit_step(&copies, json_array_get_object_element(steps, i), test->row);
  }
  visit_slots(&copies, test->row);
  if (test->row->what != SLOTS) {
    visit_rows(&copies, case_array(copies.recorded, "finalized_variables"),
               test->row->visit, test->row->change);
  }
  assert_all_rejected(&copies);
}

/* ---- what is no tensor ---- */

/* one copy for each step that has the member, with 1 more */
static void
test_scalars(gconstpointer data)
{
  static const char *const members[] = { "iterations", "iterations_raw",
                                         "learning_rate", "loss_scale_before",
                                         "loss_scale_after" };
  g_auto(Copies) copies = { 0 };
  copies_init(&copies, find_case(data, "adadelta_lso_nonfinite"));
  JsonArray *steps = case_array(copies.recorded, "steps");
  for (guint i = 0; i < json_array_get_length(steps) * G_N_ELEMENTS(members); i++) {
    JsonObject *step = json_array_get_object_element(steps, i / G_N_ELEMENTS(members));
    const char *member = members[i % G_N_ELEMENTS(members)];
    const double value = case_number(step, member, NAN);
    json_object_set_double_member(step, member, value + 1.0);
    write_copy(&copies);
    json_object_set_double_member(step, member, value);
  }
  assert_all_rejected(&copies);
}

static void
test_updated(gconstpointer data)
{
  g_auto(Copies) copies = { 0 };
  copies_init(&copies, find_case(data, "adadelta_accum2"));
  JsonArray *steps = case_array(copies.recorded, "steps");
  for (guint i = 0; i < json_array_get_length(steps); i++) {
    JsonObject *step = json_array_get_object_element(steps, i);
    const bool is_updated = case_flag(step, "updated");
    json_object_set_boolean_member(step, "updated", !is_updated);
    write_copy(&copies);
    json_object_set_boolean_member(step, "updated", is_updated);
  }
  assert_all_rejected(&copies);
}

static void
test_schedule(gconstpointer data)
{
  static const char *const columns[] = { "learning_rates", "learning_rates_f64" };
  g_auto(Copies) copies = { 0 };
  copies_init(&copies, find_case(data, "schedule_cosine_warmup"));
  for (size_t i = 0; i < G_N_ELEMENTS(columns); i++) {
    change_each(&copies, case_array(copies.recorded, columns[i]), move_by_1e_4);
  }
  assert_all_rejected(&copies);
}

static void
test_clipped(gconstpointer data)
{
  g_auto(Copies) copies = { 0 };
  copies_init(&copies, find_case(data, "clip_global_clipnorm"));
  visit_rows(&copies, case_array(copies.recorded, "outputs"), change_each,
             move_by_1e_4);
  assert_all_rejected(&copies);
}

static void
test_scaled_loss(gconstpointer data)
{
  g_auto(Copies) copies = { 0 };
  copies_init(&copies, find_case(data, "scale_loss"));
  visit_rows(&copies, case_array(copies.recorded, "outputs"), change_each,
             move_by_4_ulp);
  assert_all_rejected(&copies);
}

/* a constructor that Keras judges otherwise */
static void
test_judgement(gconstpointer data)
{
  g_auto(Copies) copies = { 0 };
  copies_init(&copies, find_case(data, "errors_constructor"));
  JsonArray *calls = case_array(copies.recorded, "errors");
  for (guint i = 0; i < json_array_get_length(calls); i++) {
    JsonObject *call = json_array_get_object_element(calls, i);
    if (g_str_equal(case_string(call, "result"), "ok")
        && case_flag(case_object(call, "kwargs"), "use_ema")) {
      json_object_set_string_member(call, "result", "error");
      write_copy(&copies);
      json_object_set_string_member(call, "result", "ok");
    }
  }
  assert_all_rejected(&copies);
}

static void
test_default(gconstpointer data)
{
  g_auto(Copies) copies = { 0 };
  copies_init(&copies, find_case(data, "config_defaults"));
  JsonArray *calls = case_array(copies.recorded, "configs");
  JsonObject *config =
      case_object(json_array_get_object_element(calls, 0), "get_config");
  while (json_array_get_length(calls) > 1) {
    json_array_remove_element(calls, json_array_get_length(calls) - 1);
  }
  json_object_set_double_member(config, "learning_rate", 0.02);
  write_copy(&copies);
  assert_all_rejected(&copies);
}

/* ---- the other way round ---- */

static void
test_pass_unchanged(gconstpointer data)
{
  int exit_status = 0;
  g_auto(Copies) copies = { 0 };
  copies_init(&copies, find_case(data, "adadelta_lr1_mixed"));
  write_copy(&copies);
  g_autofree char *last = run(&copies, &exit_status);
  g_assert_cmpstr(last, ==, "1 passed, 0 failed, 0 skipped");
  g_assert_cmpint(exit_status, ==, 0);
}

static void
test_refuse_an_empty_directory(gconstpointer data)
{
  int exit_status = 0;
  g_auto(Copies) copies = { 0 };
  copies_init(&copies, find_case(data, "adadelta_default"));
  g_autofree char *last = run(&copies, &exit_status);
  g_assert_cmpstr(last, ==, "");
  g_assert_cmpint(exit_status, ==, 2);
}

/* a file that lost its cases must not pass for a conforming library */
static void
test_all_cases_are_there(gconstpointer data)
{
  g_assert_cmpuint(((const GPtrArray *)data)->len, ==, 277);
}

int
main(int argc, char **argv)
{
  g_test_init(&argc, &argv, NULL);
  g_test_set_nonfatal_assertions();
  g_autoptr(GError) error = NULL;
  g_autoptr(GPtrArray) cases = cases_read(g_getenv("CONFORMANCE_CASES"), &error);
  static const struct {
    const char *path;
    GTestDataFunc test;
  } tests[] = {
    { "/conformance/all-cases-are-there", test_all_cases_are_there },
    { "/conformance/pass-unchanged", test_pass_unchanged },
    { "/conformance/refuse-an-empty-directory", test_refuse_an_empty_directory },
    { "/conformance/reject/counters-and-scales", test_scalars },
    { "/conformance/reject/updates", test_updated },
    { "/conformance/reject/schedules", test_schedule },
    { "/conformance/reject/clipped-gradients", test_clipped },
    { "/conformance/reject/scaled-loss", test_scaled_loss },
    { "/conformance/reject/judgements-of-constructors", test_judgement },
    { "/conformance/reject/defaults", test_default },
  };
  Test numbers[G_N_ELEMENTS(rows)];

  g_assert_no_error(error);
  for (size_t i = 0; i < G_N_ELEMENTS(tests); i++) {
    g_test_add_data_func(tests[i].path, cases, tests[i].test);
  }
  for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
    g_autofree char *path = g_strconcat("/conformance/reject/", rows[i].name, NULL);
    numbers[i] = (Test){ .cases = cases, .row = &rows[i] };
    g_test_add_data_func(path, &numbers[i], test_numbers);
  }
  return g_test_run();
}
