/* SPDX-License-Identifier: MIT */
/* Guard: find a gradient that is not finite before anything is written. */
#include "wrappers/wrapper.h"

typedef struct Guard {
  OptregWrapper base;
  bool is_on;
} Guard;

static void
fill(const void *self, const OptregTensor *tensor, OptregTerms *terms)
{
  (void)self;
  (void)tensor;
  terms->checks = true;
}

static const OptregStage check_stage = {
  .name = "finite",
  .sweeps = OPTREG_IN(MEASURE_MICRO) | OPTREG_IN(MEASURE),
  .flags = OPTREG_STAGE_READS_GRADIENT | OPTREG_STAGE_OBSERVES | OPTREG_STAGE_FOR_EVERY,
  .fill = fill,
};

static void
build(OptregWrapper *self, const OptregConfig *config, OptregBuilder *builder)
{
  Guard *guard = (Guard *)self;

  guard->is_on = config->nonfinite != OPTREG_NONFINITE_PROPAGATE;
  if (guard->is_on) {
    optreg_builder_add_stage(builder, &check_stage, self);
  }
}

bool
optreg_guard_is_on(const OptregWrapper *guard)
{
  return ((const Guard *)guard)->is_on;
}

const OptregWrapperClass optreg_guard = {
  .name = "guard",
  .size = sizeof(Guard),
  .build = build,
};
