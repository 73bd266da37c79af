/* SPDX-License-Identifier: MIT */
/* Clipping: by value, then by the norm of each tensor, then by the norm of the model.
 */
#include "wrappers/shortening.h"
#include "wrappers/wrapper.h"

#include <float.h>
#include <math.h>

typedef struct Clip {
  OptregWrapper base;
  const OptregGroup *groups;
  double global_clipnorm; /* 0: off */
  bool has_norms, has_clipnorm;
  OptregShortening *by_tensor;          /* where a group has a clipnorm */
  OptregSquares *shortened;             /* likewise, after it */
  OptregShortening all[OPTREG_N_TYPES]; /* of the global clip */
} Clip;

/* ---- terms ---- */

/* g ← min(max(g, −c), c); a nan stays */
static void
fill_value(const void *self, const OptregTensor *tensor, OptregTerms *terms)
{
  const double c = ((const Clip *)self)->groups[tensor->group].clipvalue;

  terms->bound = c != 0.0 ? optreg_rounded(tensor->type, c) : INFINITY;
}

static void
fill_squares(const void *self, const OptregTensor *tensor, OptregTerms *terms)
{
  (void)self;
  (void)tensor;
  terms->sums_squares = true;
}

/* g ← g c / max(‖g‖, c), c and the norm of this tensor */
static void
fill_norm(const void *self, const OptregTensor *tensor, OptregTerms *terms)
{
  const Clip *clip = self;
  const OptregShortening *shortening = &clip->by_tensor[tensor->index];

  if (clip->groups[tensor->group].clipnorm != 0.0) {
    terms->clipnorm = shortening->first;
    terms->longest = shortening->second;
    terms->has_norm = true;
    terms->is_norm_exact = !shortening->is_usual;
  }
}

/* g ← g k */
static void
fill_global(const void *self, const OptregTensor *tensor, OptregTerms *terms)
{
  const OptregShortening *shortening = &((const Clip *)self)->all[tensor->type];

  terms->factor = shortening->first;
  terms->second_factor = shortening->second;
  terms->is_factor_exact = !shortening->is_usual;
}

#define CHANGES_GRADIENT OPTREG_STAGE_READS_GRADIENT | OPTREG_STAGE_WRITES_GRADIENT

static const OptregStage value_stage = {
  .name = "clipvalue",
  .sweeps = OPTREG_IN_EVERY_STEP,
  .flags = CHANGES_GRADIENT,
  .fill = fill_value,
};

static const OptregStage measure_stage = {
  .name = "norm",
  .sweeps = OPTREG_IN(MEASURE),
  .flags = OPTREG_STAGE_READS_GRADIENT | OPTREG_STAGE_OBSERVES
           | OPTREG_STAGE_SUMS_SQUARES,
  .fill = fill_squares,
};

static const OptregStage norm_stage = {
  .name = "clipnorm",
  .sweeps = OPTREG_IN(REDUCE) | OPTREG_IN(UPDATE),
  .flags = CHANGES_GRADIENT | OPTREG_STAGE_BY_TENSOR,
  .fill = fill_norm,
};

static const OptregStage global_stage = {
  .name = "global_clipnorm",
  .sweeps = OPTREG_IN(REDUCE) | OPTREG_IN(UPDATE),
  .flags = CHANGES_GRADIENT,
  .fill = fill_global,
};

static void
add_stages(Clip *clip, OptregBuilder *builder, bool has_value)
{
  const OptregWrapper *self = &clip->base;
  size_t n;

  if (has_value) {
    optreg_builder_add_stage(builder, &value_stage, self);
  }
  if (clip->has_norms || optreg_builder_wants_norm(builder)) {
    optreg_builder_add_stage(builder, &measure_stage, self);
  }
  if (clip->has_clipnorm) {
    optreg_builder_tensors(builder, &n);
    optreg_builder_add_scratch(builder, n * sizeof(OptregShortening),
                               (void **)&clip->by_tensor);
    optreg_builder_add_scratch(builder, n * sizeof(OptregSquares),
                               (void **)&clip->shortened);
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

/* the norm of a tensor after its own clipping, without another pass over it */
static inline double
shortened_norm(const OptregShortening *shortening, double c, OptregSquares squares,
               double norm)
{
  const bool is_exact = !shortening->is_usual || shortening->ratio < DBL_MIN;

  return !is_exact || !isfinite(squares.sum) ? norm * shortening->ratio
         : norm < c                          ? norm
                                             : c;
}

/* returns the squares of the model after each tensor's own clipping */
static OptregSquares
clip_tensors(Clip *clip, OptregCall *call)
{
  double least = call->clip_factor;

  for (size_t i = 0; i < call->n_tensors; i++) {
    const OptregTensor *tensor = &call->tensors[i];
    const OptregSquares squares = call->squares[i];
    const double c = clip->groups[tensor->group].clipnorm;
    OptregShortening *shortening = &clip->by_tensor[i];
    if (c == 0.0) {
      *shortening = (OptregShortening){ .ratio = 1.0 };
      clip->shortened[i] = squares;
      continue;
    }
    const double norm = optreg_squares_norm(squares);
    optreg_shorten_tensor(shortening, tensor->type, c, squares, norm);
    clip->shortened[i] =
        optreg_squares_of(shortened_norm(shortening, c, squares, norm));
    least = shortening->ratio < least ? shortening->ratio : least;
  }
  call->clip_factor = least;
  return optreg_tree_squares(call->tree, clip->shortened);
}

static void
begin(OptregWrapper *self, OptregCall *call)
{
  Clip *clip = (Clip *)self;

  if (!clip->has_norms || !call->is_update) {
    return;
  }
  const OptregSquares squares = clip->has_clipnorm ? clip_tensors(clip, call)
                                                   : call->gradient_squares;
  if (clip->global_clipnorm != 0.0) {
    for (size_t type = 0; type < OPTREG_N_TYPES; type++) {
      clip->all[type] =
          optreg_shorten_model((OptregType)type, clip->global_clipnorm, squares);
    }
    call->clip_factor *= clip->all[OPTREG_TYPE_F64].ratio;
  }
}

/* ---- what became of a tensor ---- */

static double
tensor_ratio(const Clip *clip, const OptregTensor *tensor)
{
  return clip->has_clipnorm ? clip->by_tensor[tensor->index].ratio : 1.0;
}

static double
global_ratio(const Clip *clip)
{
  return clip->global_clipnorm != 0.0 ? clip->all[OPTREG_TYPE_F64].ratio : 1.0;
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
  return magnitude * tensor_ratio(clip, tensor) * global_ratio(clip);
}

double
optreg_clip_limit(const OptregWrapper *self, const OptregTensor *tensor)
{
  const Clip *clip = (const Clip *)self;
  const OptregGroup *group = &clip->groups[tensor->group];
  double cut = optreg_rounded(tensor->type, group->clipvalue);

  if (tensor_ratio(clip, tensor) < 1.0 || global_ratio(clip) < 1.0) {
    return 0.0;
  }
  if (group->clipvalue == 0.0) {
    return NAN;
  }
  /* no norm exceeds its bound: the factors are about 1, but not always to the last bit
   */
  if (group->clipnorm != 0.0) {
    cut = optreg_shortened(tensor->type, &clip->by_tensor[tensor->index], cut);
  }
  if (clip->global_clipnorm != 0.0) {
    cut = optreg_shortened(tensor->type, &clip->all[tensor->type], cut);
  }
  return cut;
}

const OptregWrapperClass optreg_clip = {
  .name = "clip",
  .size = sizeof(Clip),
  .build = build,
  .begin = begin,
};
