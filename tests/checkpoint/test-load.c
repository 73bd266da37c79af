/* SPDX-License-Identifier: MIT */
/* Loading: going on, what must fit, what policies permit, what a failure leaves. */
#include "memory.h"

#include <math.h>
#include <string.h>

#define EVERYTHING                                                        \
  "optimizer: adadelta\nlearning_rate: 1.0\nuse_ema: true\n"              \
  "gradient_accumulation_steps: 3\nclipnorm: 0.5\nglobal_clipnorm: 2.0\n" \
  "loss_scale_factor: {dynamic: true, initial_scale: 8, dynamic_growth_steps: 4}\n"

#define SCHEDULED                                                 \
  "optimizer: adadelta\nlearning_rate: {schedule: cosine_decay, " \
  "initial_learning_rate: 1.0, decay_steps: 20}\n"

static const optreg_load_options with_parameters = { .with_parameters = true };
static const optreg_load_options lenient = { .missing = OPTREG_MISSING_INIT,
                                             .unexpected = OPTREG_UNEXPECTED_IGNORE };

/* ---- going on ---- */

static const char *const optimizers[] = {
  EVERYTHING,
  "optimizer: sgd\nmomentum: 0.9\n",
  "optimizer: sgd\n",
  "optimizer: test_blob\nfirst_gain: 0.5\n",
  "optimizer: test_nadam\n",
  "optimizer: test_lamb\n",
  "optimizer: test_schedulefree\nuse_ema: true\n",
  SCHEDULED,
};

/* saved after every number of calls of a window */
static void
test_going_on_is_going_straight_on(gconstpointer yaml)
{
  for (unsigned k = 0; k < 8; k++) {
    g_autoptr(Model) straight = model_from_text(yaml);
    g_autoptr(Model) resumed = model_from_text(yaml);
    g_autoptr(optreg_error) error = NULL;
    model_train(straight, k);
    g_autoptr(GBytes) bytes = save_all(straight);
    load_all(resumed, bytes, &with_parameters, &error);
    assert_no_error(error);
    resumed->n_calls = k;
    model_train(straight, 7);
    model_train(resumed, 7);
    g_autoptr(GBytes) expected = save_all(straight);
    g_autoptr(GBytes) actual = save_all(resumed);
    assert_same_bytes(actual, expected);
  }
}

/* what the optimizer did before is forgotten */
static void
test_a_used_optimizer_becomes_the_saved_one(void)
{
  g_autoptr(Model) model = model_from_text(EVERYTHING);
  model_train(model, 4);
  g_autoptr(GBytes) expected = save_all(model);
  model_train(model, 7);

  g_assert_true(load_all(model, expected, &with_parameters, NULL));
  g_autoptr(GBytes) actual = save_all(model);
  assert_same_bytes(actual, expected);
}

static void
test_saving_changes_nothing(void)
{
  g_autoptr(Model) model = model_from_text(EVERYTHING);
  const optreg_step_report *report = optreg_optimizer_last_step(model->optimizer);
  model_train(model, 4);
  const optreg_step_report before = *report;
  g_autoptr(GBytes) first = save_all(model);
  g_autoptr(GBytes) second = save_all(model);

  assert_same_bytes(first, second);
  g_assert_cmpmem(report, sizeof *report, &before, sizeof before);
}

static void
test_parameters_are_matched_by_name(void)
{
  ModelRow reversed[MODEL_N_ROWS];
  for (size_t i = 0; i < MODEL_N_ROWS; i++) {
    reversed[i] = model_rows[MODEL_N_ROWS - 1 - i];
  }
  g_autoptr(Model) one = model_from_text(EVERYTHING);
  g_autoptr(Model)
      other = model_new(optimizer_from_text(EVERYTHING), reversed, MODEL_N_ROWS);
  model_build(other);
  model_train(one, 4);
  g_autoptr(GBytes) bytes = save_all(one);

  g_assert_true(load_all(other, bytes, &with_parameters, NULL));
  other->n_calls = 4;
  model_train(one, 3);
  model_train(other, 3);
  g_autoptr(GBytes) expected = save_all(one);
  g_autoptr(GBytes) actual = save_all(other);
  assert_same_bytes(actual, expected);
}

