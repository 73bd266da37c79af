/* SPDX-License-Identifier: MIT */
/* Clipping: by value, then by the norm of each tensor, then by the norm of the model.
 */
#include "running/reduce.h"
#include "wrappers/wrapper.h"

#include <math.h>

typedef struct Clip {
  OptregWrapper base;
  const OptregGroup *groups;
  double global_clipnorm; /* 0: off */
  bool has_norms, has_clipnorm;
  double *norms;       /* by tensor, before clipnorm; where there is one */
  double *square_sums; /* after clipnorm, tensors in order of their names */
  double global_norm;
  double factor[OPTREG_N_TYPES]; /* of the global clip */
} Clip;

/* g ← min(max(g, −c), c); a nan stays */
OPTREG_STAGE(clip_value, {
  const Clip *clip = self;
  const real c = (real)clip->groups[tile->tensor->group].clipvalue;

  if (c == (real)0.0) {
    return;
  }
  OPTREG_MAP_GRADIENT(i, g[i] < -c ? -c : g[i] > c ? c : g[i]);
})

OPTREG_STAGE(square_sum, {
  const real *restrict g = tile->gradient;
  double *restrict lane = tile->lanes[0];

  OPTREG_ACCUMULATE(lane, tile->n, i, (double)g[i] * (double)g[i]);
})

/* g ← g c / max(‖g‖, c), c and the norm of this tensor */
OPTREG_STAGE(clip_norm, {
  const Clip *clip = self;
  const real c = (real)clip->groups[tile->tensor->group].clipnorm;
  const real norm = (real)clip->norms[tile->tensor->index];
  const real longest = norm <= c ? c : norm;

  if (c == (real)0.0) {
    return;
  }
  OPTREG_MAP_GRADIENT(i, g[i] * c / longest);
})

/* g ← g k */
OPTREG_STAGE(clip_global, {
  const real k = (real)((const Clip *)self)->factor[tile->tensor->type];

  OPTREG_MAP_GRADIENT(i, g[i] * k);
})

/* k = c min(1/N, 1/c) + (N − N): the last term turns an infinite norm into nan. Formed
 * in the type of the gradient. */
#define GLOBAL_FACTOR(name, real)                                                      \
  static double name(double clipnorm, double global_norm)                              \
  {                                                                                    \
    const real c = (real)clipnorm;                                                     \
    const real norm = (real)global_norm;                                               \
    const real reciprocal = (real)(1.0 / clipnorm);                                    \
    const real limit = (real)1.0 / norm >= reciprocal ? reciprocal : (real)1.0 / norm; \
    return (double)(c * limit + (norm - norm));                                        \
  }

GLOBAL_FACTOR(global_factor_f32, float)
GLOBAL_FACTOR(global_factor_f64, double)

/* a bound of 0 in the type of the gradient means that there is none, as in the stage */
static void
join_value(const void *self, const OptregTensor *tensor, OptregTerms *terms)
{
  const double c = ((const Clip *)self)->groups[tensor->group].clipvalue;
  const double bound = tensor->type == OPTREG_TYPE_F32 ? (double)(float)c : c;

  terms->bound = bound != 0.0 ? bound : INFINITY;
}

static void
join_square_sum(const void *self, const OptregTensor *tensor, OptregTerms *terms)
{
  (void)self;
  (void)tensor;
  terms->sums_squares = true;
}

/* the stage's own factor, formed in its type */
static void
join_norm(const void *self, const OptregTensor *tensor, OptregTerms *terms)
{
  const Clip *clip = self;
  const bool is_f32 = tensor->type == OPTREG_TYPE_F32;
  const double given = clip->groups[tensor->group].clipnorm;
  const double c = is_f32 ? (double)(float)given : given;
  const double norm = is_f32 ? (double)(float)clip->norms[tensor->index]
                             : clip->norms[tensor->index];

  if (c != 0.0) {
    terms->clipnorm = c;
    terms->longest = norm <= c ? c : norm;
  }
}

static void
join_global(const void *self, const OptregTensor *tensor, OptregTerms *terms)
{
  terms->factor = ((const Clip *)self)->factor[tensor->type];
}

#define CHANGES_GRADIENT OPTREG_STAGE_READS_GRADIENT | OPTREG_STAGE_WRITES_GRADIENT

static const OptregStage value_stage = {
  .name = "clipvalue",
  .sweeps = OPTREG_IN_EVERY_STEP,
  .flags = CHANGES_GRADIENT,
  .run = OPTREG_STAGE_FUNCTIONS(clip_value),
  .join = join_value,
};

static const OptregStage measure_stage = {
  .name = "norm",
  .sweeps = OPTREG_IN(MEASURE),
  .flags = OPTREG_STAGE_READS_GRADIENT | OPTREG_STAGE_OBSERVES
           | OPTREG_STAGE_SUMS_SQUARES,
  .run = OPTREG_STAGE_FUNCTIONS(square_sum),
  .join = join_square_sum,
};

static const OptregStage norm_stage = {
  .name = "clipnorm",
  .sweeps = OPTREG_IN(REDUCE) | OPTREG_IN(UPDATE),
  .flags = CHANGES_GRADIENT | OPTREG_STAGE_BY_TENSOR,
  .run = OPTREG_STAGE_FUNCTIONS(clip_norm),
  .join = join_norm,
};

static const OptregStage global_stage = {
  .name = "global_clipnorm",
  .sweeps = OPTREG_IN(REDUCE) | OPTREG_IN(UPDATE),
  .flags = CHANGES_GRADIENT,
  .run = OPTREG_STAGE_FUNCTIONS(clip_global),
  .join = join_global,
};

