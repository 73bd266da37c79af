/* SPDX-License-Identifier: MIT */
/* One loop for what several stages would do one after the other. */
#include "join.h"

#include <math.h>

/* ---- the terms, element by element ---- */

#define CONSTANTS                                      \
  const OptregTerms *terms = self;                     \
  const real scale = (real)terms->scale;               \
  const real mean OPTREG_UNUSED = (real)terms->mean;   \
  const real bound OPTREG_UNUSED = (real)terms->bound; \
  const real *restrict g = tile->gradient;

#define SUM \
  const real *restrict sum = (const real *)(const void *)terms->sum + tile->offset;

#define SCALED(i) (g[i] * scale)
#define AVERAGED(i) ((g[i] * scale + sum[i]) * mean)
#define CLIPPED(x) ((x) < -bound ? -bound : (x) > bound ? bound : (x))

/* ---- into the scratch ---- */

#define MAP(value, and)                    \
  const real factor = (real)terms->factor; \
  real *restrict out = tile->scratch;      \
                                           \
  for (size_t i = 0; i < tile->n; i++) {   \
    const real x = value(i);               \
    out[i] = CLIPPED(x) * factor;          \
    and(i);                                \
  }                                        \
  tile->gradient = out;

#define DECAY                            \
  const real decay = (real)terms->decay; \
  const real rate = (real)terms->rate;   \
  real *restrict p = tile->param;

#define NO_MORE(i) (void)0
#define SHRINK(i) p[i] = p[i] - p[i] * decay * rate

OPTREG_STAGE(map, { CONSTANTS MAP(SCALED, NO_MORE) })
OPTREG_STAGE(map_sum, { CONSTANTS SUM MAP(AVERAGED, NO_MORE) })
OPTREG_STAGE(map_decay, { CONSTANTS DECAY MAP(SCALED, SHRINK) })
OPTREG_STAGE(map_sum_decay, { CONSTANTS SUM DECAY MAP(AVERAGED, SHRINK) })

/* ---- looking only ---- */

/* the bits of a maximum by lane: no order is needed, and no lane waits for another */
#define RAISE(integer, largest, x)                     \
  do {                                                 \
    integer bits_;                                     \
    memcpy(&bits_, &(x), sizeof bits_);                \
    bits_ &= (integer)-1 >> 1;                         \
    (largest) = bits_ > (largest) ? bits_ : (largest); \
  } while (0)

#define REPORT(integer)                                   \
  if (terms->checks) {                                    \
    integer most = 0;                                     \
    real value;                                           \
    for (size_t lane = 0; lane < OPTREG_LANES; lane++) {  \
      most = largest[lane] > most ? largest[lane] : most; \
    }                                                     \
    memcpy(&value, &most, sizeof value);                  \
    optreg_tile_raise_magnitude(tile, (double)value);     \
  }

#define NOTHING(lane, x)
#define ADD_SQUARE(lane, x) lanes[lane] += (double)(x) * (double)(x);

/* rows of lanes, then what is left; each lane in index order as OPTREG_ACCUMULATE has
 * it */
#define LOOK(integer, value, add)                          \
  const size_t whole = tile->n - tile->n % OPTREG_LANES;   \
  integer largest[OPTREG_LANES] = { 0 };                   \
                                                           \
  for (size_t row = 0; row < whole; row += OPTREG_LANES) { \
    for (size_t lane = 0; lane < OPTREG_LANES; lane++) {   \
      const real x = value(row + lane);                    \
      RAISE(integer, largest[lane], x);                    \
      add(lane, CLIPPED(x))                                \
    }                                                      \
  }                                                        \
  for (size_t lane = 0; lane < tile->n - whole; lane++) {  \
    const real x = value(whole + lane);                    \
    RAISE(integer, largest[lane], x);                      \
    add(lane, CLIPPED(x))                                  \
  }                                                        \
  REPORT(integer)

#define LANES double *restrict lanes = tile->lanes[0];

#define LOOKERS(type, integer)                                                     \
  OPTREG_STAGE_OF(look_##type, type, { CONSTANTS LOOK(integer, SCALED, NOTHING) }) \
  OPTREG_STAGE_OF(look_sum_##type, type,                                           \
                  { CONSTANTS SUM LOOK(integer, AVERAGED, NOTHING) })              \
  OPTREG_STAGE_OF(norm_##type, type,                                               \
                  { CONSTANTS LANES LOOK(integer, SCALED, ADD_SQUARE) })           \
  OPTREG_STAGE_OF(norm_sum_##type, type,                                           \
                  { CONSTANTS SUM LANES LOOK(integer, AVERAGED, ADD_SQUARE) })

LOOKERS(float, uint32_t)
LOOKERS(double, uint64_t)

/* ---- choosing ---- */

#define BOTH_TYPES(name)                                                  \
  {                                                                       \
    OPTREG_STAGE_LEVELS(name##_float), OPTREG_STAGE_LEVELS(name##_double) \
  }

enum { MAPS, DECAYS, LOOKS, NORMS, N_WORKS };

/* by: whether there is a sum, work, type, level */
static const OptregStageFunc functions[2][N_WORKS][OPTREG_N_TYPES][OPTREG_N_LEVELS] = {
  { OPTREG_STAGE_FUNCTIONS(map), OPTREG_STAGE_FUNCTIONS(map_decay), BOTH_TYPES(look),
    BOTH_TYPES(norm) },
  { OPTREG_STAGE_FUNCTIONS(map_sum), OPTREG_STAGE_FUNCTIONS(map_sum_decay),
    BOTH_TYPES(look_sum), BOTH_TYPES(norm_sum) },
};

static OptregStageFunc
choose(const OptregTerms *terms, OptregType type, size_t level)
{
  const size_t work = terms->sums_squares   ? NORMS
                      : terms->checks       ? LOOKS
                      : terms->decay != 0.0 ? DECAYS
                                            : MAPS;

  return functions[terms->sum != NULL][work][type][level];
}

static const OptregJoined nothing = {
  .terms = { .scale = 1.0, .mean = 1.0, .bound = INFINITY, .factor = 1.0 },
};

OptregJoined
optreg_join(const OptregSweep *sweep, const OptregTensor *tensor)
{
  OptregJoined joined = nothing;
  size_t n = 0;

  for (size_t i = 0; i < sweep->n_joined; i++) {
    const OptregSweepStage *stage = &sweep->stages[i];
    if (!optreg_stage_applies(stage->stage, tensor)) {
      continue;
    }
    if (!stage->stage->join(stage->self, tensor, &joined.terms)) {
      return nothing;
    }
    n++;
  }
  if (n >= 2) {
    joined.n_stages = sweep->n_joined;
    joined.run = choose(&joined.terms, tensor->type, sweep->level);
  }
  return joined;
}

/* the loops read the application's gradient, not the zeros that stand for a missing
 * one: those lie in the scratch */
size_t
optreg_joined_run(const OptregJoined *joined, OptregTile *tile)
{
  if (joined->n_stages == 0 || tile->gradient == tile->scratch) {
    return 0;
  }
  joined->run(&joined->terms, tile);
  return joined->n_stages;
}
