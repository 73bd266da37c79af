/* SPDX-License-Identifier: MIT */
/* Clipping: by value, then by the norm of each tensor, then by the norm of the model.
 */
#include "running/reduce.h"
#include "wrappers/wrapper.h"

#include <math.h>

typedef struct Clip {
  OptregWrapper base;
  const OptregGroup *groups;
  float global_clipnorm; /* 0: off */
  bool has_norms;
  float *longest; /* by tensor: max(norm, clipnorm), or 0 when clipnorm is off there */
  double *square_sums; /* after clipnorm, tensors in order of their names */
  float global_factor;
} Clip;

/* g ← min(max(g, −c), c); a nan stays */
OPTREG_STAGE(clip_value)
{
  const Clip *clip = self;
  const float c = (float)clip->groups[tile->tensor->group].clipvalue;
  float *restrict g = tile->grad;

  if (c == 0.0f) {
    return;
  }
  for (size_t i = 0; i < tile->n; i++) {
    const float above = g[i] < -c ? -c : g[i];
    g[i] = above > c ? c : above;
  }
}

OPTREG_STAGE(square_sum)
{
  const float *restrict g = tile->grad;
  double *restrict lane = tile->lanes[0];

  (void)self;
  OPTREG_ACCUMULATE(lane, tile->n, i, (double)g[i] * (double)g[i]);
}

/* g ← g c / max(‖g‖, c), c and the norm of this tensor */
OPTREG_STAGE(clip_norm)
{
  const Clip *clip = self;
  const float c = (float)clip->groups[tile->tensor->group].clipnorm;
  const float longest = clip->longest[tile->tensor->index];
  float *restrict g = tile->grad;

  if (c == 0.0f) {
    return;
  }
  for (size_t i = 0; i < tile->n; i++) {
    g[i] = g[i] * c / longest;
  }
}

/* g ← g k */
OPTREG_STAGE(clip_global)
{
  const Clip *clip = self;
  const float factor = clip->global_factor;
  float *restrict g = tile->grad;

  for (size_t i = 0; i < tile->n; i++) {
    g[i] = g[i] * factor;
  }
}

#define CHANGES_GRADIENT OPTREG_STAGE_READS_GRADIENT | OPTREG_STAGE_WRITES_GRADIENT

static const OptregStage value_stage = {
  .name = "clipvalue",
  .sweeps = OPTREG_IN_EVERY_STEP,
  .flags = CHANGES_GRADIENT,
  .run = OPTREG_STAGE_LEVELS(clip_value),
};

static const OptregStage measure_stage = {
  .name = "norm",
  .sweeps = OPTREG_IN(MEASURE),
  .flags = OPTREG_STAGE_READS_GRADIENT | OPTREG_STAGE_OBSERVES
           | OPTREG_STAGE_SUMS_SQUARES,
  .run = OPTREG_STAGE_LEVELS(square_sum),
};

static const OptregStage norm_stage = {
  .name = "clipnorm",
  .sweeps = OPTREG_IN(REDUCE) | OPTREG_IN(UPDATE),
  .flags = CHANGES_GRADIENT,
  .run = OPTREG_STAGE_LEVELS(clip_norm),
};

static const OptregStage global_stage = {
  .name = "global_clipnorm",
  .sweeps = OPTREG_IN(REDUCE) | OPTREG_IN(UPDATE),
  .flags = CHANGES_GRADIENT,
  .run = OPTREG_STAGE_LEVELS(clip_global),
};

static void
build(OptregWrapper *self, const OptregConfig *config, OptregBuilder *builder)
{
  Clip *clip = (Clip *)self;
  bool has_value = false, has_norm = false;

  clip->groups = config->groups;
  clip->global_clipnorm = (float)config->global_clipnorm;
  for (size_t i = 0; i < config->n_groups; i++) {
    has_value |= config->groups[i].clipvalue != 0.0;
    has_norm |= config->groups[i].clipnorm != 0.0;
  }
  clip->has_norms = has_norm || config->global_clipnorm != 0.0;
  if (has_value) {
    optreg_builder_add_stage(builder, &value_stage, self);
  }
  if (clip->has_norms) {
    const size_t n = optreg_builder_n_tensors(builder);
    optreg_builder_add_scratch(builder, n * sizeof(float), (void **)&clip->longest);
    optreg_builder_add_scratch(builder, n * sizeof(double),
                               (void **)&clip->square_sums);
    optreg_builder_add_stage(builder, &measure_stage, self);
  }
  if (has_norm) {
    optreg_builder_add_stage(builder, &norm_stage, self);
  }
  if (config->global_clipnorm != 0.0) {
    optreg_builder_add_stage(builder, &global_stage, self);
  }
}

/* the square sum of a tensor after its own clipping, without another pass over it */
static double
clip_tensor(Clip *clip, OptregCall *call, size_t index)
{
  const float c = (float)clip->groups[call->tensors[index].group].clipnorm;
  const double norm = sqrt(call->square_sum[index]);

  if (c == 0.0f) {
    return call->square_sum[index];
  }
  clip->longest[index] = (float)norm <= c ? c : (float)norm;
  const double factor = (double)c / (double)clip->longest[index];
  call->clip_factor = fmin(call->clip_factor, factor);
  return norm * factor * norm * factor;
}

/* k = c min(1/N, 1/c) + (N − N): the last term turns an infinite norm into nan */
static float
global_factor(float c, float norm)
{
  const float reciprocal = (float)(1.0 / (double)c);
  const float k = 1.0f / norm < reciprocal || norm != norm ? 1.0f / norm : reciprocal;
  return c * k + (norm - norm);
}

static void
begin(OptregWrapper *self, OptregCall *call)
{
  Clip *clip = (Clip *)self;

  if (!clip->has_norms || !call->is_update) {
    return;
  }
  for (size_t i = 0; i < call->n_tensors; i++) {
    clip->square_sums[i] = clip_tensor(clip, call, call->by_name[i]);
  }
  if (clip->global_clipnorm != 0.0f) {
    const double norm =
        sqrt(optreg_reduce_pairwise(clip->square_sums, call->n_tensors, OPTREG_SUM));
    clip->global_factor = global_factor(clip->global_clipnorm, (float)norm);
    call->clip_factor *= fmin(1.0, (double)clip->global_clipnorm / norm);
  }
}

const OptregWrapperClass optreg_clip = {
  .name = "clip",
  .size = sizeof(Clip),
  .build = build,
  .begin = begin,
};
