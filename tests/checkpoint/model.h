/* SPDX-License-Identifier: MIT */
/* A small model whose gradients depend on the call, the parameter's name and the
 * element only: whoever trains it for the same calls gets the same gradients. */
#ifndef OPTREG_TESTS_CHECKPOINT_MODEL_H
#define OPTREG_TESTS_CHECKPOINT_MODEL_H

#include <glib.h>
#include <optreg/optreg.h>
#include <stdbool.h>

typedef struct ModelRow {
  const char *name;
  uint32_t dtype, ndim;
  uint64_t dims[3];
} ModelRow;

typedef struct Model {
  const ModelRow *rows;
  size_t n;
  optreg_optimizer *optimizer;
  void *weight[16], *gradient[16];
  uint64_t n_elements[16];
  uint64_t n_calls;
} Model;

/* Five f32 parameters: a kernel, a bias, one of several blocks, a scalar, an empty one.
 */
extern const ModelRow model_rows[];
#define MODEL_N_ROWS 5

/* Takes the optimizer over; the weights begin with numbers from their names. */
Model *model_new(optreg_optimizer *optimizer, const ModelRow *rows, size_t n);
void model_build(Model *model);
void model_free(Model *model);

/* From YAML, with model_rows, built. */
Model *model_from_text(const char *yaml);

/* Call step n times; every one must be taken. */
void model_train(Model *model, unsigned n);

/* The gradients of the coming call. */
void model_fill_gradients(Model *model);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(Model, model_free)

#endif
