/* SPDX-License-Identifier: MIT */
/* One loop for all wrappers of the gradient. */
#include "running/head.h"

#include "running/reciprocal.h"

#include <math.h>

const double optreg_no_gradient[OPTREG_BLOCK];

/* ---- the terms, element by element ---- */

#define CONSTANTS                                      \
  const OptregTerms *terms = self;                     \
  const real bound OPTREG_UNUSED = (real)terms->bound; \
  const real *restrict g = tile->gradient;

#define SUM \
  const real *restrict sum = (const real *)(const void *)terms->sum + tile->offset;

#define FACTORS                             \
  const real scale = (real)terms->by_scale; \
  const real mean OPTREG_UNUSED = (real)terms->by_mean;
#define DIVISORS                         \
  const real scale = (real)terms->scale; \
  const real mean OPTREG_UNUSED = (real)terms->mean;

#define SCALED(i) (g[i] * scale)
#define AVERAGED(i) ((g[i] * scale + sum[i]) * mean)
#define DIVIDED(i) (g[i] / scale)
#define DIVIDED_AVERAGED(i) ((g[i] / scale + sum[i]) / mean)
#define CLIPPED(x) ((x) < -bound ? -bound : (x) > bound ? bound : (x))

/* ---- changing ---- */

/* the application's gradient is read where it lies, so that no copy is made of it */
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

/* factors that the type cannot hold, in double, two by two */
#define NORM_EXACTLY(x)                                                          \
  (!terms->has_norm       ? (x)                                                  \
   : terms->is_norm_exact ? (real)((double)(x)*terms->clipnorm * terms->longest) \
                          : (x)*clipnorm / longest)
#define FACTOR_EXACTLY(x)                                                            \
  (terms->is_factor_exact ? (real)((double)(x)*terms->factor * terms->second_factor) \
                          : (x) * (real)terms->factor)

#define EXACT(value)                                            \
  real *restrict out = tile->scratch;                           \
                                                                \
  for (size_t i = 0; i < tile->n; i++) {                        \
    const real x = value(i);                                    \
    const real y = NORM_EXACTLY(CLIPPED(x));                    \
    out[i] = FACTOR_EXACTLY(y);                                 \
  }                                                             \
  tile->gradient = out;                                         \
  for (size_t i = 0; terms->decay != 0.0 && i < tile->n; i++) { \
    SHRINK(i);                                                  \
  }

