/* SPDX-License-Identifier: MIT */
/* Gradient accumulation: add up the gradients of some calls, update with their mean. */
#include "wrappers/wrapper.h"

#include <string.h>

typedef struct Accumulate {
  OptregWrapper base;
  uint64_t window;   /* calls that make one update; 1: off */
  uint64_t position; /* calls taken in this window */
  void **accumulator;
  bool *has_sum; /* by tensor: some call of this window had a gradient */
  bool has_lost; /* a window was given up since the last update */
} Accumulate;

/* acc ← g + acc; the first call of a window overwrites what the last window left, also
 * where the gradient is missing */
OPTREG_STAGE(add, {
  const Accumulate *accumulate = self;
  real *restrict acc = (real *)accumulate->accumulator[tile->tensor->index]
                       + tile->offset;
  const real *restrict g = tile->gradient;

  if (accumulate->position > 0) {
    for (size_t i = 0; g != NULL && i < tile->n; i++) {
      acc[i] = g[i] + acc[i];
    }
  } else if (g != NULL) {
    for (size_t i = 0; i < tile->n; i++) {
      acc[i] = g[i] + (real)0.0;
    }
  } else {
    memset(acc, 0, tile->n * sizeof(real));
  }
})

/* g ← (g + acc) / n */
static void
fill(const void *self, const OptregTensor *tensor, OptregTerms *terms)
{
  const Accumulate *accumulate = self;

  terms->sum = accumulate->accumulator[tensor->index];
  terms->mean = (double)accumulate->window;
}

static const OptregStage add_stage = {
  .name = "accumulate",
  .sweeps = OPTREG_IN(ACCUMULATE),
  .flags = OPTREG_STAGE_READS_GRADIENT | OPTREG_STAGE_WITHOUT_GRADIENT,
  .reads = 1,
  .writes = 1,
  .run = OPTREG_STAGE_FUNCTIONS(add),
};

static const OptregStage mean_stage = {
  .name = "mean",
  .sweeps = OPTREG_IN_EVERY_STEP,
  .flags = OPTREG_STAGE_READS_GRADIENT | OPTREG_STAGE_WRITES_GRADIENT
           | OPTREG_STAGE_BY_ADDRESS,
  .reads = 1,
  .fill = fill,
};

static void
build(OptregWrapper *self, const OptregConfig *config, OptregBuilder *builder)
{
  Accumulate *accumulate = (Accumulate *)self;

  accumulate->window = config->gradient_accumulation_steps;
  if (accumulate->window > 1) {
    size_t n;
    optreg_builder_tensors(builder, &n);
    optreg_builder_add_state(builder, "gradient_accumulator", false, OPTREG_INIT_ZERO,
                             add_stage.sweeps | mean_stage.sweeps,
                             &accumulate->accumulator);
    optreg_builder_add_scratch(builder, n * sizeof(bool),
                               (void **)&accumulate->has_sum);
    optreg_builder_add_stage(builder, &add_stage, self);
    optreg_builder_add_stage(builder, &mean_stage, self);
  }
}

static void
note_gradients(Accumulate *accumulate, const OptregCall *call)
{
  accumulate->position++;
  for (size_t i = 0; i < call->n_tensors; i++) {
    accumulate->has_sum[i] |= call->tensors[i].grad != NULL;
  }
}

/* a skipped call only makes its window longer; a sum that overflowed is given up */
static void
end(OptregWrapper *self, const OptregCall *call, OptregOutcome outcome)
{
  Accumulate *accumulate = (Accumulate *)self;

  if (outcome == OPTREG_OUTCOME_ACCUMULATED) {
    note_gradients(accumulate, call);
  } else if (outcome != OPTREG_OUTCOME_NONFINITE && accumulate->window > 1) {
    accumulate->has_lost = outcome == OPTREG_OUTCOME_OVERFLOW;
    accumulate->position = 0;
    memset(accumulate->has_sum, 0, call->n_tensors * sizeof(bool));
  }
}

static size_t
serialize(const OptregWrapper *self, OptregCounter *counters)
{
  const Accumulate *accumulate = (const Accumulate *)self;

  counters[0] = (OptregCounter){
    .name = "accumulated",
    .value = (double)accumulate->position,
    .maximum = (double)accumulate->window - 1.0,
    .is_whole = true,
  };
  counters[1] = (OptregCounter){
    .name = "window_is_lost",
    .value = accumulate->has_lost,
    .maximum = 1.0,
    .is_whole = true,
    .is_rare = true,
  };
  return 2;
}

static void
deserialize(OptregWrapper *self, const OptregCounter *counters)
{
  Accumulate *accumulate = (Accumulate *)self;

  accumulate->position = (uint64_t)counters[0].value;
  accumulate->has_lost = counters[1].value != 0.0;
}

uint64_t
optreg_accumulate_position(const OptregWrapper *accumulate)
{
  return ((const Accumulate *)accumulate)->position;
}

uint64_t
optreg_accumulate_window(const OptregWrapper *accumulate)
{
  return ((const Accumulate *)accumulate)->window;
}

bool
optreg_accumulate_has_lost(const OptregWrapper *accumulate)
{
  return ((const Accumulate *)accumulate)->has_lost;
}

bool
optreg_accumulate_has_sum(const OptregWrapper *accumulate, size_t tensor)
{
  const Accumulate *self = (const Accumulate *)accumulate;
  return self->window > 1 && self->has_sum[tensor];
}

void
optreg_accumulate_set_sum(OptregWrapper *accumulate, size_t tensor, bool has_sum)
{
  Accumulate *self = (Accumulate *)accumulate;

  if (self->window > 1) {
    self->has_sum[tensor] = has_sum;
  }
}

const void *
optreg_accumulate_sum(const OptregWrapper *accumulate, size_t tensor)
{
  const Accumulate *self = (const Accumulate *)accumulate;
  return self->window > 1 ? self->accumulator[tensor] : NULL;
}

bool
optreg_accumulate_is_update(const OptregWrapper *accumulate)
{
  const Accumulate *self = (const Accumulate *)accumulate;
  return self->position + 1 == self->window;
}

const OptregWrapperClass optreg_accumulate = {
  .name = "accumulate",
  .size = sizeof(Accumulate),
  .build = build,
  .end = end,
  .serialize = serialize,
  .deserialize = deserialize,
};
