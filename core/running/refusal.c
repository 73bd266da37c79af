/* SPDX-License-Identifier: MIT */
/* Gradients that refuse a step: not finite, or too large to be squared. */
#include "running/engine_private.h"

#include "error.h"

#include <math.h>
#include <string.h>

/* beyond these a square overflows */
#define LARGEST_F32_ROOT 0x1.ffffffp+63
#define LARGEST_F64_ROOT 0x1.fffffffffffffp+511

static double
chunk_magnitude(const OptregEngine *engine, size_t chunk)
{
  double magnitude;

  memcpy(&magnitude, &engine->workspace.magnitudes[chunk], sizeof magnitude);
  return magnitude;
}

bool
optreg_engine_is_finite(const OptregEngine *engine)
{
  for (size_t i = 0; i < engine->worklist.n_chunks; i++) {
    if (!isfinite(chunk_magnitude(engine, i))) {
      return false;
    }
  }
  return true;
}

/* the first element of a chunk that is not finite, or its end */
static uint64_t
find_nonfinite(const OptregChunk *chunk)
{
  const OptregTensor *tensor = chunk->tensor;

  for (uint64_t i = chunk->begin; tensor->grad != NULL && i < chunk->end; i++) {
    if (!isfinite(tensor->codec->at(tensor->grad, i))) {
      return i;
    }
  }
  return chunk->end;
}

static uint64_t
find_largest(const OptregChunk *chunk)
{
  const OptregTensor *tensor = chunk->tensor;
  uint64_t largest = chunk->begin;

  for (uint64_t i = chunk->begin; tensor->grad != NULL && i < chunk->end; i++) {
    if (fabs(tensor->codec->at(tensor->grad, i))
        > fabs(tensor->codec->at(tensor->grad, largest))) {
      largest = i;
    }
  }
  return largest;
}

/* the first element that is not finite as the application gave it; false when all are
 */
static bool
report_nonfinite(OptregEngine *engine)
{
  for (size_t i = 0; i < engine->worklist.n_chunks; i++) {
    const OptregChunk *chunk = &engine->worklist.chunks[i];
    if (isfinite(chunk_magnitude(engine, i))) {
      continue;
    }
    const uint64_t index = find_nonfinite(chunk);
    if (index < chunk->end) {
      engine->report.nonfinite_parameter = chunk->tensor->name;
      engine->report.nonfinite_index = index;
      return true;
    }
  }
  return false;
}

/* a gradient that the optimizer would square into infinity, after all clipping */
static bool
report_too_large(OptregEngine *engine)
{
  const OptregWrapper *clip = engine->chain->wrappers[OPTREG_LINK_CLIP];

  for (size_t i = 0; i < engine->worklist.n_chunks; i++) {
    if (chunk_magnitude(engine, i) <= LARGEST_F32_ROOT) {
      continue; /* of any type, with or without clipping */
    }
    const OptregChunk *chunk = &engine->worklist.chunks[i];
    const double limit = chunk->tensor->type == OPTREG_TYPE_F64 ? LARGEST_F64_ROOT
                                                                : LARGEST_F32_ROOT;
    if (!chunk->tensor->is_overwritten
        && optreg_clip_bound(clip, chunk->tensor, chunk_magnitude(engine, i)) > limit) {
      engine->report.nonfinite_parameter = chunk->tensor->name;
      engine->report.nonfinite_index = find_largest(chunk);
      return true;
    }
  }
  return false;
}

static void
set_nonfinite_error(const OptregEngine *engine, const char *what, GError **error)
{
  const optreg_step_report *report = &engine->report;
  g_autofree char *where =
      report->nonfinite_parameter != NULL
          ? g_strdup_printf("the gradient of '%s' %s at element %" G_GUINT64_FORMAT,
                            report->nonfinite_parameter, what, report->nonfinite_index)
          : g_strdup("the gradient overflows when it is unscaled and accumulated");

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

static optreg_status
refuse(OptregEngine *engine, const OptregCall *call, OptregOutcome outcome,
       const char *what, GError **error)
{
  const OptregConfig *config = engine->config;

  if (config->nonfinite == OPTREG_NONFINITE_ERROR) {
    set_nonfinite_error(engine, what, error);
    return OPTREG_STEP_ERROR;
  }
  optreg_chain_end(engine->chain, call, outcome);
  engine->report.skipped++;
  engine->report.consecutive_skips++;
  if (engine->report.consecutive_skips >= config->max_consecutive_skips) {
    set_nonfinite_error(engine, what, error);
    return OPTREG_STEP_ERROR;
  }
  return OPTREG_STEP_SKIPPED_NONFINITE;
}

optreg_status
optreg_engine_refuse_nonfinite(OptregEngine *engine, const OptregCall *call,
                               GError **error)
{
  const bool is_given = report_nonfinite(engine);

  return refuse(engine, call,
                is_given ? OPTREG_OUTCOME_NONFINITE : OPTREG_OUTCOME_OVERFLOW,
                "is not finite", error);
}

static bool
squares_gradient(const OptregEngine *engine)
{
  return (engine->descriptor->class.flags & OPTREG_SQUARES_GRADIENT) != 0
         && optreg_guard_is_on(engine->chain->wrappers[OPTREG_LINK_GUARD]);
}

bool
optreg_engine_is_too_large(OptregEngine *engine)
{
  return squares_gradient(engine) && report_too_large(engine);
}

optreg_status
optreg_engine_refuse_too_large(OptregEngine *engine, const OptregCall *call,
                               GError **error)
{
  return refuse(engine, call, OPTREG_OUTCOME_OVERFLOW, "is too large to be squared",
                error);
}