static void
test_the_application_keeps_its_weights_unless_it_asks(void)
{
  g_autoptr(Model) model = model_from_text(EVERYTHING);
  model_train(model, 3);
  g_autoptr(GBytes) bytes = save_all(model);
  float *weight = model->weight[0];
  const float saved = weight[0];

  weight[0] = 77.0f;
  g_assert_true(load_all(model, bytes, NULL, NULL));
  g_assert_cmpfloat(weight[0], ==, 77.0f);
  g_assert_true(load_all(model, bytes, &with_parameters, NULL));
  g_assert_cmpfloat(weight[0], ==, saved);
}

/* ---- what must fit ---- */

typedef struct Mismatch {
  const char *path, *saved, *loaded;
  const char *sentences[4]; /* of the error */
} Mismatch;

static const Mismatch mismatches[] = {
  { "another-optimizer",
    "optimizer: adadelta\n",
    "optimizer: sgd\n",
    { "the optimizer is 'adadelta' in the checkpoint, 'sgd' here",
      "'dense/bias/accumulated_grad' is in the checkpoint only" } },
  { "a-slot-is-missing",
    "optimizer: sgd\n",
    "optimizer: sgd\nmomentum: 0.9\n",
    { "'dense/kernel/momentum' is not in the checkpoint",
      "'dense/bias/momentum' is not in the checkpoint",
      "; the policy missing: init permits what is missing" } },
  { "a-slot-is-unexpected",
    "optimizer: sgd\nmomentum: 0.9\n",
    "optimizer: sgd\n",
    { "'dense/kernel/momentum' is in the checkpoint only",
      "'scale/momentum' is in the checkpoint only",
      "; the policy unexpected: ignore permits what is unexpected" } },
  { "ema-is-missing",
    "optimizer: sgd\n",
    "optimizer: sgd\nuse_ema: true\n",
    { "'scale/ema' is not in the checkpoint" } },
  { "a-counter-is-missing",
    "optimizer: sgd\n",
    "optimizer: sgd\nloss_scale_factor: dynamic\n",
    { "counter 'loss_scale' is not in the checkpoint",
      "counter 'finite_calls' is not in the checkpoint" } },
  { "a-counter-is-unexpected",
    "optimizer: sgd\nloss_scale_factor: dynamic\n",
    "optimizer: sgd\n",
    { "counter 'loss_scale' is in the checkpoint only" } },
  { "a-window-is-shorter",
    "optimizer: sgd\ngradient_accumulation_steps: 4\n",
    "optimizer: sgd\ngradient_accumulation_steps: 2\n",
    { "counter 'accumulated' is '2' in the checkpoint, permitted here are 0 to 1" } },
};

static void
test_mismatch(gconstpointer data)
{
  const Mismatch *row = data;
  g_autoptr(Model) saved = model_from_text(row->saved);
  g_autoptr(Model) loaded = model_from_text(row->loaded);
  g_autoptr(optreg_error) error = NULL;
  model_train(saved, 2);
  model_train(loaded, 1);
  g_autoptr(GBytes) bytes = save_all(saved);
  g_autoptr(GBytes) before = save_all(loaded);

  g_assert_false(load_all(loaded, bytes, &with_parameters, &error));
  g_assert_cmpint(error->code, ==, OPTREG_ERROR_MISMATCH);
  g_assert_true(g_str_has_prefix(error->message, "the checkpoint does not fit: "));
  for (size_t i = 0; i < G_N_ELEMENTS(row->sentences) && row->sentences[i] != NULL;
       i++) {
    g_assert_nonnull(strstr(error->message, row->sentences[i]));
  }
  g_autoptr(GBytes) after = save_all(loaded);
  assert_same_bytes(after, before);
}

