/* SPDX-License-Identifier: MIT */
/* Batches through a model. */
#include "classifier.h"

#include "softmax.h"

#include <math.h>

enum { MOST_EVALUATED = 10000 }; /* of the training split */

struct Classifier {
  const optreg_problem_host *host;
  const char *data;
  Dataset *dataset;
  Parameters *parameters;
  const ClassifierModel *model;
  void *self;
  uint32_t *labels; /* of the batch, as what follows */
  float *inputs, *logits;
};

const optreg_problem_metric classifier_metrics[CLASSIFIER_N_METRICS] = {
  { "loss", "cross-entropy", INFINITY, 0.01, 0, 0 },
  { "accuracy", "share of right answers", 0.0, 0.005,
    OPTREG_PROBLEM_HIGHER_IS_BETTER | OPTREG_PROBLEM_SHARE, 0 },
  { "error", "share of wrong answers", 1.0, 0.005, OPTREG_PROBLEM_SHARE, 0 },
};

size_t
classifier_capacity(const Dataset *dataset, uint32_t batch_size)
{
  const size_t n = dataset->split[OPTREG_PROBLEM_TRAINING].n;
  return MAX((size_t)CLASSIFIER_BATCH, MIN((size_t)batch_size, n));
}

Classifier *
classifier_new(const optreg_problem_host *host, const char *data, Dataset *dataset,
               Parameters *parameters, const ClassifierModel *model, void *model_self,
               uint32_t batch_size)
{
  const size_t capacity = classifier_capacity(dataset, batch_size);
  Classifier *classifier = g_new0(Classifier, 1);

  classifier->host = host;
  classifier->data = data;
  classifier->dataset = dataset;
  classifier->parameters = parameters;
  classifier->model = model;
  classifier->self = model_self;
  classifier->labels = g_new0(uint32_t, capacity);
  classifier->inputs = g_new0(float, capacity * dataset->n_features);
  classifier->logits = g_new0(float, capacity * dataset->n_classes);
  return classifier;
}

void
classifier_close(void *self)
{
  Classifier *classifier = self;

  if (classifier != NULL) {
    classifier->model->free(classifier->self);
    dataset_free(classifier->dataset);
    parameters_free(classifier->parameters);
    g_free(classifier->labels);
    g_free(classifier->inputs);
    g_free(classifier->logits);
    g_free(classifier);
  }
}

size_t
classifier_tensors(const void *self, const optreg_problem_tensor **rows)
{
  const Classifier *classifier = self;
  return parameters_rows(classifier->parameters, rows);
}

size_t
classifier_examples(const void *self)
{
  const Classifier *classifier = self;
  return classifier->dataset->split[OPTREG_PROBLEM_TRAINING].n;
}

const char *
classifier_data(const void *self)
{
  const Classifier *classifier = self;
  return classifier->data;
}

void
classifier_init(void *self, uint32_t seed, float *const *weights)
{
  const Classifier *classifier = self;
  parameters_init(classifier->parameters, classifier->host, seed, weights);
}

static void
load_example(Classifier *classifier, uint32_t split, size_t example, size_t row)
{
  const Dataset *dataset = classifier->dataset;

  dataset_read(dataset, split, example, classifier->inputs + row * dataset->n_features);
  classifier->labels[row] = dataset->split[split].labels[example];
}

/* sum of the losses of the first n rows; logits become probabilities */
static double
forward(Classifier *classifier, const float *const *weights, size_t n,
        size_t *n_correct)
{
  classifier->model->forward(classifier->self, weights, classifier->inputs, n,
                             classifier->logits);
  return softmax_loss(n, classifier->dataset->n_classes, classifier->labels,
                      classifier->logits, n_correct);
}

double
classifier_gradient(void *self, const optreg_problem_batch *batch,
                    const float *const *weights, float *const *gradients)
{
  Classifier *classifier = self;
  const size_t n = batch->n;
  size_t n_correct;

  for (size_t i = 0; i < n; i++) {
    load_example(classifier, OPTREG_PROBLEM_TRAINING, batch->examples[i], i);
  }
  const double loss = forward(classifier, weights, n, &n_correct);
  softmax_gradient(n, classifier->dataset->n_classes, classifier->labels,
                   (float)(batch->scale / (double)n), classifier->logits);
  classifier->model->backward(classifier->self, weights, classifier->inputs, n,
                              classifier->logits, gradients);
  return loss / (double)n;
}

static size_t
count_evaluated(const Classifier *classifier, uint32_t split)
{
  const size_t n = classifier->dataset->split[split].n;
  return split == OPTREG_PROBLEM_TRAINING ? MIN(n, (size_t)MOST_EVALUATED) : n;
}

void
classifier_evaluate(void *self, uint32_t split, const float *const *weights,
                    double *values)
{
  Classifier *classifier = self;
  const size_t n = count_evaluated(classifier, split);
  double loss = 0.0;
  size_t n_correct = 0;

  for (size_t start = 0; start < n; start += CLASSIFIER_BATCH) {
    const size_t n_batch = MIN((size_t)CLASSIFIER_BATCH, n - start);
    size_t n_batch_correct;
    for (size_t i = 0; i < n_batch; i++) {
      load_example(classifier, split, start + i, i);
    }
    loss += forward(classifier, weights, n_batch, &n_batch_correct);
    n_correct += n_batch_correct;
  }
  values[0] = loss / (double)n;
  values[1] = (double)n_correct / (double)n;
  values[2] = (double)(n - n_correct) / (double)n;
}
