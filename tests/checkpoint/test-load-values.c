/* SPDX-License-Identifier: MIT */
/* Loading: values that no training leaves behind, and state that begins anew. */
#include "load.h"

#include <math.h>
#include <string.h>

/* ---- values that the next step would turn into nan ---- */

/* write into the state of a parameter, where the optimizer has it */
static void
poke(Model *model, size_t parameter, const char *role, size_t i, double value)
{
  uint64_t n;
  void *state = (void *)optreg_optimizer_state(model->optimizer, parameter, role, &n);

  g_assert_nonnull(state);
  g_assert_cmpuint(i, <, n);
  if (model->rows[parameter].dtype == OPTREG_F64) {
    ((double *)state)[i] = value;
  } else {
    ((float *)state)[i] = (float)value;
  }
}

static const ModelRow two_types[] = {
  { "a", OPTREG_F32, 1, { 5 } },
  { "b", OPTREG_F64, 1, { 5 } },
};

static Model *
model_of_two_types(const char *yaml)
{
  Model *model = model_new(optimizer_from_text(yaml), two_types, 2);
  model_build(model);
  return model;
}

#define NOT_FINITE(name, i) \
  "'" name "' is not finite at element " #i ", which only nonfinite: propagate takes"
#define NEGATIVE(name, i) \
  "'" name "' is negative at element " #i ", which it never is in training"

static const struct {
  const char *path, *yaml;
  size_t parameter;
  const char *role;
  size_t i;
  double value;
  const char *message;
  bool is_taken_where_propagated;
} values[] = {
  { "negative", "optimizer: adam\n", 0, "velocity", 3, -1e-30,
    NEGATIVE("a/velocity", 3), false },
  { "negative-f64", "optimizer: adam\n", 1, "velocity", 0, -1.0,
    NEGATIVE("b/velocity", 0), false },
  { "negative-largest", "optimizer: adam\namsgrad: true\n", 0, "velocity_hat", 4, -2.0,
    NEGATIVE("a/velocity_hat", 4), false },
  { "negative-sum", "optimizer: adagrad\n", 0, "accumulator", 1, -0.1,
    NEGATIVE("a/accumulator", 1), false },
  { "negative-update", "optimizer: adadelta\n", 1, "accumulated_delta_var", 2, -1e-9,
    NEGATIVE("b/accumulated_delta_var", 2), false },
  { "nan", "optimizer: sgd\nmomentum: 0.5\n", 0, "momentum", 2, NAN,
    NOT_FINITE("a/momentum", 2), true },
  { "infinite", "optimizer: adagrad\n", 1, "accumulator", 4, INFINITY,
    NOT_FINITE("b/accumulator", 4), true },
  { "average", "optimizer: sgd\nuse_ema: true\n", 0, "ema", 1, -INFINITY,
    NOT_FINITE("a/ema", 1), true },
  { "sum-of-a-window", "optimizer: sgd\ngradient_accumulation_steps: 4\n", 1,
    "gradient_accumulator", 3, NAN, NOT_FINITE("b/gradient_accumulator", 3), true },
};

static GBytes *
spoiled(size_t row, const char *yaml)
{
  g_autoptr(Model) model = model_of_two_types(yaml);

  model_train(model, 3);
  poke(model, values[row].parameter, values[row].role, values[row].i,
       values[row].value);
  return save_all(model);
}

static void
test_a_value_that_no_training_leaves_is_refused(gconstpointer data)
{
  const size_t row = GPOINTER_TO_SIZE(data);
  g_autoptr(GBytes) bytes = spoiled(row, values[row].yaml);
  g_autoptr(Model) model = model_of_two_types(values[row].yaml);
  g_autoptr(optreg_error) error = NULL;
  model_train(model, 2);
  g_autoptr(GBytes) before = save_all(model);
  g_autofree char *message =
      g_strconcat("the checkpoint does not fit: ", values[row].message, NULL);

  g_assert_false(load_all(model, bytes, &lenient, &error));
  g_assert_cmpint(error->code, ==, OPTREG_ERROR_MISMATCH);
  g_assert_cmpstr(error->message, ==, message);
  g_assert_true(report_has(model, values[row].message));
  g_autoptr(GBytes) after = save_all(model);
  assert_same_bytes(after, before);
}

