/* SPDX-License-Identifier: MIT */
/* Guard: find a gradient that is not finite before anything is written. */
#include "wrappers/wrapper.h"

#include <string.h>

typedef struct Guard {
  OptregWrapper base;
  bool is_on;
} Guard;

/* the maximum of the bits without the sign needs no order and no floating point, and
 * puts infinity and nan above all numbers */
#define LARGEST(real, integer)                 \
  const real *restrict g = tile->gradient;     \
  integer largest = 0;                         \
  real value;                                  \
  for (size_t i = 0; i < tile->n; i++) {       \
    integer bits;                              \
    memcpy(&bits, &g[i], sizeof bits);         \
    bits &= (integer)-1 >> 1;                  \
    largest = bits > largest ? bits : largest; \
  }                                            \
  memcpy(&value, &largest, sizeof value);      \
  optreg_tile_raise_magnitude(tile, (double)value);

#define CHECK(name, real, integer)                                                  \
  OPTREG_FUNCTION(void, , name, (const void *self OPTREG_UNUSED, OptregTile *tile), \
                  (self, tile))                                                     \
  {                                                                                 \
    LARGEST(real, integer)                                                          \
  }

CHECK(check_f32, float, uint32_t)
CHECK(check_f64, double, uint64_t)

static void
join(const void *self, const OptregTensor *tensor, OptregTerms *terms)
{
  (void)self;
  (void)tensor;
  terms->checks = true;
}

static const OptregStage check_stage = {
  .name = "finite",
  .sweeps = OPTREG_IN(MEASURE_MICRO) | OPTREG_IN(MEASURE),
  .flags = OPTREG_STAGE_READS_GRADIENT | OPTREG_STAGE_OBSERVES | OPTREG_STAGE_FOR_EVERY,
  .run = OPTREG_STAGE_FUNCTIONS(check),
  .join = join,
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
