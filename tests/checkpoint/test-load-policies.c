/* SPDX-License-Identifier: MIT */
/* Loading: what policies permit, whose values count, and what is reported. */
#include "load.h"

#include <string.h>

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

/* between two windows nothing is lost, so that a strict load takes it */
static void
test_a_window_may_have_another_length(void)
{
  static const char *const configs[] = {
    "optimizer: sgd\n",
    "optimizer: sgd\ngradient_accumulation_steps: 4\n",
    "optimizer: sgd\ngradient_accumulation_steps: 2\n",
  };

  for (size_t i = 0; i < G_N_ELEMENTS(configs); i++) {
    g_autoptr(Model) saved = model_from_text(configs[i]);
    model_train(saved, 8);
    g_autoptr(GBytes) bytes = save_all(saved);
    for (size_t j = 0; j < G_N_ELEMENTS(configs); j++) {
      g_autoptr(Model) loaded = model_from_text(configs[j]);
      g_autoptr(optreg_error) error = NULL;
      load_all(loaded, bytes, NULL, &error);
      assert_no_error(error);
    }
  }
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
  g_assert_cmpuint(optreg_optimizer_last_step(loaded->optimizer)->micro_step, ==, 4);
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

  g_assert_true(load_all(model, bytes, &with_parameters, NULL));
  g_assert_cmpuint(optreg_optimizer_load_report(model->optimizer, &differences), ==, 0);
}

static void
test_values_that_are_passed_over_are_reported_once(void)
{
  g_autoptr(Model) model = model_from_text(EVERYTHING);
  const optreg_difference *differences;
  g_autoptr(GBytes) bytes = save_all(model);

  g_assert_true(load_all(model, bytes, NULL, NULL));
  g_assert_cmpuint(optreg_optimizer_load_report(model->optimizer, &differences), ==, 1);
  g_assert_cmpint(differences[0].kind, ==, OPTREG_DIFFERENCE_UNEXPECTED);
  g_assert_false(differences[0].is_refused);
  g_assert_cmpstr(differences[0].name, ==, "param");
  g_assert_cmpstr(differences[0].text, ==,
                  "the checkpoint has the values of 5 parameters too: left out, load "
                  "it with_parameters to write them");
}

/* ---- optimizers whose state means the same ---- */

static void
test_state_of_kin_is_taken_with_a_note(void)
{
  static const char *const configs[] = {
    "optimizer: adam\nweight_decay: 0.004\n",
    "optimizer: adamw\n",
  };

  for (size_t i = 0; i < G_N_ELEMENTS(configs); i++) {
    g_autoptr(Model) saved = model_from_text(configs[i]);
    g_autoptr(Model) loaded = model_from_text(configs[1 - i]);
    g_autoptr(optreg_error) error = NULL;
    model_train(saved, 3);
    g_autoptr(GBytes) bytes = save_all(saved);

    load_all(loaded, bytes, &with_parameters, &error);
    assert_no_error(error);
    g_assert_true(report_has(loaded, i == 0 ? "the optimizer is 'adam' in the "
                                              "checkpoint, 'adamw' here"
                                            : "the optimizer is 'adamw' in the "
                                              "checkpoint, 'adam' here"));
    loaded->n_calls = saved->n_calls;
    model_train(saved, 1);
    model_train(loaded, 1);
    for (size_t j = 0; j < MODEL_N_ROWS; j++) {
      g_assert_cmpmem(loaded->weight[j], loaded->n_elements[j] * sizeof(float),
                      saved->weight[j], saved->n_elements[j] * sizeof(float));
    }
  }
}

static const struct {
  const char *path;
  GTestFunc run;
} tests[] = {
  { "/load/strict/a-renamed-parameter",
    test_a_strict_load_refuses_a_renamed_parameter },
  { "/load/policies/a-grown-model-resumes-with-a-report",
    test_a_grown_model_resumes_with_a_report },
  { "/load/policies/renames-in-vain-are-refused", test_renames_in_vain_are_refused },
  { "/load/policies/another-window-may-begin-anew",
    test_another_window_may_begin_anew },
  { "/load/policies/another-length-of-the-window",
    test_a_window_may_have_another_length },
  { "/load/values/the-configuration-wins", test_the_configuration_wins_for_values },
  { "/load/values/planned-steps", test_other_planned_steps_are_reported },
  { "/load/values/an-equal-configuration-reports-nothing",
    test_an_equal_configuration_reports_nothing },
  { "/load/kin/state-is-taken-with-a-note", test_state_of_kin_is_taken_with_a_note },
  { "/load/values/passed-over", test_values_that_are_passed_over_are_reported_once },
};

int
main(int argc, char **argv)
{
  g_test_init(&argc, &argv, NULL);
  for (size_t i = 0; i < G_N_ELEMENTS(tests); i++) {
    g_test_add_func(tests[i].path, tests[i].run);
  }
  return g_test_run();
}
