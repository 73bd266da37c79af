/* SPDX-License-Identifier: MIT */
/* An optimizer per group: each works as if it were alone, and what is around them spans
 * all. */
#include "trees.h"

#include <glib/gstdio.h>
#include <math.h>
#include <string.h>

enum { N = 37, N_STEPS = 12, N_TENSORS = 4 };

/* a and c belong to the first optimizer, b and d to the second */
static const char *const names[N_TENSORS] = { "a", "b/bias", "c", "d/bias" };

typedef struct Model {
  optreg_optimizer *optimizer;
  float weights[N_TENSORS][N], gradients[N_TENSORS][N];
  bool is_there[N_TENSORS];
} Model;

static void
model_init(Model *model, const char *yaml, bool with_first, bool with_second)
{
  const uint64_t n = N;

  *model = (Model){ .optimizer = optimizer_from_text(yaml) };
  for (size_t i = 0; i < N_TENSORS; i++) {
    model->is_there[i] = i % 2 == 0 ? with_first : with_second;
    for (size_t k = 0; k < N; k++) {
      model->weights[i][k] = (float)((i * 31 + k * 17) % 23) / 7.0f - 1.0f;
    }
    if (model->is_there[i]) {
      optreg_optimizer_add_parameter(model->optimizer, names[i], OPTREG_F32, &n, 1,
                                     model->weights[i], model->gradients[i], NULL);
    }
  }
  optreg_error *error = NULL;
  optreg_optimizer_build(model->optimizer, &error);
  assert_no_error(error);
}

static void
model_clear(Model *model)
{
  optreg_optimizer_free(model->optimizer);
}

static void
step(Model *model, size_t number)
{
  optreg_error *error = NULL;

  for (size_t i = 0; i < N_TENSORS; i++) {
    for (size_t k = 0; k < N; k++) {
      model->gradients[i][k] = (float)((i * 13 + k * 7 + number * 29) % 41) / 20.0f
                               - 1.0f;
    }
  }
  g_assert_cmpint(optreg_optimizer_step(model->optimizer, &error), ==,
                  OPTREG_STEP_APPLIED);
  assert_no_error(error);
}

static void
train(Model *model)
{
  for (size_t i = 0; i < N_STEPS; i++) {
    step(model, i);
  }
}

/* ---- each works as if it were alone ---- */

typedef struct Pair {
  const char *path;
  const char *together, *first, *second; /* configurations */
} Pair;

#define SGD "optimizer: sgd\nlearning_rate: 0.05\nmomentum: 0.9\n"

