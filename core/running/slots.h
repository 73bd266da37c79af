/* SPDX-License-Identifier: MIT */
/* The slots of one optimizer: where they are, how large, what they begin with.
 *
 * Element-scope slots are f32 in a shape that follows the parameter; slots of the other
 * scopes are single doubles, of which only begin_step may write those of group and
 * model. */
#ifndef OPTREG_CORE_SLOTS_H
#define OPTREG_CORE_SLOTS_H

#include "loading/descriptor.h"
#include "running/chain.h"

typedef struct OptregSlots OptregSlots;

OptregSlots *optreg_slots_new(const OptregDescriptor *descriptor, size_t n_tensors,
                              size_t n_groups);
void optreg_slots_free(OptregSlots *slots);

/* The shapes of one tensor's slots, to be filled before optreg_slots_request. */
uint32_t *optreg_slots_shapes(OptregSlots *slots, size_t tensor);

/* The rows' own rule: full where the hyperparameter that the slot needs is on. */
void optreg_slots_default_shapes(const OptregDescriptor *descriptor,
                                 const double *values, uint32_t *shapes);

/* Whether a plugin's choice of shapes fits the tensor. */
bool optreg_slots_check_shapes(const OptregDescriptor *descriptor,
                               const OptregTensor *tensor, const uint32_t *shapes,
                               bool is_whole, GError **error);

/* Ask the builder for the memory; tensors are those of the builder. */
void optreg_slots_request(OptregSlots *slots, OptregBuilder *builder);

/* First values; `hyperparameters` by group and row. */
void optreg_slots_init(OptregSlots *slots, const OptregTensor *tensors,
                       const double *hyperparameters);
void optreg_slots_copy_parameters(OptregSlots *slots, const OptregTensor *tensors);

/* Pointers for a span: one per row, element slots moved on to `offset`. */
void optreg_slots_at(const OptregSlots *slots, size_t tensor, uint64_t offset,
                     void **out);

/* Pointers for begin_step: group and model slots, else NULL. */
void optreg_slots_of_group(OptregSlots *slots, size_t group, double **out);

/* Keep group and model slots, and put them back. */
void optreg_slots_remember_scalars(OptregSlots *slots);
void optreg_slots_restore_scalars(OptregSlots *slots);

/* Element-scope slots of full shape that the largest number of tensors' kind has: the
 * streams of a sweep beside parameter and gradient. */
uint32_t optreg_slots_streams(const OptregSlots *slots);

#endif