static const ModelRow other_rows[] = {
  { "dense/kernel", OPTREG_F32, 2, { 7, 12 } },
  { "dense/bias", OPTREG_F64, 1, { 7 } },
  { "head", OPTREG_F32, 1, { 2 } },
};

static void
test_every_mismatch_of_parameters_is_listed(void)
{
  g_autoptr(Model) saved = model_from_text("optimizer: adadelta\n");
  g_autoptr(Model) loaded = model_new(optimizer_from_text("optimizer: adadelta\n"),
                                      other_rows, G_N_ELEMENTS(other_rows));
  g_autoptr(optreg_error) error = NULL;
  g_autoptr(GBytes) bytes = save_all(saved);
  model_build(loaded);

  g_assert_false(load_all(loaded, bytes, NULL, &error));
  static const char *const sentences[] = {
    "parameter 'dense/kernel' is F32 [12, 7] in the checkpoint, F32 [7, 12] here",
    "parameter 'dense/bias' is F32 [7] in the checkpoint, F64 [7] here",
    "'dense/bias/accumulated_grad' is F32 [7] in the checkpoint, F64 [7] here",
    "parameter 'head' is not in the checkpoint",
    "parameter 'embedding' is in the checkpoint only",
    "parameter 'scale' is in the checkpoint only",
  };
  for (size_t i = 0; i < G_N_ELEMENTS(sentences); i++) {
    g_assert_nonnull(strstr(error->message, sentences[i]));
    g_assert_true(report_has(loaded, sentences[i]));
  }
  g_assert_null(strstr(error->message, "'head/accumulated_grad'")); /* said already */
}

static void
test_a_long_list_is_cut_in_the_error_only(void)
{
  static ModelRow rows[16];
  for (size_t i = 0; i < 16; i++) {
    rows[i] = (ModelRow){ g_strdup_printf("p%zu", i), OPTREG_F32, 1, { 1 } };
  }
  g_autoptr(Model)
      saved = model_new(optimizer_from_text("optimizer: test_lamb\n"), rows, 16);
  g_autoptr(Model)
      loaded = model_new(optimizer_from_text("optimizer: sgd\n"), rows, 16);
  g_autoptr(optreg_error) error = NULL;
  const optreg_difference *differences;
  model_build(saved);
  model_build(loaded);
  g_autoptr(GBytes) bytes = save_all(saved);

  g_assert_false(load_all(loaded, bytes, NULL, &error));
  g_assert_nonnull(
      strstr(error->message, "; and 15 more; the policy")); /* 1 + 64 - 50 */
  g_assert_cmpuint(optreg_optimizer_load_report(loaded->optimizer, &differences), >,
                   65);
}

/* ---- policies ---- */

static const ModelRow grown_rows[] = {
  { "head/kernel", OPTREG_F32, 2, { 7, 3 } },   { "scale", OPTREG_F32, 0, { 0 } },
  { "dense/kernel", OPTREG_F32, 2, { 12, 7 } }, { "dense/bias", OPTREG_F32, 1, { 7 } },
  { "words", OPTREG_F32, 2, { 70, 31 } },
};

/* a layer more, one fewer, one renamed, another order */
static void
test_a_grown_model_resumes_with_a_report(void)
{
  static const optreg_rename renames[] = { { "embedding", "words" } };
  const optreg_load_options options = { .missing = OPTREG_MISSING_INIT,
                                        .unexpected = OPTREG_UNEXPECTED_IGNORE,
                                        .renames = renames,
                                        .n_renames = 1,
                                        .with_parameters = true };
  g_autoptr(Model) saved = model_from_text(EVERYTHING);
  g_autoptr(Model) grown =
      model_new(optimizer_from_text(EVERYTHING), grown_rows, G_N_ELEMENTS(grown_rows));
  g_autoptr(optreg_error) error = NULL;
  uint64_t n;
  model_build(grown);
  model_train(saved, 4);
  g_autoptr(GBytes) bytes = save_all(saved);

  load_all(grown, bytes, &options, &error);
  assert_no_error(error);
  g_assert_true(report_has(grown, "parameter 'embedding' of the checkpoint is 'words' "
                                  "here"));
  g_assert_true(report_has(grown,
                           "parameter 'head/kernel' is not in the checkpoint: its "
                           "state begins anew"));
  g_assert_true(report_has(grown,
                           "parameter 'unused/kernel' is in the checkpoint only: "
                           "left out"));
  g_assert_cmpmem(optreg_optimizer_state(grown->optimizer, 4, "ema", &n), 70 * 31 * 4,
                  optreg_optimizer_state(saved->optimizer, 2, "ema", &n), 70 * 31 * 4);
  /* the average of a parameter that is new begins with its value */
  g_assert_cmpmem(optreg_optimizer_state(grown->optimizer, 0, "ema", &n), 7 * 3 * 4,
                  grown->weight[0], 7 * 3 * 4);
}

