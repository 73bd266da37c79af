/* SPDX-License-Identifier: MIT */
/* Gradients that refuse a step: not finite, or too large to be squared. */
#include "running/engine_private.h"

#include "error.h"

#include <math.h>

/* beyond these a square overflows */
#define LARGEST_F32_ROOT 0x1.ffffffp+63
#define LARGEST_F64_ROOT 0x1.fffffffffffffp+511

/* in the order in which they are looked for */
typedef enum RefusalKind {
  REFUSED_GIVEN,
  REFUSED_UNSCALED,
  REFUSED_ACCUMULATED,
  REFUSED_SQUARED,
  REFUSED_STATE,
} RefusalKind;

typedef struct Kind {
  const char *subject, *what;
  OptregOutcome outcome;
} Kind;

static const Kind kinds[] = {
  [REFUSED_GIVEN] = { "gradient", "is not finite", OPTREG_OUTCOME_NONFINITE },
  [REFUSED_UNSCALED] = { "unscaled gradient", "is not finite",
                         OPTREG_OUTCOME_NONFINITE },
  [REFUSED_ACCUMULATED] = { "accumulated gradient", "is not finite",
                            OPTREG_OUTCOME_OVERFLOW },
  [REFUSED_SQUARED] = { "gradient", "is too large to be squared",
                        OPTREG_OUTCOME_OVERFLOW },
  /* the slot that overflows, or "value" */
  [REFUSED_STATE] = { NULL, "would not be finite", OPTREG_OUTCOME_OVERFLOW },
};

uint64_t
optreg_engine_find_largest(const OptregTensor *tensor, uint64_t begin, uint64_t end)
{
  uint64_t largest = begin;

  for (uint64_t i = begin; tensor->grad != NULL && i < end; i++) {
    if (fabs(tensor->codec->at(tensor->grad, i))
        > fabs(tensor->codec->at(tensor->grad, largest))) {
      largest = i;
    }
  }
  return largest;
}

bool
optreg_engine_is_finite(OptregEngine *engine)
{
  engine->headroom.gradient = optreg_tree_largest(&engine->tree);
  return isfinite(engine->headroom.gradient);
}

/* what happens to one element before it is judged, each operation in its type */
#define JUDGED(name, real)                                                             \
  static double name(const OptregEngine *engine, const OptregTensor *tensor, double g, \
                     uint64_t i, bool is_update)                                       \
  {                                                                                    \
    const OptregChain *chain = engine->chain;                                          \
    const OptregWrapper *accumulate = chain->wrappers[OPTREG_LINK_ACCUMULATE];         \
    const real *sum = optreg_accumulate_sum(accumulate, tensor->index);                \
    const real x =                                                                     \
        (real)g                                                                        \
        / (real)optreg_loss_scale_factor(chain->wrappers[OPTREG_LINK_LOSS_SCALE]);     \
                                                                                       \
    return (double)(is_update && sum != NULL ? x + sum[i] : x);                        \
  }

JUDGED(judged_f32, float)
JUDGED(judged_f64, double)

/* an element as one of the kinds of refusal sees it */
static double
judged(const OptregEngine *engine, const OptregTensor *tensor, uint64_t i,
       RefusalKind kind)
{
  const double g = tensor->grad != NULL ? tensor->codec->at(tensor->grad, i) : 0.0;
  const bool is_update = kind == REFUSED_ACCUMULATED;

  if (kind == REFUSED_GIVEN || tensor->is_overwritten) {
    return g;
  }
  return tensor->type == OPTREG_TYPE_F32 ? judged_f32(engine, tensor, g, i, is_update)
                                         : judged_f64(engine, tensor, g, i, is_update);
}

static bool
find_in_chunk(OptregEngine *engine, const OptregChunk *chunk, RefusalKind kind)
{
  for (uint64_t i = chunk->begin; i < chunk->end; i++) {
    if (!isfinite(judged(engine, chunk->tensor, i, kind))) {
      engine->report.nonfinite_parameter = chunk->tensor->name;
      engine->report.nonfinite_index = i;
      return true;
    }
  }
  return false;
}

/* the first element that is not finite, of the tensors that were found so */
static bool
find_nonfinite(OptregEngine *engine, RefusalKind kind)
{
  for (size_t i = 0; i < engine->worklist.n_chunks; i++) {
    if (!isfinite(optreg_tree_magnitude(&engine->tree, i))
        && find_in_chunk(engine, &engine->worklist.chunks[i], kind)) {
      return true;
    }
  }
  return false;
}

static bool
squares_gradient(const OptregEngine *engine, const OptregTensor *tensor)
{
  const OptregInstance *instance = optreg_instances_of(&engine->instances, tensor);

  return !tensor->is_overwritten
         && (optreg_instance_descriptor(instance)->class.flags
             & OPTREG_SQUARES_GRADIENT)
                != 0;
}