/* what was propagated on purpose goes on */
static void
test_propagation_takes_what_is_not_finite_only(gconstpointer data)
{
  const size_t row = GPOINTER_TO_SIZE(data);
  g_autofree char *yaml = g_strconcat(values[row].yaml, "nonfinite: propagate\n", NULL);
  g_autoptr(GBytes) bytes = spoiled(row, yaml);
  g_autoptr(Model) model = model_of_two_types(yaml);

  g_assert_cmpint(load_all(model, bytes, NULL, NULL), ==,
                  values[row].is_taken_where_propagated);
}

/* every value of the state, wherever a negative one belongs, is taken */
static void
test_signs_that_belong_are_taken(void)
{
  g_autoptr(Model) model = model_of_two_types(
      "optimizer: adam\nuse_ema: true\ngradient_accumulation_steps: 2\n");
  model_train(model, 3);
  poke(model, 0, "momentum", 0, -1.0);
  poke(model, 0, "velocity", 0, -0.0);
  poke(model, 1, "ema", 0, -1.0);
  poke(model, 1, "gradient_accumulator", 0, -1.0);
  g_autoptr(GBytes) bytes = save_all(model);

  g_assert_true(load_all(model, bytes, NULL, NULL));
}

/* ---- state that begins anew ---- */

#define PLAIN "optimizer: adam\nlearning_rate: 0.001\n"
#define AVERAGED PLAIN "use_ema: true\nema_momentum: 0.999\n"

static float weight, gradient = 1.0f;

static optreg_optimizer *
one_weight(const char *yaml, float value, float *data)
{
  g_autoptr(optreg_error) error = NULL;
  optreg_optimizer *optimizer = optimizer_from_text(yaml);

  *data = value;
  optreg_optimizer_add_parameter(optimizer, "w", OPTREG_F32, NULL, 0, data, &gradient,
                                 &error);
  optreg_optimizer_build(optimizer, &error);
  assert_no_error(error);
  return optimizer;
}

static void
step(optreg_optimizer *optimizer, int n)
{
  for (int i = 0; i < n; i++) {
    g_assert_cmpint(optreg_optimizer_step(optimizer, NULL), ==, OPTREG_STEP_APPLIED);
  }
}

static void
load_from(optreg_optimizer *optimizer, optreg_optimizer *other)
{
  size_t size;
  g_autoptr(optreg_error) error = NULL;
  void *saved = optreg_optimizer_save_to_memory(other, NULL, &size, NULL);

  optreg_optimizer_load_from_memory(optimizer, saved, size, &lenient, &error);
  assert_no_error(error);
  optreg_memory_free(saved);
}

static double
view(optreg_optimizer *optimizer)
{
  return (double)*(const float *)optreg_optimizer_eval_view(optimizer, 0, NULL);
}

/* an average that is switched on at a resume: the weights come before or behind it */
static void
test_an_average_begins_with_the_real_weights(gconstpointer data)
{
  const bool is_restored_first = GPOINTER_TO_INT(data);
  float trained;
  g_autoptr(optreg_optimizer) saved = one_weight(PLAIN, 5.0f, &trained);
  g_autoptr(optreg_optimizer) resumed = one_weight(AVERAGED, 99.0f, &weight);
  step(saved, 3);

  if (is_restored_first) {
    weight = trained;
  }
  load_from(resumed, saved);
  weight = trained;
  g_assert_true(optreg_optimizer_parameters_changed(resumed, NULL));
  g_assert_cmpfloat(view(resumed), ==, (double)trained);

  double expected = (double)trained;
  for (int i = 0; i < 100; i++) {
    step(resumed, 1);
    expected = 0.999 * expected + 0.001 * (double)weight;
  }
  g_assert_cmpfloat_with_epsilon(view(resumed), expected, 1e-5);
  g_assert_true(optreg_optimizer_finalize(resumed, NULL));
  g_assert_cmpfloat_with_epsilon((double)weight, expected, 1e-5);
}