static const Pair pairs[] = {
  { "two-elementwise",
    SGD "groups:\n- {match: '*/bias', optimizer: adam, learning_rate: 0.01}\n", SGD,
    "optimizer: adam\nlearning_rate: 0.01\n" },
  { "at-its-own-defaults", SGD "groups:\n- {match: '*/bias', optimizer: adam}\n", SGD,
    "optimizer: adam\n" },
  { "wrappers-hold-for-both",
    SGD "clipvalue: 0.3\nuse_ema: true\nweight_decay: 0.1\ngroups:\n"
        "- {match: '*/bias', optimizer: adam, learning_rate: 0.01}\n",
    SGD "clipvalue: 0.3\nuse_ema: true\nweight_decay: 0.1\n",
    "optimizer: adam\nlearning_rate: 0.01\nclipvalue: 0.3\nuse_ema: true\n"
    "weight_decay: 0.1\n" },
  { "a-decay-of-its-own", SGD "groups:\n- {match: '*/bias', optimizer: adamw}\n", SGD,
    "optimizer: adamw\n" },
  { "first-with-reductions",
    "optimizer: test_lamb\ngroups:\n- {match: '*/bias', optimizer: adam}\n",
    "optimizer: test_lamb\n", "optimizer: adam\n" },
  { "second-with-reductions",
    SGD "groups:\n- {match: '*/bias', optimizer: test_lamb}\n", SGD,
    "optimizer: test_lamb\n" },
  { "reductions-of-both",
    "optimizer: test_lamb\ngroups:\n- {match: '*/bias', optimizer: test_phases}\n",
    "optimizer: test_lamb\n", "optimizer: test_phases\n" },
  { "a-slot-of-the-model", SGD "groups:\n- {match: '*/bias', optimizer: test_nadam}\n",
    SGD, "optimizer: test_nadam\n" },
  { "slots-of-the-model-of-both",
    "optimizer: test_sum\ngroups:\n- {match: '*/bias', optimizer: test_nadam}\n",
    "optimizer: test_sum\n", "optimizer: test_nadam\n" },
  { "a-blob", SGD "groups:\n- {match: '*/bias', optimizer: test_blob}\n", SGD,
    "optimizer: test_blob\n" },
  { "blobs-of-both",
    "optimizer: test_fail_blob\ngroups:\n- {match: '*/bias', optimizer: test_blob}\n",
    "optimizer: test_fail_blob\n", "optimizer: test_blob\n" },
  { "other-weights-to-deploy",
    SGD "groups:\n- {match: '*/bias', optimizer: test_schedulefree}\n", SGD,
    "optimizer: test_schedulefree\n" },
  { "a-tensor-as-a-whole",
    SGD "groups:\n- {match: '*/bias', optimizer: test_shampoo}\n", SGD,
    "optimizer: test_shampoo\n" },
  { "a-schedule",
    SGD "groups:\n- match: '*/bias'\n  optimizer: adam\n  learning_rate: {schedule: "
        "linear, initial_value: 0.1, end_value: 0.01, steps: 10}\n",
    SGD,
    "optimizer: adam\nlearning_rate: {schedule: linear, initial_value: 0.1, "
    "end_value: 0.01, steps: 10}\n" },
};

static void
test_each_works_as_if_alone(gconstpointer data)
{
  const Pair *pair = data;
  Model together, first, second;

  model_init(&together, pair->together, true, true);
  model_init(&first, pair->first, true, false);
  model_init(&second, pair->second, false, true);
  train(&together);
  train(&first);
  train(&second);
  g_assert_true(optreg_optimizer_finalize(together.optimizer, NULL));
  g_assert_true(optreg_optimizer_finalize(first.optimizer, NULL));
  g_assert_true(optreg_optimizer_finalize(second.optimizer, NULL));
  for (size_t i = 0; i < N_TENSORS; i++) {
    const Model *alone = i % 2 == 0 ? &first : &second;
    g_assert_cmpmem(together.weights[i], sizeof together.weights[i], alone->weights[i],
                    sizeof alone->weights[i]);
  }
  model_clear(&together);
  model_clear(&first);
  model_clear(&second);
}

/* ---- what spans both ---- */

#define TWO SGD "groups:\n- {match: '*/bias', optimizer: adam, learning_rate: 0.01}\n"

static void
test_a_norm_of_all_spans_both(void)
{
  Model model;
  double squares = 0.0;

  model_init(&model, TWO "global_clipnorm: 0.5\n", true, true);
  step(&model, 0);
  for (size_t i = 0; i < N_TENSORS; i++) {
    for (size_t k = 0; k < N; k++) {
      squares += (double)model.gradients[i][k] * (double)model.gradients[i][k];
    }
  }
  const optreg_step_report *report = optreg_optimizer_last_step(model.optimizer);
  g_assert_cmpfloat_with_epsilon(report->gradient_norm, sqrt(squares), 1e-12);
  g_assert_cmpfloat_with_epsilon(report->clip_factor, 0.5 / sqrt(squares), 1e-12);
  model_clear(&model);
}

