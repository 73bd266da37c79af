/* SPDX-License-Identifier: MIT */
/* Gradients of the models of problems, on small instances with made-up data. */
#include "gradients.h"
#include "problems/cnn.h"
#include "problems/gpt.h"
#include "problems/mlp.h"
#include "problems/softmax.h"

#include <math.h>
#include <stdbool.h>
#include <string.h>

/* ---- classifiers ---- */

enum { N_EXAMPLES = 6, N_CLASSES = 3 };

/* bytes that look like pictures */
static Dataset *
make_dataset(size_t n_features)
{
  Dataset *dataset = g_new0(Dataset, 1);

  dataset->n_features = n_features;
  dataset->n_classes = N_CLASSES;
  dataset->largest = 255.0f;
  for (size_t s = 0; s < OPTREG_PROBLEM_SPLITS; s++) {
    Examples *examples = &dataset->split[s];
    examples->n = N_EXAMPLES;
    examples->inputs = g_new(uint8_t, N_EXAMPLES * n_features);
    examples->labels = g_new(uint8_t, N_EXAMPLES);
    for (size_t i = 0; i < N_EXAMPLES * n_features; i++) {
      examples->inputs[i] = (uint8_t)(i * i * 7 + i * 13 + s * 31);
    }
    for (size_t i = 0; i < N_EXAMPLES; i++) {
      examples->labels[i] = (uint8_t)((i + s) % N_CLASSES);
    }
  }
  return dataset;
}

static const uint32_t chosen[] = { 4, 1, 0, 5 };

static double
gradient(Classifier *classifier, double scale, const Tensors *tensors)
{
  const optreg_problem_batch batch = {
    .struct_size = sizeof batch, .examples = chosen, .n = 4, .scale = scale
  };
  return classifier_gradient(classifier, &batch, (const float *const *)tensors->weights,
                             tensors->gradients);
}

/* a loss that leaves the tensors' gradients alone */
typedef struct Subject {
  Classifier *classifier;
  Tensors *scratch;
} Subject;

static double
classifier_loss(void *context, const float *const *weights)
{
  const Subject *subject = context;
  const optreg_problem_batch batch = {
    .struct_size = sizeof batch, .examples = chosen, .n = 4, .scale = 1.0
  };
  return classifier_gradient(subject->classifier, &batch, weights,
                             subject->scratch->gradients);
}

static void
check_classifier(Dataset *dataset, Parameters *parameters, const ClassifierModel *model,
                 void *self)
{
  g_autoptr(Tensors) tensors = tensors_new(parameters, 1);
  g_autoptr(Tensors) scratch = tensors_new(parameters, 1);
  Subject subject = {
    classifier_new(test_host(), NULL, dataset, parameters, model, self, 4), scratch
  };

  gradient(subject.classifier, 1.0, tensors);
  tensors_check(tensors, classifier_loss, &subject);
  /* a power of two changes no bit */
  gradient(subject.classifier, 1024.0, scratch);
  for (size_t t = 0; t < tensors->n; t++) {
    for (size_t i = 0; i < tensors_size(tensors, t); i++) {
      g_assert_cmpfloat(scratch->gradients[t][i], ==,
                        1024.0f * tensors->gradients[t][i]);
    }
  }
  classifier_close(subject.classifier);
}

static void
check_mlp(Activation activation, size_t n_layers)
{
  static const size_t sizes[][4] = { { 12, N_CLASSES },
                                     { 12, 7, N_CLASSES },
                                     { 12, 7, 5, N_CLASSES } };
  Dataset *dataset = make_dataset(12);
  Mlp *mlp = mlp_new(sizes[n_layers - 1], n_layers, activation,
                     classifier_capacity(dataset, 4));
  Parameters *parameters = parameters_new();

  mlp_add_parameters(mlp, parameters);
  check_classifier(dataset, parameters, &mlp_model, mlp);
}

static void
test_mlp(void)
{
  for (size_t n_layers = 1; n_layers <= 3; n_layers++) {
    check_mlp(ACTIVATION_TANH, n_layers);
    check_mlp(ACTIVATION_RELU, n_layers);
  }
}

static void
test_cnn(void)
{
  static const CnnShape shapes[] = {
    { .side = 8, .size = 3, .n_channels = 2, .n_hidden = 5, .n_classes = N_CLASSES },
    { .side = 4, .size = 5, .n_channels = 1, .n_hidden = 4, .n_classes = N_CLASSES },
  };

  for (size_t i = 0; i < G_N_ELEMENTS(shapes); i++) {
    Dataset *dataset = make_dataset(shapes[i].side * shapes[i].side);
    Cnn *cnn = cnn_new(&shapes[i], classifier_capacity(dataset, 4));
    Parameters *parameters = parameters_new();
    cnn_add_parameters(cnn, parameters);
    check_classifier(dataset, parameters, &cnn_model, cnn);
  }
}

