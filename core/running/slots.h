/* SPDX-License-Identifier: MIT */
/* The slots of one optimizer: where they are, how large, what they begin with.
 *
 * Element-scope slots have the parameter's type and a shape that follows it; slots of
 * the other scopes are single doubles, of which only begin_step may write those of
 * group and model. */
#ifndef OPTREG_CORE_SLOTS_H
#define OPTREG_CORE_SLOTS_H

#include "loading/descriptor.h"
#include "running/chain.h"
#include "running/slot_shapes.h"

typedef struct OptregSlots OptregSlots;

OptregSlots *optreg_slots_new(const OptregDescriptor *descriptor, size_t n_tensors,
                              size_t n_cells);
void optreg_slots_free(OptregSlots *slots);

/* The shapes of one tensor's slots, to be filled before optreg_slots_request. */
uint32_t *optreg_slots_shapes(OptregSlots *slots, size_t tensor);

/* Ask the builder for the memory; tensors are those of the builder. */
void optreg_slots_request(OptregSlots *slots, OptregBuilder *builder);

/* First values; `hyperparameters` by group and row. */
void optreg_slots_init(OptregSlots *slots, const OptregTensor *tensors,
                       const double *hyperparameters);

/* The first value of one slot, whose memory is zeroed. */
void optreg_slots_reset(OptregSlots *slots, const OptregTensor *tensor,
                        const optreg_slot *row, const double *hyperparameters);

/* Pointers for a span: one per row, element slots moved on to `offset`. */
void optreg_slots_at(const OptregSlots *slots, const OptregTensor *tensor,
                     uint64_t offset, void **out);

/* Move the pointers of slots that follow the span to copies of n elements, one behind
 * the other from `memory` on: OPTREG_BLOCK doubles for each. */
void optreg_slots_copy_span(const OptregSlots *slots, const OptregTensor *tensor,
                            size_t n, void **at, double *memory);

/* Of a span of n elements: the first one that is not finite, and the row's name; NULL:
 * all are. Rows with `any` of these flags are passed over, and those of group and
 * model. */
const char *optreg_slots_find_nonfinite(const OptregSlots *slots,
                                        const OptregTensor *tensor, size_t n,
                                        void *const *at, uint32_t any, uint64_t *index);

/* Likewise a slot of a group or of the model. */
const char *optreg_slots_find_nonfinite_scalar(const OptregSlots *slots);

/* Whether a span may go from one tensor's slots on into the next one's: each lies
 * behind the other, or is the same for both. */
bool optreg_slots_continue(const OptregSlots *slots, const OptregTensor *tensor,
                           const OptregTensor *next);

/* Pointers for begin_step of a cell: group and model slots, else NULL. */
void optreg_slots_of_cell(OptregSlots *slots, size_t cell, double **out);

/* Keep group and model slots, and put them back. */
void optreg_slots_remember_scalars(OptregSlots *slots);
void optreg_slots_restore_scalars(OptregSlots *slots);

/* Element-scope slots of full shape that the largest number of tensors' kind has: the
 * streams of a sweep beside parameter and gradient. */
uint32_t optreg_slots_streams(const OptregSlots *slots);

#endif
