/* SPDX-License-Identifier: MIT */
/* A step written down plainly: Keras' rules with optreg's departures, for the values
 * that Keras has not recorded because it does otherwise.
 *
 * Numbers are doubles; in float32 cases each operation is rounded, which gives the same
 * bits as float arithmetic. Where no departure holds it has to give what Keras
 * recorded. */
#ifndef OPTREG_TESTS_MODEL_H
#define OPTREG_TESTS_MODEL_H

#include "cases.h"

#include <stdint.h>

enum { MODEL_SLOTS = 3 };

typedef enum ModelStatus {
  MODEL_APPLIED,
  MODEL_ACCUMULATED,
  MODEL_SKIPPED,
  MODEL_REFUSED, /* no gradient at all */
} ModelStatus;

typedef struct ModelVariable {
  size_t n;
  double *weight, *average, *accumulator, *gradient;
  double *slot[MODEL_SLOTS];
  bool is_overwritten, is_non_neg, is_decayed;

  /* of this call */
  bool is_present;      /* Keras was given a gradient */
  bool is_used;         /* optreg has one: given or accumulated */
  bool is_norm_changed; /* Keras' sum of squares in float32 clips otherwise */

  bool has_sum; /* in this window */
} ModelVariable;

typedef struct Model Model;

typedef struct ModelFormula {
  const char *optimizer; /* Keras' class */
  const char *slots[MODEL_SLOTS];
  bool squares_gradient;
  void (*update)(const Model *model, ModelVariable *variable, double learning_rate);
} ModelFormula;

struct Model {
  bool is_double;
  const ModelFormula *formula; /* NULL: weights and slots are not known */
  JsonObject *config;
  ModelVariable *variables;
  size_t n_variables;
  double clipnorm, global_clipnorm, clipvalue, weight_decay;
  double momentum_of_average, window, overwrite_frequency, static_scale;
  bool has_average, is_dynamic;
  double growth_steps;

  double scale, n_finite;              /* of the dynamic scale */
  uint64_t step, micro_step, position; /* updates, calls, calls in this window */

  /* of this call */
  bool is_update, is_overflow;
  uint64_t step_before;
  double scale_before;
  bool is_rounded; /* set by the runner: it could not pass the gradients exactly */
};

Model *model_new(JsonObject *recorded);
void model_free(Model *model);

/* gradients: one array per variable, NULL where it is missing. */
ModelStatus model_step(Model *model, double *const *gradients, double learning_rate);

/* A slot by name; NULL when the formula has none of that name or is unknown. */
const double *model_slot(const Model *model, size_t variable, const char *name);

/* To the type of the case; a float operation in double, then rounded, is the same
 * operation. */
double model_round(const Model *model, double value);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(Model, model_free)

#endif