static void
test_a_gradient_that_is_not_finite_refuses_for_both(void)
{
  Model model;
  float before[N_TENSORS][N];

  model_init(&model, TWO, true, true);
  train(&model);
  memcpy(before, model.weights, sizeof before);
  model.gradients[3][5] = NAN;
  g_assert_cmpint(optreg_optimizer_step(model.optimizer, NULL), ==,
                  OPTREG_STEP_SKIPPED_NONFINITE);
  g_assert_cmpmem(before, sizeof before, model.weights, sizeof model.weights);
  g_assert_cmpstr(optreg_optimizer_last_step(model.optimizer)->nonfinite_parameter, ==,
                  "d/bias");
  model_clear(&model);
}

/* a rate that is set is the model's: another optimizer has its own */
static void
test_a_rate_that_is_set_is_the_models(void)
{
  Model set, written;

  model_init(&set, TWO, true, true);
  model_init(&written,
             "optimizer: sgd\nlearning_rate: 0.25\nmomentum: 0.9\ngroups:\n"
             "- {match: '*/bias', optimizer: adam, learning_rate: 0.01}\n",
             true, true);
  g_assert_true(optreg_optimizer_set_learning_rate(set.optimizer, 0.25, NULL));
  train(&set);
  train(&written);
  g_assert_cmpmem(set.weights, sizeof set.weights, written.weights,
                  sizeof written.weights);
  model_clear(&set);
  model_clear(&written);
}

/* ---- checkpoints ---- */

static char *
path_of_checkpoint(void)
{
  char *path = NULL;
  const int descriptor = g_file_open_tmp("optimizers-XXXXXX", &path, NULL);

  g_assert_cmpint(descriptor, >=, 0);
  g_close(descriptor, NULL);
  return path;
}

static void
test_training_goes_on_from_a_checkpoint(gconstpointer data)
{
  const Pair *pair = data;
  g_autofree char *path = path_of_checkpoint();
  const optreg_load_options options = { .with_parameters = true };
  const optreg_save_options with_weights = { .with_parameters = true };
  optreg_error *error = NULL;
  Model all, resumed;

  model_init(&all, pair->together, true, true);
  model_init(&resumed, pair->together, true, true);
  train(&all);
  optreg_optimizer_save(all.optimizer, path, &with_weights, &error);
  assert_no_error(error);
  optreg_optimizer_load(resumed.optimizer, path, &options, &error);
  assert_no_error(error);
  train(&all);
  train(&resumed);
  g_assert_cmpmem(all.weights, sizeof all.weights, resumed.weights,
                  sizeof resumed.weights);
  model_clear(&all);
  model_clear(&resumed);
  g_assert_cmpint(g_remove(path), ==, 0);
}

typedef struct Change {
  const char *path, *from, *to, *message;
} Change;

static const Change changes[] = {
  { "other-optimizer", TWO,
    SGD "groups:\n- {match: '*/bias', optimizer: rmsprop, learning_rate: 0.01}\n",
    "parameter 'b/bias' was trained by adam in the checkpoint, here it is by rmsprop" },
  { "other-parameters", TWO,
    SGD "groups:\n- {match: [a, c], optimizer: adam, learning_rate: 0.01}\n",
    "parameter 'a' was trained by the model's optimizer in the checkpoint, here it is "
    "by adam" },
  { "no-other", TWO, SGD,
    "parameter 'b/bias' was trained by adam in the checkpoint, here it is by the "
    "model's optimizer" },
};

static void
test_a_checkpoint_of_other_optimizers_is_refused(gconstpointer data)
{
  const Change *change = data;
  g_autofree char *path = path_of_checkpoint();
  optreg_error *error = NULL;
  Model saved, other;

  model_init(&saved, change->from, true, true);
  model_init(&other, change->to, true, true);
  train(&saved);
  optreg_optimizer_save(saved.optimizer, path, NULL, &error);
  assert_no_error(error);
  g_assert_false(optreg_optimizer_load(other.optimizer, path, NULL, &error));
  if (strstr(error->message, change->message) == NULL) {
    g_error("'%s' is not in: %s", change->message, error->message);
  }
  optreg_error_free(error);
  model_clear(&saved);
  model_clear(&other);
  g_assert_cmpint(g_remove(path), ==, 0);
}