static void
test_a_strict_load_refuses_a_renamed_parameter(void)
{
  g_autoptr(Model) saved = model_from_text("optimizer: sgd\n");
  g_autoptr(Model) grown = model_new(optimizer_from_text("optimizer: sgd\n"),
                                     grown_rows, G_N_ELEMENTS(grown_rows));
  g_autoptr(optreg_error) error = NULL;
  g_autoptr(GBytes) bytes = save_all(saved);
  model_build(grown);

  g_assert_false(load_all(grown, bytes, NULL, &error));
  g_assert_nonnull(
      strstr(error->message, "parameter 'words' is not in the checkpoint"));
  g_assert_nonnull(
      strstr(error->message, "parameter 'embedding' is in the checkpoint only"));
}

static void
test_renames_in_vain_are_refused(void)
{
  static const optreg_rename renames[] = { { "attic", "dense/kernel" },
                                           { "dense/bias", "scale" } };
  const optreg_load_options options = { .unexpected = OPTREG_UNEXPECTED_IGNORE,
                                        .missing = OPTREG_MISSING_INIT,
                                        .renames = renames,
                                        .n_renames = 2 };
  g_autoptr(Model) model = model_from_text("optimizer: sgd\n");
  g_autoptr(optreg_error) error = NULL;
  g_autoptr(GBytes) bytes = save_all(model);

  g_assert_false(load_all(model, bytes, &options, &error));
  g_assert_nonnull(strstr(error->message,
                          "parameter 'attic' is not in the checkpoint and "
                          "cannot be renamed to 'dense/kernel'"));
  g_assert_nonnull(
      strstr(error->message, "two parameters of the checkpoint would be 'scale'"));
}

static void
test_another_window_may_begin_anew(void)
{
  g_autoptr(Model) saved = model_from_text("optimizer: sgd\n"
                                           "gradient_accumulation_steps: 4\n");
  g_autoptr(Model) loaded = model_from_text("optimizer: sgd\n");
  model_train(saved, 6);
  g_autoptr(GBytes) bytes = save_all(saved);

  g_assert_true(load_all(loaded, bytes, &lenient, NULL));
  g_assert_cmpuint(optreg_optimizer_last_step(loaded->optimizer)->step, ==, 1);
  g_assert_true(report_has(loaded, "counter 'accumulated' is '2' in the checkpoint, "
                                   "permitted here are 0 to 0"));
  model_train(loaded, 1);
}

/* ---- values of the configuration ---- */

static void
test_the_configuration_wins_for_values(void)
{
  g_autoptr(Model) saved = model_from_text("optimizer: sgd\nmomentum: 0.9\n");
  g_autoptr(Model) loaded = model_from_text("optimizer: sgd\nmomentum: 0.5\n"
                                            "learning_rate: 0.25\n");
  model_train(saved, 2);
  g_autoptr(GBytes) bytes = save_all(saved);

  g_assert_true(load_all(loaded, bytes, NULL, NULL));
  g_assert_cmpfloat(optreg_optimizer_learning_rate(loaded->optimizer), ==, 0.25);
  g_assert_true(
      report_has(loaded, "learning_rate is 0.01 in the checkpoint; 0.25 counts"));
  g_assert_true(report_has(loaded, "momentum is 0.9 in the checkpoint; 0.5 counts"));
}