/* a gradient that the optimizer would square into infinity, after all clipping */
static bool
report_too_large(OptregEngine *engine)
{
  const OptregWrapper *clip = engine->chain->wrappers[OPTREG_LINK_CLIP];

  if (engine->headroom.gradient <= LARGEST_F32_ROOT) {
    return false; /* none, of any type, with or without clipping */
  }
  for (size_t i = 0; i < engine->worklist.n_chunks; i++) {
    const OptregChunk *chunk = &engine->worklist.chunks[i];
    const double limit = chunk->tensor->type == OPTREG_TYPE_F64 ? LARGEST_F64_ROOT
                                                                : LARGEST_F32_ROOT;
    if (squares_gradient(engine, chunk->tensor)
        && optreg_clip_bound(clip, chunk->tensor,
                             optreg_tree_magnitude(&engine->tree, i))
               > limit) {
      engine->report.nonfinite_parameter = chunk->tensor->name;
      engine->report.nonfinite_index =
          optreg_engine_find_largest(chunk->tensor, chunk->begin, chunk->end);
      return true;
    }
  }
  return false;
}

/* without an error nothing is written, which would take memory */
static void
set_error(const OptregEngine *engine, const Kind *kind, GError **error)
{
  const optreg_step_report *report = &engine->report;

  if (error == NULL) {
    return;
  }
  g_autofree char *where =
      g_strdup_printf("the %s of '%s' %s at element %" G_GUINT64_FORMAT,
                      kind->subject != NULL ? kind->subject : engine->headroom.role,
                      report->nonfinite_parameter, kind->what, report->nonfinite_index);
  if (engine->config->nonfinite == OPTREG_NONFINITE_SKIP) {
    g_set_error(error, OPTREG_ERROR, OPTREG_ERROR_NONFINITE,
                "%" G_GUINT64_FORMAT
                " steps in a row were skipped (max_consecutive_skips): %s",
                report->consecutive_skips, where);
  } else {
    g_set_error(error, OPTREG_ERROR, OPTREG_ERROR_NONFINITE,
                "%s; nothing was changed (nonfinite: error)", where);
  }
}

/* a sum that cannot be used is given up, with the gradients that are in it */
static void
skip(OptregEngine *engine, const OptregCall *call, OptregOutcome outcome)
{
  if (outcome == OPTREG_OUTCOME_OVERFLOW) {
    engine->report.micro_step -= call->position;
  }
  optreg_chain_end(engine->chain, call, outcome);
  engine->report.skipped++;
  engine->report.consecutive_skips++;
}

static optreg_status
refuse(OptregEngine *engine, const OptregCall *call, RefusalKind kind, GError **error)
{
  const OptregConfig *config = engine->config;

  if (config->nonfinite == OPTREG_NONFINITE_ERROR) {
    set_error(engine, &kinds[kind], error);
    return OPTREG_STEP_ERROR;
  }
  skip(engine, call, kinds[kind].outcome);
  if (engine->report.consecutive_skips >= config->max_consecutive_skips) {
    set_error(engine, &kinds[kind], error);
    return OPTREG_STEP_ERROR;
  }
  return OPTREG_STEP_SKIPPED_NONFINITE;
}

optreg_status
optreg_engine_refuse_nonfinite(OptregEngine *engine, const OptregCall *call,
                               GError **error)
{
  RefusalKind kind = REFUSED_GIVEN;

  while (!find_nonfinite(engine, kind) && kind < REFUSED_ACCUMULATED) {
    kind++;
  }
  return refuse(engine, call, kind, error);
}

bool
optreg_engine_is_too_large(OptregEngine *engine)
{
  return optreg_guard_is_on(engine->chain->wrappers[OPTREG_LINK_GUARD])
         && report_too_large(engine);
}

optreg_status
optreg_engine_refuse_too_large(OptregEngine *engine, const OptregCall *call,
                               GError **error)
{
  return refuse(engine, call, REFUSED_SQUARED, error);
}

optreg_status
optreg_engine_refuse_overflow(OptregEngine *engine, const OptregCall *call,
                              GError **error)
{
  return refuse(engine, call, REFUSED_STATE, error);
}

bool
optreg_engine_sum_overflows(OptregEngine *engine, const OptregCall *call)
{
  for (size_t i = 0; call->position > 0 && i < engine->worklist.n_chunks; i++) {
    if (find_in_chunk(engine, &engine->worklist.chunks[i], REFUSED_ACCUMULATED)) {
      return true;
    }
  }
  return false;
}

optreg_status
optreg_engine_refuse_sum(OptregEngine *engine, const OptregCall *call, GError **error)
{
  return refuse(engine, call, REFUSED_ACCUMULATED, error);
}
