/* SPDX-License-Identifier: MIT */
/* The stages of a diagnosed step. */
#include "diagnosis.h"

#include <math.h>

/* A small tensor's elements are all asked for their rate. Of larger ones it is every
 * 16th or 64th row of 16, from places that a shape cannot be in step with, and each
 * element stands for that many: dividing and counting all would cost more than the
 * step. */
#define SMALL (1u * OPTREG_BLOCK)
#define MEDIUM (16u * OPTREG_BLOCK)

OPTREG_STAGE(remember, { memcpy(tile->before, tile->param, tile->n * sizeof(real)); })

static inline OptregTally *
tally_of(const OptregDiagnosis *diagnosis, const OptregTile *tile)
{
  return &diagnosis->tallies[tile->worker * diagnosis->n_groups + tile->tensor->group];
}

/* a power of two */
static inline uint64_t
period_of(const OptregTensor *tensor)
{
  return tensor->n <= SMALL ? 1 : tensor->n <= MEDIUM ? 16 : 64;
}

/* rows of the tile before the first one that is asked. Blocks begin with rows at
 * multiples of the golden ratio, which are scattered evenly; a tile lies in one block.
 */
static inline uint64_t
rows_before(const OptregTile *tile, uint64_t period)
{
  const uint64_t row = tile->offset / OPTREG_LANES;
  const uint32_t first = (uint32_t)(tile->offset / OPTREG_BLOCK) * 2654435769u >> 26;

  return (first - row) & (period - 1);
}

/* g² , (p' − p)² , p² ; each lane in index order as OPTREG_ACCUMULATE has it */
#define ADD_SQUARES(i, lane)                 \
  do {                                       \
    const double x_ = (double)g[i];          \
    const double w_ = (double)before[i];     \
    const double d_ = (double)after[i] - w_; \
    gradient[lane] += x_ * x_;               \
    update[lane] += d_ * d_;                 \
    weight[lane] += w_ * w_;                 \
  } while (0)

/* in memory each row would wait for the sums of the row before */
#define TAKE(sums, row)      \
  double sums[OPTREG_LANES]; \
  memcpy(sums, tile->lanes[row], sizeof sums);
#define STORE(sums, row) memcpy(tile->lanes[row], sums, sizeof sums);

#define SUM_SQUARES                                        \
  const size_t whole = tile->n - tile->n % OPTREG_LANES;   \
  TAKE(gradient, OPTREG_DIAGNOSED_GRADIENT)                \
  TAKE(update, OPTREG_DIAGNOSED_UPDATE)                    \
  TAKE(weight, OPTREG_DIAGNOSED_WEIGHT)                    \
  for (size_t row = 0; row < whole; row += OPTREG_LANES) { \
    for (size_t lane = 0; lane < OPTREG_LANES; lane++) {   \
      ADD_SQUARES(row + lane, lane);                       \
    }                                                      \
  }                                                        \
  for (size_t lane = 0; lane < tile->n - whole; lane++) {  \
    ADD_SQUARES(whole + lane, lane);                       \
  }                                                        \
  STORE(gradient, OPTREG_DIAGNOSED_GRADIENT)               \
  STORE(update, OPTREG_DIAGNOSED_UPDATE)                   \
  STORE(weight, OPTREG_DIAGNOSED_WEIGHT)

/* 32 bits beside floats, so that a vector of both has as many */
#define COUNT(integer)                              \
  integer n_zero = 0, n_unmoved = 0, n_clipped = 0; \
  for (size_t i = 0; i < tile->n; i++) {            \
    n_zero += g[i] == (real)0.0;                    \
    n_unmoved += after[i] == before[i];             \
    n_clipped += g[i] >= limit || g[i] <= -limit;   \
  }                                                 \
  tally->n_zero += n_zero;                          \
  tally->n_unmoved += n_unmoved;                    \
  tally->n_clipped += n_clipped;