/* what a batch of everything has for loss */
static void
test_evaluate_is_the_mean_over_the_split(void)
{
  static const size_t sizes[] = { 12, 5, N_CLASSES };
  static const uint32_t all[] = { 0, 1, 2, 3, 4, 5 };
  Dataset *dataset = make_dataset(12);
  Mlp *mlp = mlp_new(sizes, 2, ACTIVATION_TANH, classifier_capacity(dataset, 6));
  Parameters *parameters = parameters_new();
  const optreg_problem_batch batch = {
    .struct_size = sizeof batch, .examples = all, .n = N_EXAMPLES, .scale = 1.0
  };
  double values[CLASSIFIER_N_METRICS];

  mlp_add_parameters(mlp, parameters);
  g_autoptr(Tensors) tensors = tensors_new(parameters, 1);
  const float *const *weights = (const float *const *)tensors->weights;
  Classifier *classifier =
      classifier_new(test_host(), NULL, dataset, parameters, &mlp_model, mlp, 6);
  const double loss =
      classifier_gradient(classifier, &batch, weights, tensors->gradients);
  classifier_evaluate(classifier, OPTREG_PROBLEM_TRAINING, weights, values);
  g_assert_cmpfloat(values[0], ==, loss);
  classifier_evaluate(classifier, OPTREG_PROBLEM_TEST, weights, values);
  g_assert_cmpfloat(values[0], !=, loss);
  classifier_close(classifier);
}

/* ---- the transformer ---- */

enum { VOCABULARY = 7, CONTEXT = 5, WINDOWS = 3, ROWS = CONTEXT * WINDOWS };

static const uint32_t tokens[ROWS] = { 0, 3, 6, 2, 2, 1, 0, 5, 4, 3, 6, 6, 1, 2, 0 };
static const uint32_t next[ROWS] = { 3, 6, 2, 2, 1, 0, 5, 4, 3, 6, 6, 1, 2, 0, 5 };

static double
gpt_loss(void *context, const float *const *weights)
{
  float logits[ROWS * VOCABULARY];
  size_t n_correct;

  gpt_forward(context, weights, tokens, WINDOWS, logits);
  return softmax_loss(ROWS, VOCABULARY, next, logits, &n_correct) / ROWS;
}

static Gpt *
make_gpt(size_t n_layers, size_t n_heads, Parameters *parameters)
{
  const GptShape shape = { VOCABULARY, CONTEXT, 6, n_heads, n_layers };
  Gpt *gpt = gpt_new(&shape, WINDOWS);

  gpt_add_parameters(gpt, parameters);
  return gpt;
}

static void
test_gpt(void)
{
  for (size_t n_layers = 1; n_layers <= 2; n_layers++) {
    g_autoptr(Parameters) parameters = parameters_new();
    g_autoptr(Gpt) gpt = make_gpt(n_layers, n_layers, parameters);
    g_autoptr(Tensors) tensors = tensors_new(parameters, 2);
    const float *const *weights = (const float *const *)tensors->weights;
    float logits[ROWS * VOCABULARY];
    size_t n_correct;

    gpt_forward(gpt, weights, tokens, WINDOWS, logits);
    softmax_loss(ROWS, VOCABULARY, next, logits, &n_correct);
    softmax_gradient(ROWS, VOCABULARY, next, 1.0f / ROWS, logits);
    gpt_backward(gpt, weights, tokens, WINDOWS, logits, tensors->gradients);
    tensors_check(tensors, gpt_loss, gpt);
  }
}

/* logits of a row depend on tokens up to it in its own window, and on those */
static void
test_gpt_sees_the_past_only(void)
{
  g_autoptr(Parameters) parameters = parameters_new();
  g_autoptr(Gpt) gpt = make_gpt(2, 2, parameters);
  g_autoptr(Tensors) tensors = tensors_new(parameters, 2);
  const float *const *weights = (const float *const *)tensors->weights;
  float before[ROWS * VOCABULARY], after[ROWS * VOCABULARY];
  uint32_t changed[ROWS];

  gpt_forward(gpt, weights, tokens, WINDOWS, before);
  memcpy(changed, tokens, sizeof changed);
  changed[CONTEXT + 2] = (tokens[CONTEXT + 2] + 1) % VOCABULARY;
  gpt_forward(gpt, weights, changed, WINDOWS, after);
  for (size_t row = 0; row < ROWS; row++) {
    const bool is_same = memcmp(before + row * VOCABULARY, after + row * VOCABULARY,
                                VOCABULARY * sizeof(float))
                         == 0;
    g_assert_true(is_same == (row < CONTEXT + 2 || row >= 2 * CONTEXT));
  }
}

int
main(int argc, char **argv)
{
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/models/mlp/gradient", test_mlp);
  g_test_add_func("/models/cnn/gradient", test_cnn);
  g_test_add_func("/models/classifier/evaluate-is-the-mean",
                  test_evaluate_is_the_mean_over_the_split);
  g_test_add_func("/models/gpt/gradient", test_gpt);
  g_test_add_func("/models/gpt/sees-the-past-only", test_gpt_sees_the_past_only);
  return g_test_run();
}
