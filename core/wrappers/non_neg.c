/* SPDX-License-Identifier: MIT */
/* Non-negative: keep parameters that are marked so from becoming negative. */
#include "wrappers/non_neg.h"

#include "wrappers/wrapper.h"

typedef struct NonNeg {
  OptregWrapper base;
} NonNeg;

/* p ← max(p, 0) */
OPTREG_STAGE(non_neg, {
  real *restrict p = tile->param;

  if (!tile->tensor->is_non_neg) {
    return;
  }
  for (size_t i = 0; i < tile->n; i++) {
    p[i] = OPTREG_NON_NEG(p[i]);
  }
})

static const OptregStage non_neg_stage = {
  .name = "non_neg",
  .sweeps = OPTREG_IN(ACCUMULATE) | OPTREG_IN(UPDATE),
  .flags = OPTREG_STAGE_READS_PARAM | OPTREG_STAGE_WRITES_PARAM,
  .run = OPTREG_STAGE_FUNCTIONS(non_neg),
};

/* where there is an average, its stage does the same on the way */
static const OptregStage micro_stage = {
  .name = "non_neg",
  .sweeps = OPTREG_IN(ACCUMULATE),
  .flags = OPTREG_STAGE_READS_PARAM | OPTREG_STAGE_WRITES_PARAM,
  .run = OPTREG_STAGE_FUNCTIONS(non_neg),
};

static void
build(OptregWrapper *self, const OptregConfig *config, OptregBuilder *builder)
{
  size_t n;
  const OptregTensor *tensors = optreg_builder_tensors(builder, &n);

  for (size_t i = 0; i < n; i++) {
    if (tensors[i].is_non_neg) {
      optreg_builder_add_stage(builder, config->use_ema ? &micro_stage : &non_neg_stage,
                               self);
      return;
    }
  }
}

const OptregWrapperClass optreg_non_neg = {
  .name = "non_neg",
  .size = sizeof(NonNeg),
  .build = build,
};