/* what an update has used is history, whatever the application writes */
static void
test_an_average_that_was_used_goes_on(void)
{
  float trained;
  g_autoptr(optreg_optimizer) saved = one_weight(PLAIN, 5.0f, &trained);
  g_autoptr(optreg_optimizer) resumed = one_weight(AVERAGED, 5.0f, &weight);
  step(saved, 3);
  load_from(resumed, saved);
  step(resumed, 1);
  const double average = view(resumed);

  weight = 50.0f;
  g_assert_true(optreg_optimizer_parameters_changed(resumed, NULL));
  g_assert_cmpfloat(view(resumed), ==, average);
}

/* test_schedulefree's point z begins as a copy of the parameter */
static void
test_a_slot_that_is_a_copy_follows_until_it_is_used(void)
{
  static const char yaml[] = "optimizer: test_schedulefree\n";
  float used = 1.0f, late = 1.0f;
  uint64_t n;
  g_autoptr(optreg_error) error = NULL;
  g_autoptr(optreg_optimizer) optimizer = optimizer_from_text(yaml);
  optreg_optimizer_add_parameter(optimizer, "used", OPTREG_F32, NULL, 0, &used,
                                 &gradient, &error);
  optreg_optimizer_add_parameter(optimizer, "late", OPTREG_F32, NULL, 0, &late, NULL,
                                 &error);
  optreg_optimizer_build(optimizer, &error);
  assert_no_error(error);
  const float *z_used = optreg_optimizer_state(optimizer, 0, "momentum", &n);
  const float *z_late = optreg_optimizer_state(optimizer, 1, "momentum", &n);
  step(optimizer, 2);
  const float z = *z_used;

  used = late = 7.0f;
  g_assert_true(optreg_optimizer_parameters_changed(optimizer, NULL));
  g_assert_cmpfloat(*z_used, ==, z);
  g_assert_cmpfloat(*z_late, ==, 7.0f);
  optreg_optimizer_set_gradient(optimizer, 1, &gradient, NULL);
  step(optimizer, 1);
  late = 9.0f;
  g_assert_true(optreg_optimizer_parameters_changed(optimizer, NULL));
  g_assert_cmpfloat(*z_late, <, 7.0f);
}

/* a skipped call uses nothing, and a load that finds a copy takes it as it was */
static void
test_a_copy_that_a_load_began_anew_follows_the_weights(void)
{
  static const char yaml[] = "optimizer: test_schedulefree\n";
  float other, kept;
  uint64_t n;
  g_autoptr(optreg_optimizer) saved = one_weight(yaml, 5.0f, &other);
  g_autoptr(optreg_optimizer) resumed = one_weight(yaml, 99.0f, &kept);
  const float *z = optreg_optimizer_state(resumed, 0, "momentum", &n);
  step(saved, 3);
  load_from(resumed, saved);
  const float loaded = *z;

  kept = other;
  g_assert_true(optreg_optimizer_parameters_changed(resumed, NULL));
  g_assert_cmpfloat(*z, ==, loaded);

  g_autoptr(optreg_optimizer) renamed = optimizer_from_text(yaml);
  weight = 99.0f;
  optreg_optimizer_add_parameter(renamed, "v", OPTREG_F32, NULL, 0, &weight, &gradient,
                                 NULL);
  optreg_optimizer_build(renamed, NULL);
  load_from(renamed, saved);
  gradient = NAN;
  g_assert_cmpint(optreg_optimizer_step(renamed, NULL), ==,
                  OPTREG_STEP_SKIPPED_NONFINITE);
  gradient = 1.0f;
  weight = 4.0f;
  g_assert_true(optreg_optimizer_parameters_changed(renamed, NULL));
  g_assert_cmpfloat(*(const float *)optreg_optimizer_state(renamed, 0, "momentum", &n),
                    ==, 4.0f);
}