static void
test_other_planned_steps_are_reported(void)
{
  g_autoptr(Model) saved = model_from_text("optimizer: sgd\n");
  g_autoptr(Model) loaded = model_from_text("optimizer: sgd\n");
  optreg_optimizer_set_total_steps(saved->optimizer, 50, NULL);
  optreg_optimizer_set_total_steps(loaded->optimizer, 60, NULL);
  g_autoptr(GBytes) bytes = save_all(saved);

  g_assert_true(load_all(loaded, bytes, NULL, NULL));
  g_assert_true(report_has(loaded, "total_steps is 50 in the checkpoint; 60 counts"));
}

static void
test_an_equal_configuration_reports_nothing(void)
{
  g_autoptr(Model) model = model_from_text(EVERYTHING);
  const optreg_difference *differences;
  model_train(model, 2);
  g_autoptr(GBytes) bytes = save_all(model);

  g_assert_true(load_all(model, bytes, NULL, NULL));
  g_assert_cmpuint(optreg_optimizer_load_report(model->optimizer, &differences), ==, 0);
}

/* ---- groups ---- */

#define TWO_GROUPS "groups:\n- match: '*/bias'\n  beta_1: 0.5\n"

static void
test_regrouping_members_that_disagree_is_refused(void)
{
  g_autoptr(Model) saved = model_from_text("optimizer: test_lamb\n" TWO_GROUPS);
  g_autoptr(Model) loaded = model_from_text("optimizer: test_lamb\n");
  g_autoptr(optreg_error) error = NULL;
  model_train(saved, 2);
  g_autoptr(GBytes) bytes = save_all(saved);

  g_assert_false(load_all(loaded, bytes, &lenient, &error));
  g_assert_nonnull(strstr(error->message,
                          "'dense/kernel/power_1' and 'dense/bias/power_1' share one "
                          "value in their group here, but differ in the checkpoint"));
  g_assert_null(strstr(error->message, "power_2"));
}

static void
test_regrouping_members_that_agree_goes_on(void)
{
  g_autoptr(Model) saved = model_from_text("optimizer: test_lamb\n");
  g_autoptr(Model) loaded = model_from_text("optimizer: test_lamb\n" TWO_GROUPS);
  g_autoptr(optreg_error) error = NULL;
  model_train(saved, 2);
  g_autoptr(GBytes) bytes = save_all(saved);
  uint64_t n;

  load_all(loaded, bytes, NULL, &error);
  assert_no_error(error);
  const double *power = optreg_optimizer_state(loaded->optimizer, 1, "power_1", &n);
  g_assert_cmpfloat(*power, ==, 0.9 * 0.9);
}

/* a parameter that is new in a group takes the group's value and does not reset it */
static void
test_a_new_member_joins_its_group(void)
{
  g_autoptr(Model)
      saved = model_new(optimizer_from_text("optimizer: test_lamb\n"), model_rows, 3);
  g_autoptr(Model) grown = model_from_text("optimizer: test_lamb\n");
  uint64_t n;
  model_build(saved);
  model_train(saved, 2);
  g_autoptr(GBytes) bytes = save_all(saved);

  g_assert_true(load_all(grown, bytes, &lenient, NULL));
  const double *power = optreg_optimizer_state(grown->optimizer, 3, "power_1", &n);
  g_assert_cmpfloat(*power, ==, 0.9 * 0.9);
}

/* ---- counters, skips, a broken optimizer ---- */

static void
skip_a_step(Model *model)
{
  model_fill_gradients(model);
  ((float *)model->gradient[1])[3] = INFINITY;
  g_assert_cmpint(optreg_optimizer_step(model->optimizer, NULL), ==,
                  OPTREG_STEP_SKIPPED_NONFINITE);
}

