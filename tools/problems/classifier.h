/* SPDX-License-Identifier: MIT */
/* A model that tells pictures apart: batches of a data set go through it. */
#ifndef OPTREG_PROBLEMS_CLASSIFIER_H
#define OPTREG_PROBLEMS_CLASSIFIER_H

#include "dataset.h"
#include "parameters.h"

/* What classifies: `self` has its sizes and scratch. Calls see n rows of inputs, at
 * most as many as it was made for. */
typedef struct ClassifierModel {
  /* Write n_classes logits for each row, and keep what backward needs. */
  void (*forward)(void *self, const float *const *weights, const float *inputs,
                  size_t n, float *logits);

  /* Write all gradients from those by the logits of the last forward. */
  void (*backward)(void *self, const float *const *weights, const float *inputs,
                   size_t n, const float *logits, float *const *gradients);

  void (*free)(void *self);
} ClassifierModel;

enum { CLASSIFIER_BATCH = 256 }; /* of evaluation; models are made for this at least */

/* What the functions below take as `self`, for optreg_problem_class. `data` is the
 * identity of the data, static. Takes over dataset, parameters and model_self. */
typedef struct Classifier Classifier;
Classifier *classifier_new(const optreg_problem_host *host, const char *data,
                           Dataset *dataset, Parameters *parameters,
                           const ClassifierModel *model, void *model_self,
                           uint32_t batch_size);

/* Rows that a model must be made for, so that `batch_size` is no problem. */
size_t classifier_capacity(const Dataset *dataset, uint32_t batch_size);

void classifier_close(void *self);
size_t classifier_tensors(const void *self, const optreg_problem_tensor **rows);
size_t classifier_examples(const void *self);
const char *classifier_data(const void *self);
void classifier_init(void *self, uint32_t seed, float *const *weights);
double classifier_gradient(void *self, const optreg_problem_batch *batch,
                           const float *const *weights, float *const *gradients);

/* "loss", "accuracy", which decides, and "error", the rest of it. Of the training split
 * at most the first 10,000. */
void classifier_evaluate(void *self, uint32_t split, const float *const *weights,
                         double *values);

enum { CLASSIFIER_N_METRICS = 3 };
extern const optreg_problem_metric classifier_metrics[CLASSIFIER_N_METRICS];

#define CLASSIFIER_FUNCTIONS                                                         \
  .primary = 1, .primary_split = OPTREG_PROBLEM_TEST,                                \
  .metrics = { classifier_metrics, CLASSIFIER_N_METRICS,                             \
               sizeof(optreg_problem_metric) },                                      \
  .close = classifier_close, .tensors = classifier_tensors,                          \
  .examples = classifier_examples, .data = classifier_data, .init = classifier_init, \
  .gradient = classifier_gradient, .evaluate = classifier_evaluate

#endif
