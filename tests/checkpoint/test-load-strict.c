/* SPDX-License-Identifier: MIT */
/* Loading: what must fit, every mismatch in the error, and nothing changed. */
#include "load.h"

#include <string.h>

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
  { "a-slot-of-the-same-name-means-another-thing",
    "optimizer: sgd\nmomentum: 0.9\n",
    "optimizer: rmsprop\nmomentum: 0.9\n",
    { "the optimizer is 'sgd' in the checkpoint, 'rmsprop' here",
      "'scale/velocity' is not in the checkpoint" } },
  { "two-without-state",
    "optimizer: sgd\n",
    "optimizer: adagrad\n",
    { "the optimizer is 'sgd' in the checkpoint, 'adagrad' here" } },
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

static const struct {
  const char *path;
  GTestFunc run;
} tests[] = {
  { "/load/strict/every-mismatch-of-parameters-is-listed",
    test_every_mismatch_of_parameters_is_listed },
  { "/load/strict/a-long-list-is-cut-in-the-error-only",
    test_a_long_list_is_cut_in_the_error_only },
  { "/load/groups/members-that-disagree",
    test_regrouping_members_that_disagree_is_refused },
  { "/load/groups/members-that-agree", test_regrouping_members_that_agree_goes_on },
  { "/load/groups/a-new-member", test_a_new_member_joins_its_group },
};

int
main(int argc, char **argv)
{
  g_test_init(&argc, &argv, NULL);
  for (size_t i = 0; i < G_N_ELEMENTS(mismatches); i++) {
    g_autofree char *path = g_strconcat("/load/strict/", mismatches[i].path, NULL);
    g_test_add_data_func(path, &mismatches[i], test_mismatch);
  }
  for (size_t i = 0; i < G_N_ELEMENTS(tests); i++) {
    g_test_add_func(tests[i].path, tests[i].run);
  }
  return g_test_run();
}