static void
add_stages(Clip *clip, OptregBuilder *builder, bool has_value)
{
  const OptregWrapper *self = &clip->base;
  size_t n;

  if (has_value) {
    optreg_builder_add_stage(builder, &value_stage, self);
  }
  if (clip->has_norms) {
    optreg_builder_add_stage(builder, &measure_stage, self);
  }
  if (clip->has_clipnorm) {
    optreg_builder_tensors(builder, &n);
    optreg_builder_add_scratch(builder, n * sizeof(double), (void **)&clip->norms);
    optreg_builder_add_scratch(builder, n * sizeof(double),
                               (void **)&clip->square_sums);
    optreg_builder_add_stage(builder, &norm_stage, self);
  }
  if (clip->global_clipnorm != 0.0) {
    optreg_builder_add_stage(builder, &global_stage, self);
  }
}

static void
build(OptregWrapper *self, const OptregConfig *config, OptregBuilder *builder)
{
  Clip *clip = (Clip *)self;
  bool has_value = false;

  clip->groups = config->groups;
  clip->global_clipnorm = config->global_clipnorm;
  for (size_t i = 0; i < config->n_groups; i++) {
    has_value |= config->groups[i].clipvalue != 0.0;
    clip->has_clipnorm |= config->groups[i].clipnorm != 0.0;
  }
  clip->has_norms = clip->has_clipnorm || clip->global_clipnorm != 0.0;
  add_stages(clip, builder, has_value);
}

static double
tensor_factor(const Clip *clip, const OptregTensor *tensor)
{
  const double c = clip->groups[tensor->group].clipnorm;

  return c == 0.0 ? 1.0 : c / fmax(clip->norms[tensor->index], c);
}

/* the square sum of a tensor after its own clipping, without another pass over it */
static double
clipped_square_sum(const Clip *clip, const OptregCall *call, size_t index)
{
  const OptregTensor *tensor = &call->tensors[index];

  if (clip->groups[tensor->group].clipnorm == 0.0) {
    return call->square_sum[index];
  }
  const double norm = clip->norms[index] * tensor_factor(clip, tensor);
  return norm * norm;
}

static double
global_factor(const Clip *clip)
{
  return clip->global_clipnorm == 0.0
             ? 1.0
             : fmin(1.0, clip->global_clipnorm / clip->global_norm);
}

/* norms of tensors, and the norm of the model after each tensor's own clipping */
static void
clip_tensors(Clip *clip, OptregCall *call)
{
  for (size_t i = 0; i < call->n_tensors; i++) {
    clip->norms[i] = sqrt(call->square_sum[i]);
    call->clip_factor = fmin(call->clip_factor, tensor_factor(clip, &call->tensors[i]));
  }
  for (size_t i = 0; i < call->n_tensors; i++) {
    clip->square_sums[i] = clipped_square_sum(clip, call, call->by_name[i]);
  }
  clip->global_norm =
      sqrt(optreg_reduce_pairwise(clip->square_sums, call->n_tensors, OPTREG_SUM));
}

static void
begin(OptregWrapper *self, OptregCall *call)
{
  Clip *clip = (Clip *)self;

  if (!clip->has_norms || !call->is_update) {
    return;
  }
  clip->global_norm = call->gradient_norm;
  if (clip->has_clipnorm) {
    clip_tensors(clip, call);
  }
  clip->factor[OPTREG_TYPE_F32] =
      global_factor_f32(clip->global_clipnorm, clip->global_norm);
  clip->factor[OPTREG_TYPE_F64] =
      global_factor_f64(clip->global_clipnorm, clip->global_norm);
  call->clip_factor *= global_factor(clip);
}

double
optreg_clip_bound(const OptregWrapper *self, const OptregTensor *tensor,
                  double magnitude)
{
  const Clip *clip = (const Clip *)self;
  const double c = clip->groups[tensor->group].clipvalue;

  if (c != 0.0) {
    magnitude = fmin(magnitude, c);
  }
  return clip->has_norms ? magnitude * tensor_factor(clip, tensor) * global_factor(clip)
                         : magnitude;
}

/* what the stages behind it make of a gradient that is cut to c, where no norm exceeds
 * its bound: their factors are about 1, but not always to the last bit */
#define CUT(name, real, type)                                                         \
  static double name(const Clip *clip, const OptregGroup *group)                      \
  {                                                                                   \
    const real clipnorm = (real)group->clipnorm;                                      \
    real c = (real)group->clipvalue;                                                  \
                                                                                      \
    c = clipnorm != (real)0.0 ? c * clipnorm / clipnorm : c;                          \
    return (double)(clip->global_clipnorm != 0.0 ? c * (real)clip->factor[type] : c); \
  }

CUT(cut_f32, float, OPTREG_TYPE_F32)
CUT(cut_f64, double, OPTREG_TYPE_F64)

double
optreg_clip_limit(const OptregWrapper *self, const OptregTensor *tensor)
{
  const Clip *clip = (const Clip *)self;
  const OptregGroup *group = &clip->groups[tensor->group];

  if (clip->has_norms
      && (tensor_factor(clip, tensor) < 1.0 || global_factor(clip) < 1.0)) {
    return 0.0;
  }
  if (group->clipvalue == 0.0) {
    return NAN;
  }
  return tensor->type == OPTREG_TYPE_F32 ? cut_f32(clip, group) : cut_f64(clip, group);
}

const OptregWrapperClass optreg_clip = {
  .name = "clip",
  .size = sizeof(Clip),
  .build = build,
  .begin = begin,
};