static void
test_skips_and_the_scale_they_left_are_saved(void)
{
  g_autoptr(Model) saved = model_from_text(EVERYTHING);
  g_autoptr(Model) loaded = model_from_text(EVERYTHING);
  model_train(saved, 3);
  skip_a_step(saved);
  skip_a_step(saved);
  g_autoptr(GBytes) bytes = save_all(saved);

  g_assert_true(load_all(loaded, bytes, NULL, NULL));
  const optreg_step_report *report = optreg_optimizer_last_step(loaded->optimizer);
  g_assert_cmpuint(report->skipped, ==, 2);
  g_assert_cmpuint(report->consecutive_skips, ==, 2);
  g_assert_cmpuint(report->step, ==, 1);
  g_assert_cmpuint(report->micro_step, ==, 3);
  g_assert_cmpfloat(optreg_optimizer_scale_loss(loaded->optimizer, 1.0), ==, 2.0);
}

/* parameters whose gradient came in some call of the window, in none, in the last */
static void
test_sums_of_some_parameters_are_saved(void)
{
  static const char yaml[] = "optimizer: sgd\ngradient_accumulation_steps: 3\n";
  g_autoptr(Model) straight = model_from_text(yaml);
  g_autoptr(Model) resumed = model_from_text(yaml);
  model_train(straight, 3); /* so that the accumulators hold an older sum */
  model_fill_gradients(straight);
  optreg_optimizer_set_gradient(straight->optimizer, 0, NULL, NULL);
  g_assert_cmpint(optreg_optimizer_step(straight->optimizer, NULL), ==,
                  OPTREG_STEP_ACCUMULATED);
  g_autoptr(GBytes) bytes = save_all(straight);

  model_train(resumed, 1); /* so that it has sums of its own to forget */
  g_assert_true(load_all(resumed, bytes, &with_parameters, NULL));
  g_autoptr(GBytes) loaded = save_all(resumed);
  assert_same_bytes(loaded, bytes);
  for (size_t i = 0; i < 2; i++) {
    Model *model = i == 0 ? straight : resumed;
    optreg_optimizer_set_gradient(model->optimizer, 0, NULL, NULL);
    optreg_optimizer_set_gradient(model->optimizer, 1, NULL, NULL);
    model->n_calls = 4;
    model_train(model, 1);
    optreg_optimizer_set_gradient(model->optimizer, 0, model->gradient[0], NULL);
    model_train(model, 2);
  }
  g_autoptr(GBytes) expected = save_all(straight);
  g_autoptr(GBytes) actual = save_all(resumed);
  assert_same_bytes(actual, expected);
}

static void
test_a_broken_optimizer_is_mended_by_a_load(void)
{
  g_autoptr(Model) model = model_from_text("optimizer: test_fail\nfail_in: update\n");
  g_autoptr(optreg_error) error = NULL, save_error = NULL;
  size_t size;
  model_train(model, 2);
  g_autoptr(GBytes) bytes = save_all(model);
  g_assert_true(optreg_optimizer_set_learning_rate(model->optimizer, 0.0, NULL));
  g_assert_cmpint(optreg_optimizer_step(model->optimizer, &error), ==,
                  OPTREG_STEP_ERROR);
  g_assert_true(optreg_optimizer_set_learning_rate(model->optimizer, 0.5, NULL));
  g_assert_null(
      optreg_optimizer_save_to_memory(model->optimizer, NULL, &size, &save_error));
  g_assert_cmpstr(save_error->message, ==,
                  "the optimizer is broken: an earlier step failed half-way; load the "
                  "last checkpoint");

  g_assert_true(load_all(model, bytes, &with_parameters, NULL));
  g_autoptr(GBytes) after = save_all(model);
  assert_same_bytes(after, bytes);
  model_train(model, 1);
}

static void
test_before_build_there_is_nothing_to_save_or_load(void)
{
  g_autoptr(Model) model =
      model_new(optimizer_from_text("optimizer: sgd\n"), model_rows, MODEL_N_ROWS);
  g_autoptr(optreg_error) save_error = NULL, load_error = NULL;

  g_assert_false(
      optreg_optimizer_save(model->optimizer, "never.safetensors", NULL, &save_error));
  g_assert_cmpint(save_error->code, ==, OPTREG_ERROR_STATE);
  g_assert_false(optreg_optimizer_load(model->optimizer, "absent", NULL, &load_error));
  g_assert_cmpint(load_error->code, ==, OPTREG_ERROR_STATE);
}

