/* SPDX-License-Identifier: MIT */
/* Decoupled weight decay: shrink parameters before the update, by group. */
#include "wrappers/wrapper.h"

typedef struct WeightDecay {
  OptregWrapper base;
  const OptregGroup *groups;
  const double *learning_rate; /* by group, in this call */
} WeightDecay;

/* p ← p − p λ α */
OPTREG_STAGE(decay, {
  const WeightDecay *weight_decay = self;
  const size_t group = tile->tensor->group;
  const real rate = (real)weight_decay->groups[group].weight_decay;
  const real lr = (real)weight_decay->learning_rate[group];
  real *restrict p = tile->param;

  if (rate == (real)0.0) {
    return;
  }
  for (size_t i = 0; i < tile->n; i++) {
    p[i] = p[i] - p[i] * rate * lr;
  }
})

/* a rate of 0 in the type of the parameter is none, as in the stage */
static void
join(const void *self, const OptregTensor *tensor, OptregTerms *terms)
{
  const WeightDecay *weight_decay = self;
  const double decay = weight_decay->groups[tensor->group].weight_decay;

  terms->decay = tensor->type == OPTREG_TYPE_F32 ? (double)(float)decay : decay;
  terms->rate = weight_decay->learning_rate[tensor->group];
}

static const OptregStage decay_stage = {
  .name = "weight_decay",
  .sweeps = OPTREG_IN(REDUCE) | OPTREG_IN(UPDATE),
  .flags = OPTREG_STAGE_READS_PARAM | OPTREG_STAGE_WRITES_PARAM,
  .run = OPTREG_STAGE_FUNCTIONS(decay),
  .join = join,
};

static void
build(OptregWrapper *self, const OptregConfig *config, OptregBuilder *builder)
{
  WeightDecay *weight_decay = (WeightDecay *)self;
  bool is_wanted = false;

  weight_decay->groups = config->groups;
  for (size_t i = 0; i < config->n_groups; i++) {
    is_wanted |= config->groups[i].weight_decay != 0.0;
  }
  if (is_wanted) {
    optreg_builder_add_stage(builder, &decay_stage, self);
  }
}

static void
begin(OptregWrapper *self, OptregCall *call)
{
  ((WeightDecay *)self)->learning_rate = call->learning_rate;
}

const OptregWrapperClass optreg_weight_decay = {
  .name = "weight_decay",
  .size = sizeof(WeightDecay),
  .build = build,
  .begin = begin,
};
