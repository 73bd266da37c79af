/* SPDX-License-Identifier: MIT */
/* One loop for what several stages would do one after the other. */
#include "join.h"

#include "wrappers/divide.h"

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
#define DIVIDED(i) (g[i] / scale)
#define DIVIDED_AVERAGED(i) ((g[i] / scale + sum[i]) / mean)
#define CLIPPED(x) ((x) < -bound ? -bound : (x) > bound ? bound : (x))

/* ---- into the scratch ---- */

#define MAP(value, shortened, and)           \
  const real factor = (real)terms->factor;   \
  real *restrict out = tile->scratch;        \
                                             \
  for (size_t i = 0; i < tile->n; i++) {     \
    const real x = value(i);                 \
    out[i] = shortened(CLIPPED(x)) * factor; \
    and(i);                                  \
  }                                          \
  tile->gradient = out;

#define NORM                                   \
  const real clipnorm = (real)terms->clipnorm; \
  const real longest = (real)terms->longest;

#define DECAY                            \
  const real decay = (real)terms->decay; \
  const real rate = (real)terms->rate;   \
  real *restrict p = tile->param;

#define AS_LONG(x) (x)
#define SHORTENED(x) ((x)*clipnorm / longest)
#define NO_MORE(i) (void)0
#define SHRINK(i) p[i] = p[i] - p[i] * decay * rate

#define MAPS(name, value, more)                                                     \
  OPTREG_STAGE(name, { CONSTANTS more MAP(value, AS_LONG, NO_MORE) })               \
  OPTREG_STAGE(name##_norm, { CONSTANTS more NORM MAP(value, SHORTENED, NO_MORE) }) \
  OPTREG_STAGE(name##_decay, { CONSTANTS more DECAY MAP(value, AS_LONG, SHRINK) })  \
  OPTREG_STAGE(name##_both, { CONSTANTS more NORM DECAY MAP(value, SHORTENED, SHRINK) })

MAPS(map, SCALED, )
MAPS(map_sum, AVERAGED, SUM)
MAPS(map_quotient, DIVIDED, )
MAPS(map_quotient_sum, DIVIDED_AVERAGED, SUM)

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

#define LOOKERS(name, value, more, type, integer)                   \
  OPTREG_STAGE_OF(look##name##_##type, type,                        \
                  { CONSTANTS more LOOK(integer, value, NOTHING) }) \
  OPTREG_STAGE_OF(norm##name##_##type, type,                        \
                  { CONSTANTS more LANES LOOK(integer, value, ADD_SQUARE) })

#define BOTH_LOOKERS(name, value, more)       \
  LOOKERS(name, value, more, float, uint32_t) \
  LOOKERS(name, value, more, double, uint64_t)

BOTH_LOOKERS(, SCALED, )
BOTH_LOOKERS(_sum, AVERAGED, SUM)
BOTH_LOOKERS(_quotient, DIVIDED, )
BOTH_LOOKERS(_quotient_sum, DIVIDED_AVERAGED, SUM)

/* ---- choosing ---- */

#define BOTH_TYPES(name)                                                  \
  {                                                                       \
    OPTREG_STAGE_LEVELS(name##_float), OPTREG_STAGE_LEVELS(name##_double) \
  }

/* what is done with x; the two after MAP add up */
enum { MAP, MAP_NORM, MAP_DECAY, MAP_BOTH, LOOK, LOOK_NORM, N_WORKS };

#define WORKS(name)                                                              \
  {                                                                              \
    OPTREG_STAGE_FUNCTIONS(map##name), OPTREG_STAGE_FUNCTIONS(map##name##_norm), \
        OPTREG_STAGE_FUNCTIONS(map##name##_decay),                               \
        OPTREG_STAGE_FUNCTIONS(map##name##_both), BOTH_TYPES(look##name),        \
        BOTH_TYPES(norm##name),                                                  \
  }

/* by: whether it divides, whether there is a sum, work, type, level */
static const OptregStageFunc functions[2][2][N_WORKS][OPTREG_N_TYPES]
                                      [OPTREG_N_LEVELS] = {
                                        { WORKS(), WORKS(_sum) },
                                        { WORKS(_quotient), WORKS(_quotient_sum) },
                                      };

static size_t
choose_work(const OptregTerms *terms)
{
  if (terms->sums_squares || terms->checks) {
    return terms->sums_squares ? LOOK_NORM : LOOK;
  }
  return MAP + (terms->longest != 0.0 ? MAP_NORM : 0)
         + (terms->decay != 0.0 ? MAP_DECAY : 0);
}

/* multiply where that gives the bits of a division */
static bool
divides(OptregTerms *terms, OptregType type)
{
  double scale, mean;

  if (!optreg_reciprocal(type, terms->scale, &scale)
      || !optreg_reciprocal(type, terms->mean, &mean)) {
    return true;
  }
  terms->scale = scale;
  terms->mean = mean;
  return false;
}

static const OptregJoined nothing = {
  .terms = { .scale = 1.0, .mean = 1.0, .bound = INFINITY, .factor = 1.0 },
};

OptregJoined
optreg_join(const OptregSweep *sweep, const OptregTensor *tensor)
{
  OptregJoined joined = nothing;
  OptregTerms *terms = &joined.terms;
  size_t n = 0;

  for (size_t i = 0; i < sweep->n_joined; i++) {
    const OptregSweepStage *stage = &sweep->stages[i];
    if (optreg_stage_applies(stage->stage, tensor)) {
      stage->stage->join(stage->self, tensor, terms);
      n++;
    }
  }
  if (n >= 2 && !terms->is_unusual) {
    const bool is_quotient = divides(terms, tensor->type);
    joined.n_stages = sweep->n_joined;
    joined.run = functions[is_quotient][terms->sum != NULL][choose_work(terms)]
                          [tensor->type][sweep->level];
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