static void
test_values_that_are_not_finite_are_reported(void)
{
  static const char yaml[] = "optimizer: sgd\nmomentum: 0.9\nnonfinite: propagate\n";
  g_autoptr(Model) model = model_from_text(yaml);
  model_fill_gradients(model);
  ((float *)model->gradient[1])[3] = NAN;
  g_assert_cmpint(optreg_optimizer_step(model->optimizer, NULL), ==,
                  OPTREG_STEP_APPLIED);
  g_autoptr(GBytes) bytes = save_all(model);

  g_assert_true(load_all(model, bytes, NULL, NULL));
  g_assert_true(report_has(model, "'dense/bias/momentum' is not finite at element 3"));
}

static const struct {
  const char *path;
  GTestFunc run;
} tests[] = {
  { "/load/a-used-optimizer-becomes-the-saved-one",
    test_a_used_optimizer_becomes_the_saved_one },
  { "/load/saving-changes-nothing", test_saving_changes_nothing },
  { "/load/parameters-are-matched-by-name", test_parameters_are_matched_by_name },
  { "/load/the-application-keeps-its-weights-unless-it-asks",
    test_the_application_keeps_its_weights_unless_it_asks },
  { "/load/strict/every-mismatch-of-parameters-is-listed",
    test_every_mismatch_of_parameters_is_listed },
  { "/load/strict/a-long-list-is-cut-in-the-error-only",
    test_a_long_list_is_cut_in_the_error_only },
  { "/load/strict/a-renamed-parameter",
    test_a_strict_load_refuses_a_renamed_parameter },
  { "/load/policies/a-grown-model-resumes-with-a-report",
    test_a_grown_model_resumes_with_a_report },
  { "/load/policies/renames-in-vain-are-refused", test_renames_in_vain_are_refused },
  { "/load/policies/another-window-may-begin-anew",
    test_another_window_may_begin_anew },
  { "/load/values/the-configuration-wins", test_the_configuration_wins_for_values },
  { "/load/values/planned-steps", test_other_planned_steps_are_reported },
  { "/load/values/an-equal-configuration-reports-nothing",
    test_an_equal_configuration_reports_nothing },
  { "/load/groups/members-that-disagree",
    test_regrouping_members_that_disagree_is_refused },
  { "/load/groups/members-that-agree", test_regrouping_members_that_agree_goes_on },
  { "/load/groups/a-new-member", test_a_new_member_joins_its_group },
  { "/load/skips-and-the-scale-they-left",
    test_skips_and_the_scale_they_left_are_saved },
  { "/load/sums-of-some-parameters", test_sums_of_some_parameters_are_saved },
  { "/load/a-broken-optimizer-is-mended", test_a_broken_optimizer_is_mended_by_a_load },
  { "/load/before-build", test_before_build_there_is_nothing_to_save_or_load },
  { "/load/values-that-are-not-finite-are-reported",
    test_values_that_are_not_finite_are_reported },
};

int
main(int argc, char **argv)
{
  g_test_init(&argc, &argv, NULL);
  for (size_t i = 0; i < G_N_ELEMENTS(optimizers); i++) {
    g_autofree char *path = g_strdup_printf("/load/going-on/%zu", i);
    g_test_add_data_func(path, optimizers[i], test_going_on_is_going_straight_on);
  }
  for (size_t i = 0; i < G_N_ELEMENTS(mismatches); i++) {
    g_autofree char *path = g_strconcat("/load/strict/", mismatches[i].path, NULL);
    g_test_add_data_func(path, &mismatches[i], test_mismatch);
  }
  for (size_t i = 0; i < G_N_ELEMENTS(tests); i++) {
    g_test_add_func(tests[i].path, tests[i].run);
  }
  return g_test_run();
}
