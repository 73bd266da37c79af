/* SPDX-License-Identifier: MIT */
/* Parameters and gradients of a synthetic model. */
#ifndef OPTREG_BENCH_MODEL_H
#define OPTREG_BENCH_MODEL_H

#include "shapes.h"

#include <optreg/optreg.h>

typedef struct Model {
  const Shapes *shapes;
  float *params, *gradients;
  size_t *offsets; /* of each tensor in both: multiples of a line */
  bool has_huge_pages;
} Model;

/* Filled with small numbers, the same ones each time, in huge pages or in small ones.
 * The shapes must outlive it. */
Model *model_new(const Shapes *shapes, bool has_huge_pages, GError **error);
void model_free(Model *model);

/* Register every tensor and build. */
bool model_build(Model *model, optreg_optimizer *optimizer, GError **error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(Model, model_free)

#endif
