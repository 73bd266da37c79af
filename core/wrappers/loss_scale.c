/* SPDX-License-Identifier: MIT */
/* Loss scale: divide gradients by what the loss was multiplied with. */
#include "wrappers/wrapper.h"

#include <math.h>

typedef struct LossScale {
  OptregWrapper base;
  double scale, initial; /* 1: off */
  bool is_dynamic;
  uint64_t growth_steps;
  uint64_t finite_calls; /* in a row, since the scale last changed */
} LossScale;

/* g ← g / s */
static void
fill(const void *self, const OptregTensor *tensor, OptregTerms *terms)
{
  (void)tensor;
  terms->scale = ((const LossScale *)self)->scale;
}

static const OptregStage unscale_stage = {
  .name = "unscale",
  .sweeps = OPTREG_IN(MEASURE_MICRO) | OPTREG_IN(ACCUMULATE) | OPTREG_IN_EVERY_STEP,
  .flags = OPTREG_STAGE_READS_GRADIENT | OPTREG_STAGE_WRITES_GRADIENT,
  .fill = fill,
};

static void
build(OptregWrapper *self, const OptregConfig *config, OptregBuilder *builder)
{
  LossScale *loss_scale = (LossScale *)self;

  loss_scale->scale = 1.0;
  if (config->loss_scale != 0.0) {
    loss_scale->is_dynamic = config->is_loss_scale_dynamic;
    loss_scale->scale = loss_scale->is_dynamic ? (double)(float)config->loss_scale
                                               : config->loss_scale;
    loss_scale->initial = loss_scale->scale;
    loss_scale->growth_steps = config->dynamic_growth_steps;
    optreg_builder_add_stage(builder, &unscale_stage, self);
  }
}

/* the rule of keras.optimizers.LossScaleOptimizer: halve on a non-finite gradient,
 * double after growth_steps finite ones, but within the normal floats. A sum or a
 * square that overflows is an overflow like any other. */
static void
end(OptregWrapper *self, const OptregCall *call, OptregOutcome outcome)
{
  LossScale *loss_scale = (LossScale *)self;

  (void)call;
  if (!loss_scale->is_dynamic) {
    return;
  }
  if (outcome == OPTREG_OUTCOME_NONFINITE || outcome == OPTREG_OUTCOME_OVERFLOW) {
    loss_scale->finite_calls = 0;
    loss_scale->scale = fmax(loss_scale->scale * 0.5, OPTREG_SMALLEST_SCALE);
  } else if (++loss_scale->finite_calls >= loss_scale->growth_steps) {
    loss_scale->finite_calls = 0;
    loss_scale->scale = fmin(loss_scale->scale * 2.0, OPTREG_LARGEST_SCALE);
  }
}

static size_t
serialize(const OptregWrapper *self, OptregCounter *counters)
{
  const LossScale *loss_scale = (const LossScale *)self;

  if (!loss_scale->is_dynamic) {
    return 0;
  }
  counters[0] = (OptregCounter){
    .name = "loss_scale",
    .value = loss_scale->scale,
    .initial = loss_scale->initial,
    .minimum = OPTREG_SMALLEST_SCALE,
    .maximum = OPTREG_LARGEST_SCALE,
  };
  counters[1] = (OptregCounter){
    .name = "finite_calls",
    .value = (double)loss_scale->finite_calls,
    .maximum = OPTREG_COUNTER_MAX,
    .is_whole = true,
  };
  return 2;
}

static void
deserialize(OptregWrapper *self, const OptregCounter *counters)
{
  LossScale *loss_scale = (LossScale *)self;

  if (!loss_scale->is_dynamic) {
    return;
  }
  loss_scale->scale = counters[0].value;
  loss_scale->finite_calls = (uint64_t)counters[1].value;
}

double
optreg_loss_scale_factor(const OptregWrapper *loss_scale)
{
  return ((const LossScale *)loss_scale)->scale;
}

/* the scale of another optimizer, whose gradients these are */
void
optreg_loss_scale_follow(OptregWrapper *loss_scale, double scale)
{
  ((LossScale *)loss_scale)->scale = scale;
}

const OptregWrapperClass optreg_loss_scale = {
  .name = "loss_scale",
  .size = sizeof(LossScale),
  .build = build,
  .end = end,
  .serialize = serialize,
  .deserialize = deserialize,
};
