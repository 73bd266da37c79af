/* SPDX-License-Identifier: MIT */
/* Overwrite: parameters that take their gradient as the new value, as it is given. */
#include "wrappers/wrapper.h"

#include <string.h>

typedef struct Overwrite {
  OptregWrapper base;
  bool is_accumulating;
  uint64_t position; /* of this call in its window */
  void **accumulator;
} Overwrite;

/* acc ← max(g, acc), from 0 in the first call of a window; a nan stays
 * keras.optimizers, parameters with overwrite_with_gradient */
OPTREG_STAGE(keep_largest, {
  const Overwrite *overwrite = self;
  real *restrict acc = (real *)overwrite->accumulator[tile->tensor->index]
                       + tile->offset;
  const real *restrict g = tile->gradient;

  if (overwrite->position == 0) {
    memset(acc, 0, tile->n * sizeof(real));
  }
  for (size_t i = 0; g != NULL && i < tile->n; i++) {
    acc[i] = g[i] > acc[i] || g[i] != g[i] ? g[i] : acc[i];
  }
})

OPTREG_STAGE(overwrite, {
  const Overwrite *overwrite = self;
  const real *restrict g = tile->gradient;
  real *restrict p = tile->param;

  if (!overwrite->is_accumulating) {
    memcpy(p, g, tile->n * sizeof(real));
    return;
  }
  const real *restrict acc = (const real *)overwrite->accumulator[tile->tensor->index]
                             + tile->offset;
  for (size_t i = 0; i < tile->n; i++) {
    p[i] = g[i] > acc[i] || g[i] != g[i] ? g[i] : acc[i];
  }
})

static const OptregStage keep_stage = {
  .name = "keep_largest",
  .sweeps = OPTREG_IN(ACCUMULATE),
  .flags = OPTREG_STAGE_READS_GRADIENT | OPTREG_STAGE_WITHOUT_GRADIENT
           | OPTREG_STAGE_FOR_OVERWRITTEN,
  .reads = 1,
  .writes = 1,
  .run = OPTREG_STAGE_FUNCTIONS(keep_largest),
};

static const OptregStage overwrite_stage = {
  .name = "overwrite",
  .sweeps = OPTREG_IN(UPDATE),
  .flags = OPTREG_STAGE_READS_GRADIENT | OPTREG_STAGE_WRITES_PARAM
           | OPTREG_STAGE_FOR_OVERWRITTEN,
  .run = OPTREG_STAGE_FUNCTIONS(overwrite),
};

static void
build(OptregWrapper *self, const OptregConfig *config, OptregBuilder *builder)
{
  Overwrite *overwrite = (Overwrite *)self;
  size_t n;
  const OptregTensor *tensors = optreg_builder_tensors(builder, &n);
  bool is_wanted = false;

  for (size_t i = 0; i < n; i++) {
    is_wanted |= tensors[i].is_overwritten;
  }
  if (!is_wanted) {
    return;
  }
  overwrite->is_accumulating = config->gradient_accumulation_steps > 1;
  if (overwrite->is_accumulating) {
    optreg_builder_add_state(builder, "gradient_accumulator", true, OPTREG_INIT_ZERO,
                             keep_stage.sweeps | overwrite_stage.sweeps,
                             &overwrite->accumulator);
    optreg_builder_add_stage(builder, &keep_stage, self);
  }
  optreg_builder_add_stage(builder, &overwrite_stage, self);
}

static void
begin(OptregWrapper *self, OptregCall *call)
{
  ((Overwrite *)self)->position = call->position;
}

const OptregWrapperClass optreg_overwrite = {
  .name = "overwrite",
  .size = sizeof(Overwrite),
  .build = build,
  .begin = begin,
};
