/* SPDX-License-Identifier: MIT */
/* One tensor at one optimizer, every call made by hand: the spans, the SIMD level and
 * the memory are the checker's to choose. Reductions have one lane shape for the whole
 * tensor, so that results compare with those of other rigs only. */
#ifndef OPTREG_CHECK_RIG_H
#define OPTREG_CHECK_RIG_H

#include "guard.h"
#include "values.h"

enum { MAX_SLOTS = 1024, MAX_NDIM = 4 };

typedef struct RigSpec {
  uint64_t dims[MAX_NDIM];
  uint32_t ndim, dtype, level; /* level: the highest that there is, at most this */
  const double *values;        /* of hyperparameters, NULL: the defaults */
  const double *early_values;  /* what build and build_tensor see, NULL: the same */
  bool is_scheduled;           /* build_tensor sees them too, and slots that need a row
                                  exist: the row may follow a schedule */
  uint64_t seed;               /* of parameter and gradients */
  double scale;                /* of gradients, 0: 1 */
  bool is_at_start;            /* buffers end or begin at a forbidden page */
  bool is_read_only;           /* what a call may not write to is write-protected */
  bool is_common_locked;       /* so is what spans share: see commons.h */
  bool is_following;       /* the gradient follows the weights: that of a valley */
  bool is_reversed;        /* elements of parameter and gradients stand the other way */
  bool has_no_place;       /* spans as of several tensors together */
  size_t offset;           /* elements that buffers are moved by */
  bool is_hollow;          /* buffers end after a page, whatever the tensor's size */
  size_t most_elements;    /* of a slot; a tensor that needs more is refused, 0: any */
  const optreg_host *host; /* NULL: the rig's */
} RigSpec;

typedef struct Rig {
  const Plugin *plugin;
  RigSpec spec;
  size_t n;
  size_t whole; /* of a hollow one: its elements, n of which are there */
  size_t first; /* where the buffers' part begins that is the tensor; 0 for all */
  optreg_host host;
  void *self;
  uint32_t variant, *shapes; /* of each slot */
  uint64_t step;
  Guard param, grad, values, scalars, reductions, *slots;
  Guard own_cells, common_cells; /* slots of tensor scope; of group and model scope */
  Guard dims, layout;            /* what a call sees; shapes that build_tensor writes */
  Guard argument, pointers; /* the span, the step or the tensor; pointers to slots */
  Guard *lanes;             /* of each reduction */
  char message[200];        /* the last one that the plugin told the host */
  bool has_changed_environment; /* of floating-point, in any call so far */
  size_t n_allocations;         /* in kernels */
} Rig;

/* False with *status, what build or build_tensor returned; rig_clear is not needed
 * then. */
bool rig_init(Rig *rig, const Plugin *plugin, const RigSpec *spec, int32_t *status);
void rig_clear(Rig *rig);

/* Fill in rig->host; rig_init does it. */
void rig_init_host(Rig *rig);

/* Spans of a step, by index from 0: how many elements the next one has, of `left`.
 * NULL: all. */
typedef size_t (*RigCut)(uint64_t index, size_t left);

/* One step with a gradient that depends on the seed and the number of the step. */
int32_t rig_step(Rig *rig, RigCut cut);
int32_t rig_steps(Rig *rig, size_t n, RigCut cut);

/* The same with the gradient that stands in rig->grad already. */
int32_t rig_step_as_is(Rig *rig, RigCut cut);

/* The same on the `n` elements from `first` on, as if they were the whole tensor; for
 * vectors of granularity ELEMENT. */
int32_t rig_step_part(Rig *rig, size_t first, size_t n);

/* One call of update_step for a span of the tensor, and nothing else. */
void rig_update_span(Rig *rig, size_t offset, size_t n);

int32_t rig_finalize(Rig *rig, RigCut cut);

/* The kernel's call for all of a hollow tensor, which must end in a fault. */
int32_t rig_update_hollow(Rig *rig);

/* What the next calls see of the hyperparameters. */
void rig_set_values(Rig *rig, const double *values);

/* Element `i` of parameter or gradient. */
double rig_get(const Rig *rig, const Guard *buffer, size_t i);
void rig_set(const Rig *rig, const Guard *buffer, size_t i, double value);

/* Where element `i` of a rig that is not reversed stands. */
size_t rig_place(const Rig *rig, size_t i);

/* NULL, or the name of the first buffer (parameter, then slots) in which two rigs of
 * the same shape differ in a bit. */
const char *rig_difference(const Rig *a, const Rig *b);

/* Whether every element of the parameter is finite. */
bool rig_is_finite(const Rig *rig);

/* The value of a slot of tensor, group or model scope. */
double *rig_cell(const Rig *rig, size_t slot);

/* Size of a slot as declared, in elements. */
size_t rig_slot_size(const Rig *rig, size_t slot);

/* Buffer `i` of all that the plugin sees, NULL behind the last. */
Guard *rig_guard(const Rig *rig, size_t i);

/* The rig whose call runs now: for who handles a signal. */
extern const Rig *rig_running;

#endif
