/* SPDX-License-Identifier: MIT */
/* Guard: find a gradient that is not finite before anything is written. */
#include "wrappers/wrapper.h"

#include <string.h>

typedef struct Guard {
  OptregWrapper base;
  bool is_on;
} Guard;

/* the maximum of the bits without the sign needs no order and no floating point */
OPTREG_STAGE(check)
{
  uint32_t magnitude = *tile->magnitude;

  (void)self;
  for (size_t i = 0; i < tile->n; i++) {
    uint32_t bits;
    memcpy(&bits, &tile->grad[i], sizeof bits);
    bits &= 0x7fffffffu;
    magnitude = bits > magnitude ? bits : magnitude;
  }
  *tile->magnitude = magnitude;
}

static const OptregStage check_stage = {
  .name = "finite",
  .sweeps = OPTREG_IN(MEASURE_MICRO) | OPTREG_IN(MEASURE),
  .flags = OPTREG_STAGE_READS_GRADIENT | OPTREG_STAGE_OBSERVES,
  .run = OPTREG_STAGE_LEVELS(check),
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