/* ---- refusals ---- */

typedef struct Refusal {
  const char *path, *groups, *message;
} Refusal;

static const Refusal refusals[] = {
  { "unknown-optimizer", "- {match: x, optimizer: adman}\n",
    "test.yaml:5:25: unknown optimizer 'adman'" },
  { "no-name", "- {match: x, optimizer: [adam]}\n",
    "test.yaml:5:25: optimizer: expected the name of an optimizer" },
  { "null", "- {match: x, optimizer: null}\n",
    "test.yaml:5:25: optimizer: expected the name of an optimizer" },
  { "path", "- {match: x, optimizer: ./adam.so}\n",
    "test.yaml:5:25: optimizer: './adam.so' is not a name" },
  { "key-of-the-models", "- {match: x, optimizer: adam, momentum: 0.5}\n",
    "test.yaml:5:31: unknown key 'momentum' of optimizer 'adam': it is an option of "
    "'sgd', the model's optimizer" },
  { "key-nearly", "- {match: x, optimizer: adam, beta1: 0.5}\n",
    "test.yaml:5:31: unknown key 'beta1' of optimizer 'adam', did you mean 'beta_1'?" },
  { "key-of-another", "- {match: x, optimizer: adam}\n- {match: y, beta_1: 0.5}\n",
    "test.yaml:6:14: unknown key 'beta_1': it is an option of 'adam'" },
  { "out-of-range", "- {match: x, optimizer: adam, beta_1: 2}\n",
    "test.yaml:5:39: beta_1: 2 is" },
  { "no-effect", "- {match: x, optimizer: sgd}\n",
    "test.yaml:5:3: groups[0]: has no effect" },
  { "cannot-differ",
    "- {match: x, optimizer: test_nadam, beta_1: 0.8}\n"
    "- {match: y, optimizer: test_nadam}\n",
    "test.yaml:6:3: beta_1 of test_nadam cannot differ between groups: write what "
    "groups[0] says" },
};

static void
test_refused(gconstpointer data)
{
  const Refusal *refusal = data;
  g_autofree char *yaml = g_strconcat(SGD "groups:\n", refusal->groups, NULL);
  g_autoptr(optreg_registry) registry = built_plugins();
  optreg_error *error = NULL;

  g_assert_null(optreg_optimizer_from_string(registry, yaml, "test.yaml", &error));
  if (!g_str_has_prefix(error->message, refusal->message)) {
    g_error("'%s' does not begin: %s", refusal->message, error->message);
  }
  optreg_error_free(error);
}

#define ADD_EACH(area, rows, test)                                  \
  for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {                 \
    g_autofree char *path =                                         \
        g_strconcat("/optimizers/" area "/", (rows)[i].path, NULL); \
    g_test_add_data_func(path, &(rows)[i], test);                   \
  }

int
main(int argc, char **argv)
{
  g_test_init(&argc, &argv, NULL);
  ADD_EACH("each-works-as-if-alone", pairs, test_each_works_as_if_alone)
  ADD_EACH("training-goes-on-from-a-checkpoint", pairs,
           test_training_goes_on_from_a_checkpoint)
  ADD_EACH("a-checkpoint-of-others-is-refused", changes,
           test_a_checkpoint_of_other_optimizers_is_refused)
  ADD_EACH("refused", refusals, test_refused)
  g_test_add_func("/optimizers/a-norm-of-all-spans-both",
                  test_a_norm_of_all_spans_both);
  g_test_add_func("/optimizers/a-gradient-that-is-not-finite-refuses-for-both",
                  test_a_gradient_that_is_not_finite_refuses_for_both);
  g_test_add_func("/optimizers/a-rate-that-is-set-is-the-models",
                  test_a_rate_that_is_set_is_the_models);
  return g_test_run();
}
