/* SPDX-License-Identifier: MIT */
/* Every recorded Keras case, replayed: the same weights and state after every call. */
#include "cases.h"
#include "translate.h"
#include "trees.h"

#include <math.h>
#include <string.h>

typedef struct Replay {
  JsonObject *recorded;
  JsonArray *variables;
  optreg_optimizer *optimizer;
  GPtrArray *weights;  /* one array of floats for each variable */
  GPtrArray *averages; /* the EMA by optreg's rule, see advance_averages() */
  GPtrArray *gradients;
  bool has_norm;
} Replay;

static void
replay_clear(Replay *replay)
{
  optreg_optimizer_free(replay->optimizer);
  g_ptr_array_unref(replay->weights);
  g_ptr_array_unref(replay->averages);
  g_ptr_array_unref(replay->gradients);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Replay, replay_clear)

/* ---- comparing ---- */

static bool
is_equal(const Replay *replay, float actual, float expected)
{
  if (isnan(actual) || isnan(expected)) {
    return isnan(actual) && isnan(expected);
  }
  if (!replay->has_norm || isinf(actual) || isinf(expected)) {
    return memcmp(&actual, &expected, sizeof actual) == 0;
  }
  return fabsf(actual - expected) <= 3e-6f + 3e-6f * fabsf(expected);
}

static const char *
variable_name(const Replay *replay, guint variable)
{
  return case_string(json_array_get_object_element(replay->variables, variable),
                     "name");
}

static void
check_floats(const Replay *replay, const char *what, guint variable,
             const float *actual, JsonArray *expected)
{
  const guint n = json_array_get_length(expected);
  for (guint i = 0; i < n; i++) {
    if (actual == NULL || !is_equal(replay, actual[i], case_float(expected, i))) {
      g_test_fail_printf(
          "%s: %s[%u] is %.9g, Keras has %.9g", what, variable_name(replay, variable),
          i, actual != NULL ? (double)actual[i] : NAN, (double)case_float(expected, i));
      return;
    }
  }
}

static void
check_weights(const Replay *replay, const char *what, JsonArray *expected)
{
  for (guint i = 0; i < replay->weights->len; i++) {
    check_floats(replay, what, i, replay->weights->pdata[i], case_row(expected, i));
  }
}

static void
check_state(const Replay *replay, const char *what, const char *role,
            JsonArray *expected)
{
  for (guint i = 0; expected != NULL && i < replay->weights->len; i++) {
    uint64_t n = 0;
    const float *actual = optreg_optimizer_state(replay->optimizer, i, role, &n);
    if (case_row(expected, i) == NULL) {
      g_assert_null(actual);
      continue;
    }
    g_assert_cmpuint(n, ==, json_array_get_length(case_row(expected, i)));
    check_floats(replay, what, i, actual, case_row(expected, i));
  }
}

/* ---- the EMA, where optreg departs ---- */

static bool
averages_depart(const Replay *replay)
{
  JsonObject *config = case_object(replay->recorded, "config");
  return case_flag(config, "use_ema")
         && case_number(config, "gradient_accumulation_steps", 0.0) > 1.0;
}

/* Keras folds micro-steps in too; optreg only weights that an update has moved */
static void
advance_averages(const Replay *replay, bool is_first)
{
  JsonObject *config = case_object(replay->recorded, "config");
  const float momentum = is_first ? 0.0f
                                  : (float)case_number(config, "ema_momentum", 0.0);
  for (guint i = 0; i < replay->weights->len; i++) {
    float *average = replay->averages->pdata[i];
    const float *weight = replay->weights->pdata[i];
    uint64_t n = 0;
    const float *actual = optreg_optimizer_state(replay->optimizer, i, "ema", &n);
    g_assert_nonnull(actual);
    for (uint64_t j = 0; j < n; j++) {
      average[j] = momentum * average[j] + (1.0f - momentum) * weight[j];
      g_assert_cmpfloat(actual[j], ==, average[j]);
    }
  }
}

/* ---- replaying ---- */

static void
set_gradients(Replay *replay, JsonArray *gradients)
{
  g_ptr_array_set_size(replay->gradients, 0);
  for (guint i = 0; i < replay->weights->len; i++) {
    JsonArray *gradient = case_row(gradients, i);
    g_autoptr(optreg_error) error = NULL;
    g_ptr_array_add(replay->gradients, gradient != NULL ? case_floats(gradient) : NULL);
    optreg_optimizer_set_gradient(replay->optimizer, i, replay->gradients->pdata[i],
                                  &error);
    assert_no_error(error);
  }
}

static bool
is_any_nonfinite(JsonArray *gradients)
{
  for (guint i = 0; i < json_array_get_length(gradients); i++) {
    JsonArray *gradient = case_row(gradients, i);
    for (guint j = 0; gradient != NULL && j < json_array_get_length(gradient); j++) {
      if (!isfinite(case_float(gradient, j))) {
        return true;
      }
    }
  }
  return false;
}