#define MAPS(name, value, more)                                                     \
  OPTREG_STAGE(name, { CONSTANTS more MAP(value, AS_LONG, NO_MORE) })               \
  OPTREG_STAGE(name##_norm, { CONSTANTS more NORM MAP(value, SHORTENED, NO_MORE) }) \
  OPTREG_STAGE(name##_decay, { CONSTANTS more DECAY MAP(value, AS_LONG, SHRINK) })  \
  OPTREG_STAGE(name##_both,                                                         \
               { CONSTANTS more NORM DECAY MAP(value, SHORTENED, SHRINK) })         \
  OPTREG_STAGE(name##_exact, { CONSTANTS more NORM DECAY EXACT(value) })

MAPS(map, SCALED, FACTORS)
MAPS(map_sum, AVERAGED, FACTORS SUM)
MAPS(map_quotient, DIVIDED, DIVISORS)
MAPS(map_quotient_sum, DIVIDED_AVERAGED, DIVISORS SUM)

OPTREG_STAGE(shrink, {
  const OptregTerms *terms = self;
  DECAY

  for (size_t i = 0; i < tile->n; i++) {
    SHRINK(i);
  }
})

/* ---- looking only ---- */

/* the bits of a maximum by lane: no order is needed, no floating point, and infinity
 * and nan are above all numbers */
#define RAISE(integer, largest, x)                     \
  do {                                                 \
    integer bits_;                                     \
    memcpy(&bits_, &(x), sizeof bits_);                \
    bits_ &= (integer)-1 >> 1;                         \
    (largest) = bits_ > (largest) ? bits_ : (largest); \
  } while (0)

#define REPORT(integer)                                 \
  integer most = 0;                                     \
  real value;                                           \
  for (size_t lane = 0; lane < OPTREG_LANES; lane++) {  \
    most = largest[lane] > most ? largest[lane] : most; \
  }                                                     \
  memcpy(&value, &most, sizeof value);                  \
  optreg_tile_raise_magnitude(tile, (double)value);

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

/* squares alone; those in no unit are multiplied with 1, which changes no bit */
#define SQUARE(x) (((double)(x)*unit) * ((double)(x)*unit))
#define SQUARES(value)             \
  const double unit = terms->unit; \
                                   \
  OPTREG_ACCUMULATE(lanes, tile->n, i, SQUARE(CLIPPED(value(i))));

#define LOOKERS(name, value, more, type, integer)                            \
  OPTREG_STAGE_OF(check##name##_##type, type,                                \
                  { CONSTANTS more LOOK(integer, value, NOTHING) })          \
  OPTREG_STAGE_OF(check_squares##name##_##type, type,                        \
                  { CONSTANTS more LANES LOOK(integer, value, ADD_SQUARE) }) \
  OPTREG_STAGE_OF(squares##name##_##type, type, { CONSTANTS more LANES SQUARES(value) })

#define BOTH_LOOKERS(name, value, more)       \
  LOOKERS(name, value, more, float, uint32_t) \
  LOOKERS(name, value, more, double, uint64_t)

BOTH_LOOKERS(, SCALED, FACTORS)
BOTH_LOOKERS(_sum, AVERAGED, FACTORS SUM)
BOTH_LOOKERS(_quotient, DIVIDED, DIVISORS)
BOTH_LOOKERS(_quotient_sum, DIVIDED_AVERAGED, DIVISORS SUM)

/* of what is there, not of what would become of it */
OPTREG_STAGE(square_sum, {
  const real *restrict g = tile->gradient;
  double *restrict lanes = tile->lanes[0];

  OPTREG_ACCUMULATE(lanes, tile->n, i, (double)g[i] * (double)g[i]);
})

/* ---- choosing ---- */

#define BOTH_TYPES(name)                                                  \
  {                                                                       \
    OPTREG_STAGE_LEVELS(name##_float), OPTREG_STAGE_LEVELS(name##_double) \
  }

/* what is done with x; the two after MAP add up */
enum {
  MAP,
  MAP_NORM,
  MAP_DECAY,
  MAP_BOTH,
  MAP_EXACT,
  CHECK,
  CHECK_SQUARES,
  SQUARES,
  N_WORKS
};

#define WORKS(name)                                                              \
  {                                                                              \
    OPTREG_STAGE_FUNCTIONS(map##name), OPTREG_STAGE_FUNCTIONS(map##name##_norm), \
        OPTREG_STAGE_FUNCTIONS(map##name##_decay),                               \
        OPTREG_STAGE_FUNCTIONS(map##name##_both),                                \
        OPTREG_STAGE_FUNCTIONS(map##name##_exact), BOTH_TYPES(check##name),      \
        BOTH_TYPES(check_squares##name), BOTH_TYPES(squares##name),              \
  }

/* by: whether it divides, whether there is a sum, work, type, level */
static const OptregStageFunc functions[2][2][N_WORKS][OPTREG_N_TYPES]
                                      [OPTREG_N_LEVELS] = {
                                        { WORKS(), WORKS(_sum) },
                                        { WORKS(_quotient), WORKS(_quotient_sum) },
                                      };

static const OptregStageFunc shrinking[OPTREG_N_TYPES][OPTREG_N_LEVELS] =
    OPTREG_STAGE_FUNCTIONS(shrink);
static const OptregStageFunc summing[OPTREG_N_TYPES][OPTREG_N_LEVELS] =
    OPTREG_STAGE_FUNCTIONS(square_sum);

static OptregStageFunc
choose(const OptregTerms *terms, size_t work, OptregType type, size_t level)
{
  return functions[terms->divides][terms->sum != NULL][work][type][level];
}

static OptregStageFunc
choose_look(const OptregTerms *terms, OptregType type, size_t level)
{
  if (!terms->checks && !terms->sums_squares) {
    return NULL;
  }
  return choose(terms,
                !terms->sums_squares ? CHECK
                : terms->checks      ? CHECK_SQUARES
                                     : SQUARES,
                type, level);
}

/* not a bit would change */
static bool
leaves_gradient(const OptregTerms *terms)
{
  return terms->scale == 1.0 && terms->sum == NULL && isinf(terms->bound)
         && !terms->has_norm && terms->factor == 1.0 && !terms->is_factor_exact;
}

static OptregStageFunc
choose_map(const OptregTerms *terms, OptregType type, size_t level)
{
  const bool decays = terms->decay != 0.0;

  if (leaves_gradient(terms)) {
    return decays ? shrinking[type][level] : NULL;
  }
  return choose(terms,
                terms->is_norm_exact || terms->is_factor_exact
                    ? (size_t)MAP_EXACT
                    : MAP + (size_t)(terms->has_norm ? MAP_NORM : 0)
                          + (size_t)(decays ? MAP_DECAY : 0),
                type, level);
}

/* multiply where that gives the bits of a division */
static void
choose_division(OptregTerms *terms, OptregType type)
{
  terms->divides = !optreg_reciprocal(type, terms->scale, &terms->by_scale)
                   || !optreg_reciprocal(type, terms->mean, &terms->by_mean);
}

/* a MEASURE sweep ends with a look: what it changes nobody would read */
static void
choose_functions(OptregHead *head, const OptregSweep *sweep, OptregType type)
{
  const bool is_last = head->first + head->n_terms == sweep->n_stages;

  head->look = choose_look(&head->terms, type, sweep->level);
  head->map = is_last && head->look != NULL
                  ? NULL
                  : choose_map(&head->terms, type, sweep->level);
}

static void
fill(OptregHead *head, const OptregSweep *sweep, const OptregTensor *tensor,
     uint32_t flags)
{
  for (size_t i = head->first; i < head->first + head->n_terms; i++) {
    const OptregSweepStage *stage = &sweep->stages[i];
    if ((stage->stage->flags & flags) != 0
        && optreg_stage_applies(stage->stage, tensor)) {
      stage->stage->fill(stage->self, tensor, &head->terms);
    }
  }
}

static const OptregTerms neutral = {
  .scale = 1.0, .mean = 1.0, .bound = INFINITY, .factor = 1.0, .unit = 1.0
};

void
optreg_head_form(OptregHead *head, const OptregSweep *sweep, size_t first,
                 const OptregTensor *tensor)
{
  OptregTerms *terms = &head->terms;

  *terms = neutral;
  head->first = first;
  head->n_terms = sweep->stages[first].n_terms;
  fill(head, sweep, tensor, UINT32_MAX);
  choose_division(terms, tensor->type);
  if (sweep->kind == OPTREG_SWEEP_REMEASURE) {
    terms->unit = ldexp(1.0, tensor->unit);
    terms->checks = false;
  }
  choose_functions(head, sweep, tensor->type);
}

void
optreg_head_refill(OptregHead *head, const OptregSweep *sweep,
                   const OptregTensor *tensor)
{
  const bool was_exact = head->terms.is_norm_exact;

  fill(head, sweep, tensor, OPTREG_STAGE_BY_TENSOR | OPTREG_STAGE_BY_ADDRESS);
  if (head->terms.is_norm_exact != was_exact) {
    choose_functions(head, sweep, tensor->type);
  }
}

OptregStageFunc
optreg_head_sum_apart(const OptregHead *head, const OptregSweep *sweep,
                      OptregTile *tile)
{
  const OptregType type = tile->tensor->type;
  const OptregTerms *terms = &head->terms;
  const OptregStageFunc map = choose_map(terms, type, sweep->level);

  if (terms->checks) {
    choose(terms, CHECK, type, sweep->level)(terms, tile);
  }
  if (map != NULL) {
    map(terms, tile);
  }
  return summing[type][sweep->level];
}
