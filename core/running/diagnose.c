/* SPDX-License-Identifier: MIT */
/* A diagnosed step in the engine: what its sweep compares with, and what it found. */
#include "running/engine_private.h"

#include <math.h>
#include <string.h>

bool
optreg_engine_is_diagnosed(const OptregEngine *engine)
{
  const uint32_t every = engine->diagnosis.every;

  return every > 0 && engine->report.step % every == 0;
}

void
optreg_engine_begin_diagnosis(OptregEngine *engine)
{
  OptregDiagnosis *diagnosis = &engine->diagnosis;
  const OptregWrapper *clip = engine->chain->wrappers[OPTREG_LINK_CLIP];

  memset(diagnosis->tallies, 0, diagnosis->n_tallies * sizeof *diagnosis->tallies);
  for (size_t i = 0; i < engine->n_tensors; i++) {
    diagnosis->limits[i] = optreg_clip_limit(clip, &engine->tensors[i]);
  }
}

/* ---- over the tensors of a group, or of all ---- */

static bool
belongs(const OptregEngine *engine, const OptregTensor *tensor, size_t group)
{
  return group == engine->diagnosis.n_groups || tensor->group == group;
}

static double
norm(const OptregEngine *engine, const double *square_sums, size_t group)
{
  for (size_t i = 0; i < engine->n_tensors; i++) {
    engine->per_tensor[i] = belongs(engine, &engine->tensors[i], group) ? square_sums[i]
                                                                        : 0.0;
  }
  return sqrt(optreg_tree_model(&engine->tree, engine->per_tensor, OPTREG_SUM));
}

static uint64_t
count_elements(const OptregEngine *engine, size_t group)
{
  uint64_t n = 0;

  for (size_t i = 0; i < engine->n_tensors; i++) {
    const OptregTensor *tensor = &engine->tensors[i];
    n += engine->tree.is_counted[i] && belongs(engine, tensor, group) ? tensor->n : 0;
  }
  return n;
}

static void
fill(const OptregEngine *engine, size_t group, const OptregTally *tally)
{
  const OptregDiagnosis *diagnosis = &engine->diagnosis;
  optreg_diagnostics *result = &diagnosis->results[group];
  double *const *sums = (double *const *)diagnosis->square_sums;
  const size_t rates_of = group < diagnosis->n_groups ? group : group - 1;

  *result = (optreg_diagnostics){
    .step = engine->report.step,
    .elements = count_elements(engine, group),
    .zero_gradients = tally->n_zero,
    .unmoved = tally->n_unmoved,
    .clipped = tally->n_clipped,
    .learning_rate = engine->learning_rates[rates_of],
    .gradient_norm = norm(engine, sums[OPTREG_DIAGNOSED_GRADIENT], group),
    .update_norm = norm(engine, sums[OPTREG_DIAGNOSED_UPDATE], group),
    .weight_norm = norm(engine, sums[OPTREG_DIAGNOSED_WEIGHT], group),
    .rate_5 = optreg_tally_quantile(tally, 5),
    .rate_50 = optreg_tally_quantile(tally, 50),
    .rate_95 = optreg_tally_quantile(tally, 95),
  };
  const double elements = (double)result->elements;
  result->clip_rate = (double)result->clipped / elements;
  result->update_ratio =
      result->weight_norm > 0.0 ? result->update_norm / result->weight_norm : NAN;
}

static void
take_square_sums(OptregEngine *engine)
{
  for (size_t row = 0; row < OPTREG_N_DIAGNOSED; row++) {
    for (size_t i = 0; i < engine->n_tensors; i++) {
      engine->diagnosis.square_sums[row][i] =
          optreg_tree_tensor(&engine->tree, row, i, OPTREG_SUM);
    }
  }
}

void
optreg_engine_take_diagnosis(OptregEngine *engine)
{
  OptregDiagnosis *diagnosis = &engine->diagnosis;
  const size_t n_groups = diagnosis->n_groups;
  OptregTally *group_sum = &diagnosis->sums[0], *model_sum = &diagnosis->sums[1];

  take_square_sums(engine);
  memset(model_sum, 0, sizeof *model_sum);
  for (size_t group = 0; group < n_groups; group++) {
    memset(group_sum, 0, sizeof *group_sum);
    for (size_t i = group; i < diagnosis->n_tallies; i += n_groups) {
      optreg_tally_add(group_sum, &diagnosis->tallies[i]);
    }
    optreg_tally_add(model_sum, group_sum);
    fill(engine, group, group_sum);
  }
  fill(engine, n_groups, model_sum);
}
