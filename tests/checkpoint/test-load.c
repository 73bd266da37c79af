/* SPDX-License-Identifier: MIT */
/* Loading: going on as if nothing had happened. */
#include "load.h"

#include <math.h>
#include <string.h>

#define SCHEDULED                                                 \
  "optimizer: adadelta\nlearning_rate: {schedule: cosine_decay, " \
  "initial_learning_rate: 1.0, decay_steps: 20}\n"

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
  g_assert_null(
      optreg_optimizer_save_to_memory(model->optimizer, NULL, &size, &save_error));
  g_assert_cmpstr(save_error->message, ==,
                  "the optimizer is broken: an earlier step failed half-way; load the "
                  "last checkpoint");

  g_assert_true(load_all(model, bytes, &with_parameters, NULL));
  g_assert_true(optreg_optimizer_set_learning_rate(model->optimizer, 0.5, NULL));
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

/* ---- a model of very many small parameters ---- */

static optreg_optimizer *
many_parameters(size_t n, float *weights, float *gradients)
{
  static const uint64_t shape[] = { 1 };
  optreg_optimizer *optimizer = optimizer_from_text("optimizer: adadelta\n");
  g_autoptr(optreg_error) error = NULL;

  for (size_t i = 0; i < n; i++) {
    char name[64];
    g_snprintf(name, sizeof name, "model/layer_%zu/dense/kernel", i);
    optreg_optimizer_add_parameter(optimizer, name, OPTREG_F32, shape, 1, &weights[i],
                                   &gradients[i], &error);
  }
  optreg_optimizer_build(optimizer, &error);
  assert_no_error(error);
  return optimizer;
}

static void
test_a_hundred_thousand_parameters_are_saved_and_loaded(void)
{
  enum { N = 100000 };
  const optreg_save_options options = { .with_parameters = true };
  const optreg_load_options loading = { .with_parameters = true };
  g_autofree float *weights = g_new0(float, N), *gradients = g_new(float, N);
  g_autofree float *others = g_new0(float, N);
  g_autoptr(optreg_error) error = NULL;
  size_t size, size_again;
  for (size_t i = 0; i < N; i++) {
    gradients[i] = (float)i / N - 0.3f;
  }
  g_autoptr(optreg_optimizer) one = many_parameters(N, weights, gradients);
  g_autoptr(optreg_optimizer) other = many_parameters(N, others, gradients);
  optreg_optimizer_step(one, NULL);

  void *saved = optreg_optimizer_save_to_memory(one, &options, &size, &error);
  assert_no_error(error);
  optreg_optimizer_load_from_memory(other, saved, size, &loading, &error);
  assert_no_error(error);
  void *again = optreg_optimizer_save_to_memory(other, &options, &size_again, &error);
  assert_no_error(error);
  g_assert_cmpmem(others, N * sizeof *others, weights, N * sizeof *weights);
  g_assert_true(size == size_again && memcmp(saved, again, size) == 0);
  g_assert_cmpuint(size, >, 32u << 20);
  optreg_memory_free(saved);
  optreg_memory_free(again);
}

static const struct {
  const char *path;
  GTestFunc run;
} tests[] = {
  { "/load/a-used-optimizer-becomes-the-saved-one",
    test_a_used_optimizer_becomes_the_saved_one },
  { "/load/saving-changes-nothing", test_saving_changes_nothing },
  { "/load/a-hundred-thousand-parameters",
    test_a_hundred_thousand_parameters_are_saved_and_loaded },
  { "/load/parameters-are-matched-by-name", test_parameters_are_matched_by_name },
  { "/load/the-application-keeps-its-weights-unless-it-asks",
    test_the_application_keeps_its_weights_unless_it_asks },
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
  for (size_t i = 0; i < G_N_ELEMENTS(tests); i++) {
    g_test_add_func(tests[i].path, tests[i].run);
  }
  return g_test_run();
}
