/* SPDX-License-Identifier: MIT */
/* What stages work on: tensors, tiles, and the stages themselves. No GLib here. */
#ifndef OPTREG_CORE_TILE_H
#define OPTREG_CORE_TILE_H

#include "running/storage.h"

#include <optreg/optreg.h>
#include <optreg/plugin.h>
#include <stdbool.h>
#include <string.h>

/* Elements of the unit of every reduction, whatever the tile size; tiles divide it. */
#define OPTREG_BLOCK 1024u

/* The types in which stages compute. */
typedef enum OptregType { OPTREG_TYPE_F32, OPTREG_TYPE_F64, OPTREG_N_TYPES } OptregType;

/* The passes over memory that a call may make, and in what order. */
typedef enum OptregSweepKind {
  OPTREG_SWEEP_MEASURE_MICRO, /* micro-step: is the gradient finite? */
  OPTREG_SWEEP_ACCUMULATE,    /* micro-step: add it up */
  OPTREG_SWEEP_MEASURE,       /* step: is the gradient finite, and how long? */
  OPTREG_SWEEP_REMEASURE,     /* step: how long, where squares do not fit a double? */
  OPTREG_SWEEP_REDUCE,        /* step: a reduction phase of the optimizer */
  OPTREG_SWEEP_UPDATE,
  OPTREG_SWEEP_HOOKED,   /* step: what waits for the application's constraints */
  OPTREG_SWEEP_FINALIZE, /* end of training */
  OPTREG_SWEEP_TRIAL,    /* an update on copies, where state might overflow */
  OPTREG_N_SWEEPS
} OptregSweepKind;

#define OPTREG_IN(kind) (1u << OPTREG_SWEEP_##kind)
#define OPTREG_IN_EVERY_STEP \
  (OPTREG_IN(MEASURE) | OPTREG_IN(REDUCE) | OPTREG_IN(UPDATE))

/* State of a parameter's shape: a slot, an average, a sum. */
typedef struct OptregStream {
  char *data;
  uint32_t sweeps; /* OPTREG_IN(...): those that read or write it */
} OptregStream;

/* One parameter, and where the application keeps it. */
typedef struct OptregTensor {
  const char *name;
  const uint64_t *dims;
  uint64_t n;
  void *data;
  const void *grad; /* NULL: missing in this call */
  const OptregCodec *codec;
  uint32_t ndim, dtype;
  OptregType type; /* in which it is computed, and its state kept */
  int unit;        /* in this call: of its squares, see squares.h */
  size_t size;     /* bytes of one element of that type */
  size_t index;    /* in the order of the application */
  size_t group;
  uint32_t optimizer;  /* of its group, among the model's instances */
  uint32_t n_phases;   /* reductions that this optimizer makes, one after the other */
  bool goes_together;  /* it does not ask which tensor an element is of */
  bool is_whole;       /* the optimizer must see all of it at once */
  bool is_active;      /* in this call: there is a gradient, or an accumulated one */
  bool is_behind;      /* its state lies directly behind that of the tensor before it */
  bool is_overwritten; /* the gradient becomes the value: no optimizer */
  bool is_non_neg;     /* negative elements become zero after an update */
  bool is_hooked;      /* the application constrains it after an update, by this: */
  optreg_constraint constraint;
  void *constraint_context;
  OptregStream *streams; /* its state of the parameter's shape */
  size_t n_streams;
} OptregTensor;

/* Group and type together: what shares scalars, and group slots. */
static inline size_t
optreg_tensor_cell(const OptregTensor *tensor)
{
  return tensor->group * OPTREG_N_TYPES + (size_t)tensor->type;
}

/* A run of elements on its way through the stages of a sweep. */
typedef struct OptregTile {
  const OptregTensor *tensor;
  uint64_t offset; /* of the first element in its tensor; a multiple of OPTREG_LANES */
  size_t n;
  void *param;          /* the application's memory, or a copy in L1 */
  const void *gradient; /* as the stages have left it so far; NULL: missing */
  void *scratch;        /* where what changes the gradient writes it */
  double *const *lanes; /* one row of OPTREG_LANES for each reduction of the sweep */
  OptregSweepKind kind; /* of the sweep */
  uint32_t phase;       /* of a REDUCE sweep */
  uint64_t *magnitude;  /* running maximum of |gradient|: the bits of a double */
  void *before;         /* where a diagnosed step keeps the parameter as it was */
  size_t worker;        /* who does it: nobody else has this number at the time */
} OptregTile;