static optreg_status
expected_status(const Replay *replay, JsonObject *step)
{
  if (case_object(step, "error") != NULL) {
    return OPTREG_STEP_ERROR;
  }
  if (case_flag(step, "updated")) {
    return OPTREG_STEP_APPLIED;
  }
  return case_object(replay->recorded, "wrapper") != NULL
                 && is_any_nonfinite(case_array(step, "gradients"))
             ? OPTREG_STEP_SKIPPED_NONFINITE
             : OPTREG_STEP_ACCUMULATED;
}

static void
check_report(const Replay *replay, JsonObject *step)
{
  const optreg_step_report *report = optreg_optimizer_last_step(replay->optimizer);
  g_assert_cmpuint(report->step, ==, (guint64)case_number(step, "iterations", 0.0));
  g_assert_cmpuint(report->micro_step, ==,
                   (guint64)case_number(step, "iterations_raw", 0.0));
  g_assert_cmpfloat((float)report->learning_rate, ==,
                    (float)case_number(step, "learning_rate", 0.0));
  if (json_object_has_member(step, "loss_scale_before")) {
    g_assert_cmpfloat(report->loss_scale, ==,
                      case_number(step, "loss_scale_before", 0.0));
    g_assert_cmpfloat(optreg_optimizer_scale_loss(replay->optimizer, 1.0), ==,
                      case_number(step, "loss_scale_after", 0.0));
  }
}

/* after an update Keras clears the accumulator, optreg overwrites it in the next one */
static bool
is_window_open(const Replay *replay)
{
  JsonObject *config = case_object(replay->recorded, "config");
  const guint64 window =
      (guint64)case_number(config, "gradient_accumulation_steps", 1.0);
  return optreg_optimizer_last_step(replay->optimizer)->micro_step % window != 0;
}

static void
check_recorded_slots(const Replay *replay, const char *what, JsonObject *step)
{
  if (is_window_open(replay)) {
    check_state(replay, what, "gradient_accumulator", case_array(step, "gradient_accumulator"));
  }
  if (!averages_depart(replay)) {
    check_state(replay, what, "ema", case_array(step, "average"));
  } else if (case_flag(step, "updated")) {
    advance_averages(replay, case_number(step, "iterations", 0.0) == 1.0);
  }
}

static void
replay_step(Replay *replay, JsonObject *step)
{
  g_autofree char *what =
      g_strdup_printf("call %d", (int)case_number(step, "step", 0.0));
  g_autoptr(optreg_error) error = NULL;

  if (json_object_has_member(step, "set_learning_rate")) {
    optreg_optimizer_set_learning_rate(
        replay->optimizer, case_number(step, "set_learning_rate", 0.0), &error);
    assert_no_error(error);
  }
  set_gradients(replay, case_array(step, "gradients"));
  const optreg_status status = optreg_optimizer_step(replay->optimizer, &error);
  g_assert_cmpint(status, ==, expected_status(replay, step));
  check_weights(replay, what, case_array(step, "variables"));
  if (error != NULL) {
    g_assert_cmpint(error->code, ==, OPTREG_ERROR_ARGUMENT);
    g_assert_nonnull(strstr(error->message, "gradient"));
    return;
  }
  check_report(replay, step);
  check_recorded_slots(replay, what, step);
}

/* ---- the end of a case ---- */

static void
check_final_slots(const Replay *replay)
{
  JsonObject *slots = case_object(case_object(replay->recorded, "final"), "slots");
  g_autoptr(GList) names = json_object_get_members(slots);
  for (GList *name = names; name != NULL; name = name->next) {
    JsonArray *expected = case_array(slots, name->data);
    if (g_str_equal(name->data, "average")) {
      check_state(replay, "final", "ema", averages_depart(replay) ? NULL : expected);
    } else if (g_str_equal(name->data, "gradient_accumulator")) {
      check_state(replay, "final", "gradient_accumulator",
                  is_window_open(replay) ? expected : NULL);
    } else {
      check_state(replay, name->data, name->data, expected);
    }
  }
}

static void
check_finalized(const Replay *replay)
{
  JsonArray *finalized = case_array(replay->recorded, "finalized_variables");
  g_autoptr(optreg_error) error = NULL;
  optreg_optimizer_finalize(replay->optimizer, &error);
  assert_no_error(error);
  if (finalized != NULL && !averages_depart(replay)) {
    check_weights(replay, "finalized", finalized);
  }
  for (guint i = 0; averages_depart(replay) && i < replay->weights->len; i++) {
    JsonArray *row = case_row(finalized, i);
    g_assert_cmpmem(
        replay->weights->pdata[i], json_array_get_length(row) * sizeof(float),
        replay->averages->pdata[i], json_array_get_length(row) * sizeof(float));
  }
}

/* ---- beginning ---- */

static void
add_parameter(Replay *replay, const char *name, JsonArray *shape, float *weight)
{
  uint64_t dims[8];
  const guint ndim = json_array_get_length(shape);
  g_autoptr(optreg_error) error = NULL;
  for (guint i = 0; i < ndim; i++) {
    dims[i] = (uint64_t)json_array_get_int_element(shape, i);
  }
  optreg_optimizer_add_parameter(replay->optimizer, name, OPTREG_F32, dims, ndim,
                                 weight, NULL, &error);
  assert_no_error(error);
  g_ptr_array_add(replay->weights, weight);
}