#define ASK(i)                                                               \
  do {                                                                       \
    const double change_ = fabs((double)after[i] - (double)before[i]);       \
    if (g[i] != (real)0.0) {                                                 \
      tally->rates[optreg_rate_bin(change_ / fabs((double)g[i]))] += period; \
    }                                                                        \
  } while (0)

#define ASK_ROWS                                                               \
  const uint64_t period = period_of(tile->tensor);                             \
  for (uint64_t row = rows_before(tile, period) * OPTREG_LANES; row < tile->n; \
       row += period * OPTREG_LANES) {                                         \
    const uint64_t left = tile->n - row;                                       \
    const uint64_t end = row + (left < OPTREG_LANES ? left : OPTREG_LANES);    \
    for (uint64_t i = row; i < end; i++) {                                     \
      ASK(i);                                                                  \
    }                                                                          \
  }

#define OBSERVE(integer)                                           \
  const OptregDiagnosis *diagnosis = self;                         \
  OptregTally *tally = tally_of(diagnosis, tile);                  \
  const real limit = (real)diagnosis->limits[tile->tensor->index]; \
  const real *restrict g = tile->gradient;                         \
  const real *restrict before = tile->before;                      \
  const real *restrict after = tile->param;                        \
                                                                   \
  SUM_SQUARES                                                      \
  COUNT(integer)                                                   \
  ASK_ROWS

OPTREG_STAGE_OF(observe_float, float, { OBSERVE(uint32_t) })
OPTREG_STAGE_OF(observe_double, double, { OBSERVE(uint64_t) })

#define FLAGS OPTREG_STAGE_DIAGNOSES | OPTREG_STAGE_READS_PARAM

static const OptregStage remember_stage = {
  .name = "remember",
  .sweeps = OPTREG_IN(UPDATE),
  .flags = FLAGS,
  .run = OPTREG_STAGE_FUNCTIONS(remember),
};

static const OptregStage observe_stage = {
  .name = "observe",
  .sweeps = OPTREG_IN(UPDATE),
  .flags = FLAGS | OPTREG_STAGE_READS_GRADIENT | OPTREG_STAGE_BY_TENSOR,
  .run = { OPTREG_STAGE_LEVELS(observe_float), OPTREG_STAGE_LEVELS(observe_double) },
};

/* stages know their wrapper by address only */
static void
add_stage(const OptregStage *stage, OptregDiagnosis *diagnosis, OptregChain *chain)
{
  if (diagnosis->every > 0) {
    optreg_builder_add_stage(&chain->builder, stage, (void *)diagnosis);
  }
}

void
optreg_diagnosis_add_before(OptregDiagnosis *diagnosis, OptregChain *chain)
{
  add_stage(&remember_stage, diagnosis, chain);
}

void
optreg_diagnosis_add_after(OptregDiagnosis *diagnosis, OptregChain *chain)
{
  add_stage(&observe_stage, diagnosis, chain);
}

void
optreg_diagnosis_request(OptregDiagnosis *diagnosis, size_t n_groups, size_t n_tensors,
                         size_t n_workers, OptregArena *scratch)
{
  if (diagnosis->every == 0) {
    return;
  }
  diagnosis->n_groups = n_groups;
  diagnosis->n_tensors = n_tensors;
  diagnosis->n_tallies = n_workers * n_groups;
  optreg_arena_add(scratch, diagnosis->n_tallies * sizeof(OptregTally),
                   (void **)&diagnosis->tallies);
  optreg_arena_add(scratch, 2 * sizeof(OptregTally), (void **)&diagnosis->sums);
  optreg_arena_add(scratch, n_tensors * sizeof(double), (void **)&diagnosis->limits);
  optreg_arena_add(scratch, (n_groups + 1) * sizeof(optreg_diagnostics),
                   (void **)&diagnosis->results);
  for (size_t row = 0; row < OPTREG_N_DIAGNOSED; row++) {
    optreg_arena_add(scratch, n_tensors * sizeof(double),
                     (void **)&diagnosis->square_sums[row]);
  }
}
