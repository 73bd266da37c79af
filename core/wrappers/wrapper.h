/* SPDX-License-Identifier: MIT */
/* A wrapper: what the core does around any optimizer. No GLib here.
 *
 * A wrapper and an optimizer share four verbs. `build` reads the options, asks for
 * state and adds stages, which are its `update_step`; `serialize` hands out what slots
 * cannot hold. In between, `begin` prepares the scalars of one call and `end` advances
 * counters.
 *
 * The chain, in order: loss_scale, accumulate, guard, clip, weight_decay, the
 * optimizer, overwrite, non_neg, ema. A tile passes the stages in that order. */
#ifndef OPTREG_CORE_WRAPPER_H
#define OPTREG_CORE_WRAPPER_H

#include "config/settings.h"
#include "running/tree.h"

typedef struct OptregWrapper OptregWrapper;
typedef struct OptregBuilder OptregBuilder;

/* One call of step, as far as it is known when `begin` is called. */
typedef struct OptregCall {
  const OptregTensor *tensors;
  size_t n_tensors;
  uint64_t step;                  /* updates applied before this call */
  bool is_update;                 /* false: a micro-step that only accumulates */
  uint64_t position;              /* of the call in its accumulation window, from 0 */
  const double *learning_rate;    /* by group */
  const OptregSquares *squares;   /* by tensor, of the gradient before norm clipping,
                                     where a stage of the MEASURE sweep summed them into
                                     lanes[0] */
  OptregSquares gradient_squares; /* of all tensors together, likewise */
  const OptregTree *tree;         /* that combines numbers of tensors */
  double clip_factor; /* out: the smallest factor of norm clipping, preset to 1 */
} OptregCall;

typedef enum OptregOutcome {
  OPTREG_OUTCOME_APPLIED,
  OPTREG_OUTCOME_ACCUMULATED,
  OPTREG_OUTCOME_NONFINITE, /* the gradient of this call was not finite */
  OPTREG_OUTCOME_OVERFLOW,  /* it was, but not what becomes of it: a sum, a square */
} OptregOutcome;

/* A number that must survive a restart, named for checkpoints. */
typedef struct OptregCounter {
  const char *name;
  double value, initial;
  double minimum, maximum; /* permitted here, as this optimizer is configured */
  bool is_whole;
  bool is_rare; /* written only where it is not the initial one */
} OptregCounter;

/* doubles are exact up to twice as much: who begins here can still count as long */
#define OPTREG_COUNTER_MAX 0x1p52

typedef struct OptregWrapperClass {
  const char *name;
  size_t size; /* of the instance, which begins with OptregWrapper and is zeroed */

  /* Called once. Adds nothing when the configuration does not ask for the wrapper. */
  void (*build)(OptregWrapper *self, const OptregConfig *config,
                OptregBuilder *builder);

  /* After the measure sweep, before the others. May be NULL. */
  void (*begin)(OptregWrapper *self, OptregCall *call);

  /* After the call. May be NULL. */
  void (*end)(OptregWrapper *self, const OptregCall *call, OptregOutcome outcome);

  /* Write at most OPTREG_MAX_COUNTERS counters and return how many, the same number
   * always; read them back in the same order, in their ranges. NULL: there are none. */
  size_t (*serialize)(const OptregWrapper *self, OptregCounter *counters);
  void (*deserialize)(OptregWrapper *self, const OptregCounter *counters);
} OptregWrapperClass;

#define OPTREG_MAX_COUNTERS 4

struct OptregWrapper {
  const OptregWrapperClass *class;
};

/* What build may ask for. Addresses must stay valid until the optimizer is built. */

const OptregTensor *optreg_builder_tensors(const OptregBuilder *builder, size_t *n);

/* Whether the application asks for the norm of the model's gradient. */
bool optreg_builder_wants_norm(const OptregBuilder *builder);

/* Add a stage at the end of the chain. */
void optreg_builder_add_stage(OptregBuilder *builder, const OptregStage *stage,
                              const OptregWrapper *self);

/* A zeroed state tensor for every parameter that an optimizer trains, or for every one
 * that is overwritten, of its type and shape: role names it in checkpoints, and
 * *tensors becomes an array with one pointer per parameter. Where a checkpoint lacks
 * it, it begins as `init` says: OPTREG_INIT_ZERO or OPTREG_INIT_PARAMETER. `sweeps` are
 * those whose stages move it. */
void optreg_builder_add_state(OptregBuilder *builder, const char *role,
                              bool is_for_overwritten, uint32_t init, uint32_t sweeps,
                              void ***tensors);

/* Zeroed memory that need not be saved. */
void optreg_builder_add_scratch(OptregBuilder *builder, size_t size, void **memory);

extern const OptregWrapperClass optreg_loss_scale;
extern const OptregWrapperClass optreg_accumulate;
extern const OptregWrapperClass optreg_guard;
extern const OptregWrapperClass optreg_clip;
extern const OptregWrapperClass optreg_weight_decay;
extern const OptregWrapperClass optreg_overwrite;
extern const OptregWrapperClass optreg_non_neg;
extern const OptregWrapperClass optreg_ema;

/* Questions that the step asks of single wrappers. */
double optreg_loss_scale_factor(const OptregWrapper *loss_scale); /* 1 when it is off */
void optreg_loss_scale_follow(OptregWrapper *loss_scale, double scale);
uint64_t optreg_accumulate_position(const OptregWrapper *accumulate);
uint64_t optreg_accumulate_window(const OptregWrapper *accumulate);
bool optreg_accumulate_is_update(const OptregWrapper *accumulate);
bool optreg_accumulate_has_sum(const OptregWrapper *accumulate, size_t tensor);
void optreg_accumulate_set_sum(OptregWrapper *accumulate, size_t tensor, bool has_sum);
/* Of the gradients before the last of a window, until the next begins; NULL: none. */
const void *optreg_accumulate_sum(const OptregWrapper *accumulate, size_t tensor);
/* Whether a window was given up since the last update: its calls took nothing. */
bool optreg_accumulate_has_lost(const OptregWrapper *accumulate);
bool optreg_guard_is_on(const OptregWrapper *guard);

/* A bound for |gradient| of a tensor after all clipping, from one before; in an update,
 * after `begin`. */
double optreg_clip_bound(const OptregWrapper *clip, const OptregTensor *tensor,
                         double magnitude);

/* The |gradient|, as the optimizer gets it, from which on an element of the tensor
 * counts as clipped: 0 where the whole tensor was made shorter, NaN where nothing
 * clips; in an update, after `begin`. */
double optreg_clip_limit(const OptregWrapper *clip, const OptregTensor *tensor);

/* The average of one parameter, or NULL when it has none or no update has been applied.
 */
const void *optreg_ema_average(const OptregWrapper *ema, size_t tensor);

#endif