/* What a stage does to its tile, beyond its own state. */
enum {
  OPTREG_STAGE_READS_GRADIENT = 1u,
  OPTREG_STAGE_WRITES_GRADIENT = 2u,
  OPTREG_STAGE_READS_PARAM = 4u,
  OPTREG_STAGE_WRITES_PARAM = 8u,
  OPTREG_STAGE_WITHOUT_GRADIENT = 16u, /* runs also where the gradient is missing */
  OPTREG_STAGE_FOR_OVERWRITTEN = 256u, /* runs for overwritten tensors only */
  OPTREG_STAGE_FOR_EVERY = 512u,       /* runs for these and the others */
  OPTREG_STAGE_IS_OPTIMIZER = 32u,     /* may need the whole tensor as one tile */
  OPTREG_STAGE_OBSERVES = 64u,         /* a reason to make a MEASURE sweep */
  OPTREG_STAGE_SUMS_SQUARES = 128u,    /* adds squares of the gradient to lanes[0] */
  OPTREG_STAGE_BY_TENSOR = 1024u,  /* asks which tensor it is, not only which group */
  OPTREG_STAGE_BY_ADDRESS = 4096u, /* asks where its state lies */
  OPTREG_STAGE_DIAGNOSES = 2048u,  /* in diagnosed steps only */
};

/* What the wrappers of the gradient do to one tensor, in this order:
 *   x = (g / scale + sum) / mean ; x is checked ; x = min(max(x, -bound), bound), a nan
 *   stays ; x² is summed ; x = x clipnorm / longest ; x = x factor ;
 *   p = p − p decay rate
 * A term that nobody fills in is neutral: not a bit changes. */
typedef struct OptregTerms {
  double scale, mean, bound, factor; /* 1, 1, infinity, 1 */
  double by_scale, by_mean;          /* their reciprocals, where nothing divides */
  double clipnorm, longest;
  double second_factor;
  double decay, rate; /* 0: no decay */
  const char *sum;    /* of the tensor's type and shape; NULL: none */
  double unit;        /* squares are those of x unit, see squares.h; 1 */
  bool checks, sums_squares;
  bool has_norm;        /* false: not clipped by its norm */
  bool is_norm_exact;   /* x = x clipnorm longest, in double */
  bool is_factor_exact; /* x = x factor second_factor, in double */
  bool divides;         /* false: products with the reciprocals have the same bits */
} OptregTerms;

typedef void (*OptregStageFunc)(const void *self, OptregTile *tile);

static inline void
optreg_tile_raise_magnitude(const OptregTile *tile, double magnitude)
{
  uint64_t bits;

  memcpy(&bits, &magnitude, sizeof bits);
  *tile->magnitude = bits > *tile->magnitude ? bits : *tile->magnitude;
}

#define OPTREG_N_LEVELS 3 /* baseline, x86-64-v3, x86-64-v4 */

/* A decorator's part of a sweep: its update_step. One row for each thing that it does.
 * What stands before the optimizer fills in terms, the rest runs. */
typedef struct OptregStage {
  const char *name;
  uint32_t sweeps; /* OPTREG_IN(...) */
  uint32_t flags;
  uint32_t reads, writes; /* streams of its own state, of the parameter's shape */
  OptregStageFunc run[OPTREG_N_TYPES][OPTREG_N_LEVELS];
  void (*fill)(const void *self, const OptregTensor *tensor, OptregTerms *terms);
} OptregStage;

/* Whether the stage has anything to do for the tensor in this call */
static inline bool
optreg_stage_applies(const OptregStage *stage, const OptregTensor *tensor)
{
  if (!tensor->is_active && (stage->flags & OPTREG_STAGE_WITHOUT_GRADIENT) == 0) {
    return false;
  }
  return (stage->flags & OPTREG_STAGE_FOR_EVERY) != 0
         || tensor->is_overwritten
                == ((stage->flags & OPTREG_STAGE_FOR_OVERWRITTEN) != 0);
}

/* OPTREG_STAGE(name, { body }) compiles a stage function for each type and level; in
 * the body `real` is float or double. OPTREG_STAGE_FUNCTIONS(name) lists them for
 * OptregStage.run. */
#define OPTREG_STAGE(name, ...)                   \
  OPTREG_STAGE_OF(name##_f32, float, __VA_ARGS__) \
  OPTREG_STAGE_OF(name##_f64, double, __VA_ARGS__)
#define OPTREG_STAGE_OF(name, type, ...)                                            \
  OPTREG_FUNCTION(void, , name, (const void *self OPTREG_UNUSED, OptregTile *tile), \
                  (self, tile))                                                     \
  {                                                                                 \
    typedef type real;                                                              \
    __VA_ARGS__                                                                     \
  }
#if defined(__x86_64__) && !defined(OPTREG_BASELINE_ONLY)
#define OPTREG_STAGE_LEVELS(name)         \
  {                                       \
    name##_baseline, name##_v3, name##_v4 \
  }
#else
#define OPTREG_STAGE_LEVELS(name)                     \
  {                                                   \
    name##_baseline, name##_baseline, name##_baseline \
  }
#endif
#define OPTREG_STAGE_FUNCTIONS(name)                                 \
  {                                                                  \
    OPTREG_STAGE_LEVELS(name##_f32), OPTREG_STAGE_LEVELS(name##_f64) \
  }

#endif
