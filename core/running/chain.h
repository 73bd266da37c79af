/* SPDX-License-Identifier: MIT */
/* The decorators around an optimizer, the stages that they add, the state they ask for.
 */
#ifndef OPTREG_CORE_CHAIN_H
#define OPTREG_CORE_CHAIN_H

#include "running/arena.h"
#include "running/tile.h"
#include "wrappers/wrapper.h"

/* A stage in its place in the chain. */
typedef struct OptregPlacedStage {
  const OptregStage *stage;
  const void *self;
} OptregPlacedStage;

/* A state tensor: what a checkpoint would hold. */
typedef struct OptregStateTensor {
  size_t tensor;          /* index of the parameter */
  const char *role;       /* a slot's name, "ema", "gradient_accumulator" */
  uint64_t n, size;       /* elements, bytes */
  void **data;            /* where the arena puts the address */
  uint32_t scope;         /* OPTREG_PER_*; what is not per element is one double */
  uint32_t shape;         /* OPTREG_SHAPE_*, relative to the parameter */
  uint32_t init;          /* OPTREG_INIT_* of a wrapper's; slots have a row */
  uint32_t sweeps;        /* OPTREG_IN(...): those that move it */
  const optreg_slot *row; /* NULL: a wrapper's */
} OptregStateTensor;

struct OptregBuilder {
  const OptregTensor *tensors;
  size_t n_tensors;
  OptregArena *arena;   /* state and what kernels scribble on */
  OptregArena *scratch; /* filled when there is memory for the state */
  GArray *stages;       /* OptregPlacedStage */
  GArray *states;       /* OptregStateTensor */
  GPtrArray *owned;     /* arrays to be freed with the chain */
  bool wants_norm;      /* of the gradients of each update, for the report */
};

/* Wrappers in the order of the chain. */
typedef enum OptregLink {
  OPTREG_LINK_LOSS_SCALE,
  OPTREG_LINK_ACCUMULATE,
  OPTREG_LINK_GUARD,
  OPTREG_LINK_CLIP,
  OPTREG_LINK_WEIGHT_DECAY,
  OPTREG_LINK_OVERWRITE, /* the optimizer stands before it */
  OPTREG_LINK_NON_NEG,
  OPTREG_LINK_EMA,
  OPTREG_N_LINKS
} OptregLink;

typedef struct OptregChain {
  OptregBuilder builder;
  OptregWrapper *wrappers[OPTREG_N_LINKS];
  guint *first_state; /* by tensor: its first state, from 1; 0: none */
  guint *next_state;  /* by state: the next one of its tensor */
} OptregChain;

/* An empty chain over the tensors, which must outlive it. */
OptregChain *optreg_chain_new(const OptregTensor *tensors, size_t n_tensors,
                              const optreg_allocator *allocator);
void optreg_chain_free(OptregChain *chain);

/* Build the wrappers from `first` up to and without `end`. */
void optreg_chain_build(OptregChain *chain, OptregLink first, OptregLink end,
                        const OptregConfig *config);

/* All wrappers' `begin` and `end`. */
void optreg_chain_begin(OptregChain *chain, OptregCall *call);
void optreg_chain_end(OptregChain *chain, const OptregCall *call,
                      OptregOutcome outcome);

/* Memory of a role for the tensors one after the other. */
void optreg_builder_add_memory(OptregBuilder *builder, const OptregTensor *tensor,
                               uint64_t size, void **memory);

/* NULL when there is no such state. */
const OptregStateTensor *optreg_chain_find_state(const OptregChain *chain,
                                                 size_t tensor, const char *role);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(OptregChain, optreg_chain_free)

#endif