/* ---- parameters that come late ---- */

static void
report_of_a_new_parameter(const char *yaml, int n_steps, char **text)
{
  float old, a, b = 0.0f;
  g_autoptr(optreg_optimizer) saved = one_weight(yaml, 1.0f, &old);
  g_autoptr(optreg_optimizer) grown = optimizer_from_text(yaml);
  const optreg_difference *differences;
  optreg_optimizer_add_parameter(grown, "new", OPTREG_F32, NULL, 0, &b, &gradient,
                                 NULL);
  optreg_optimizer_add_parameter(grown, "w", OPTREG_F32, NULL, 0, &a, &gradient, NULL);
  a = 1.0f;
  optreg_optimizer_build(grown, NULL);
  step(saved, n_steps);
  load_from(grown, saved);

  g_assert_cmpuint(optreg_optimizer_load_report(grown, &differences), ==, 1);
  *text = g_strdup(differences[0].text);
}

static void
test_a_late_parameter_is_reported_with_the_models_count(void)
{
  static const struct {
    const char *yaml;
    int n_steps;
    const char *text;
  } rows[] = {
    { "optimizer: adam\n", 10,
      "parameter 'new' is not in the checkpoint: its state begins anew, at update 10 "
      "of "
      "the model: a correction for the start of averages counts those, so that first "
      "updates may be too large" },
    { "optimizer: adam\n", 0,
      "parameter 'new' is not in the checkpoint: its state begins anew" },
    { "optimizer: adadelta\n", 10,
      "parameter 'new' is not in the checkpoint: its state begins anew" },
  };

  for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
    g_autofree char *text = NULL;
    report_of_a_new_parameter(rows[i].yaml, rows[i].n_steps, &text);
    g_assert_cmpstr(text, ==, rows[i].text);
  }
}

int
main(int argc, char **argv)
{
  g_test_init(&argc, &argv, NULL);
  for (size_t i = 0; i < G_N_ELEMENTS(values); i++) {
    g_autofree char *refused =
        g_strconcat("/load-values/refused/", values[i].path, NULL);
    g_autofree char *propagated =
        g_strconcat("/load-values/propagated/", values[i].path, NULL);
    g_test_add_data_func(refused, GSIZE_TO_POINTER(i),
                         test_a_value_that_no_training_leaves_is_refused);
    g_test_add_data_func(propagated, GSIZE_TO_POINTER(i),
                         test_propagation_takes_what_is_not_finite_only);
  }
  g_test_add_func("/load-values/signs-that-belong", test_signs_that_belong_are_taken);
  g_test_add_data_func("/load-values/average/weights-after-the-load",
                       GINT_TO_POINTER(false),
                       test_an_average_begins_with_the_real_weights);
  g_test_add_data_func("/load-values/average/weights-before-the-load",
                       GINT_TO_POINTER(true),
                       test_an_average_begins_with_the_real_weights);
  g_test_add_func("/load-values/average/goes-on-once-used",
                  test_an_average_that_was_used_goes_on);
  g_test_add_func("/load-values/copy/follows-until-used",
                  test_a_slot_that_is_a_copy_follows_until_it_is_used);
  g_test_add_func("/load-values/copy/begun-anew",
                  test_a_copy_that_a_load_began_anew_follows_the_weights);
  g_test_add_func("/load-values/late/reported",
                  test_a_late_parameter_is_reported_with_the_models_count);
  return g_test_run();
}
