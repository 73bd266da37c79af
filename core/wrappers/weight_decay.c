/* SPDX-License-Identifier: MIT */
/* Decoupled weight decay: shrink parameters before the update, by group. */
#include "wrappers/wrapper.h"

#include <float.h>

typedef struct WeightDecay {
  OptregWrapper base;
  const OptregGroup *groups;
  const double *learning_rate; /* by group, in this call */
} WeightDecay;

/* p λ might overflow beyond it, though p λ α does not: large beside any use, small
 * beside the largest weights */
#define LARGEST_DECAY 0x1p32

typedef struct Factors {
  double decay, rate;
} Factors;

/* λ and α as the type of the parameter holds them; a λ that loses digits there, or is
 * very large, takes part as λ α and 1. A decay of 0 is none. */
static Factors
factors_of(const WeightDecay *weight_decay, const OptregTensor *tensor)
{
  const double decay = weight_decay->groups[tensor->group].weight_decay;
  const double rate = weight_decay->learning_rate[tensor->group];
  const bool is_f32 = tensor->type == OPTREG_TYPE_F32;
  const bool is_usual = decay >= (is_f32 ? (double)FLT_MIN : DBL_MIN)
                        && decay <= LARGEST_DECAY;
  const double first = is_usual ? decay : decay * rate;

  return (Factors){ is_f32 ? (double)(float)first : first, is_usual ? rate : 1.0 };
}

/* p ← p − p λ α */
static void
fill(const void *self, const OptregTensor *tensor, OptregTerms *terms)
{
  const Factors factors = factors_of(self, tensor);

  terms->decay = factors.decay;
  terms->rate = factors.rate;
}

static const OptregStage decay_stage = {
  .name = "weight_decay",
  .sweeps = OPTREG_IN(REDUCE) | OPTREG_IN(UPDATE),
  .flags = OPTREG_STAGE_READS_PARAM | OPTREG_STAGE_WRITES_PARAM,
  .fill = fill,
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