static void
replay_begin(Replay *replay, JsonObject *recorded, const char *yaml)
{
  replay->recorded = recorded;
  replay->optimizer = optimizer_from_text(yaml);
  replay->has_norm = translate_has_norm(recorded);
  replay->weights = g_ptr_array_new_with_free_func(g_free);
  replay->averages = g_ptr_array_new_with_free_func(g_free);
  replay->gradients = g_ptr_array_new_with_free_func(g_free);
}

static void
replay_build(Replay *replay)
{
  g_autoptr(optreg_error) error = NULL;
  optreg_optimizer_build(replay->optimizer, &error);
  assert_no_error(error);
}

static void
test_training(JsonObject *recorded)
{
  g_auto(Replay) replay = { 0 };
  g_autofree char *yaml = translate_to_yaml(recorded);
  JsonArray *steps = case_array(recorded, "steps");

  replay_begin(&replay, recorded, yaml);
  replay.variables = case_array(recorded, "variables");
  for (guint i = 0; i < json_array_get_length(replay.variables); i++) {
    JsonObject *variable = json_array_get_object_element(replay.variables, i);
    JsonArray *initial = case_array(variable, "initial");
    add_parameter(&replay, case_string(variable, "name"), case_array(variable, "shape"),
                  case_floats(initial));
    g_ptr_array_add(replay.averages, g_new0(float, json_array_get_length(initial)));
  }
  replay_build(&replay);
  for (guint i = 0; i < json_array_get_length(steps); i++) {
    replay_step(&replay, json_array_get_object_element(steps, i));
  }
  check_final_slots(&replay);
  check_finalized(&replay);
}

/* the clipped gradient is what gradient descent of rate 1 takes off weights of zero */
static void
test_clipping(JsonObject *recorded)
{
  g_auto(Replay) replay = { 0 };
  g_autofree char *yaml = translate_clip_to_yaml(recorded);
  g_autoptr(optreg_error) error = NULL;
  JsonArray *shapes = case_array(recorded, "shapes"),
            *outputs = case_array(recorded, "outputs");

  replay_begin(&replay, recorded, yaml);
  for (guint i = 0; i < json_array_get_length(shapes); i++) {
    g_autofree char *name = g_strdup_printf("tensor_%u", i);
    const guint n = json_array_get_length(case_row(outputs, i));
    add_parameter(&replay, name, case_row(shapes, i), g_new0(float, n));
  }
  replay_build(&replay);
  set_gradients(&replay, case_array(recorded, "inputs"));
  g_assert_cmpint(optreg_optimizer_step(replay.optimizer, &error), ==,
                  OPTREG_STEP_APPLIED);
  for (guint i = 0; i < replay.weights->len; i++) {
    const float *weight = replay.weights->pdata[i];
    for (guint j = 0; j < json_array_get_length(case_row(outputs, i)); j++) {
      const float clipped = case_float(case_row(outputs, i), j);
      g_assert_true(is_equal(&replay, 0.0f - weight[j], clipped)
                    || clipped == -weight[j]);
    }
  }
}

static void
test_case(gconstpointer data)
{
  JsonObject *recorded = (JsonObject *)data;
  const char *reason = translate_reason_to_skip(recorded);
  if (reason != NULL) {
    g_test_skip(reason);
  } else if (g_str_equal(case_string(recorded, "kind"), "train")) {
    test_training(recorded);
  } else {
    test_clipping(recorded);
  }
}

/* a file that lost its cases must not pass for a conforming library */
static void
test_all_cases_are_there(gconstpointer data)
{
  const GPtrArray *cases = data;
  guint n_run = 0;
  for (guint i = 0; i < cases->len; i++) {
    n_run += translate_reason_to_skip(cases->pdata[i]) == NULL;
  }
  g_test_message("%u cases, %u skipped with a reason", cases->len, cases->len - n_run);
  g_assert_cmpuint(cases->len, ==, 144);
  g_assert_cmpuint(n_run, >=, 100);
}

int
main(int argc, char **argv)
{
  g_test_init(&argc, &argv, NULL);
  g_test_set_nonfatal_assertions();
  g_autoptr(GError) error = NULL;
  g_autofree char *path = source_path("conformance/cases/cases.jsonl.gz");
  g_autoptr(GPtrArray) cases = cases_read(path, &error);
  g_assert_no_error(error);

  g_test_add_data_func("/conformance/all-cases-are-there", cases,
                       test_all_cases_are_there);
  for (guint i = 0; i < cases->len; i++) {
    g_autofree char *test_path =
        g_strconcat("/conformance/", case_string(cases->pdata[i], "id"), NULL);
    g_test_add_data_func(test_path, cases->pdata[i], test_case);
  }
  return g_test_run();
}
