/* SPDX-License-Identifier: MIT */
/* One optimizer at work: the plugin's instance, its slots, its stages in the chain. */
#ifndef OPTREG_CORE_INSTANCE_H
#define OPTREG_CORE_INSTANCE_H

#include "loading/descriptor.h"
#include "running/chain.h"
#include "running/host.h"

typedef struct OptregInstance OptregInstance;

/* Build the plugin's instance, number `index` of the model; choose variants and kernels
 * for its tensors, add their state to the chain. Everything given must outlive the
 * instance; tensors are marked that the optimizer must see whole. The executor may be
 * NULL while building. */
OptregInstance *optreg_instance_new(const OptregDescriptor *descriptor, size_t index,
                                    const OptregConfig *config, OptregTensor *tensors,
                                    OptregChain *chain, const OptregHooks *hooks,
                                    GError **error);
void optreg_instance_free(OptregInstance *instance);

void optreg_instance_set_executor(OptregInstance *instance, OptregExecutor *executor);

/* Give slots their first values, once the arena is filled. */
void optreg_instance_init_slots(OptregInstance *instance);

/* The first value of one slot, whose memory is zeroed. */
void optreg_instance_reset_slot(OptregInstance *instance, const OptregTensor *tensor,
                                const optreg_slot *row);

const OptregDescriptor *optreg_instance_descriptor(const OptregInstance *instance);

/* Where its rows begin among those of all instances: of reductions, of slots. */
size_t optreg_instance_first_row(const OptregInstance *instance);
size_t optreg_instance_first_slot(const OptregInstance *instance);

/* Values of the hyperparameters in this step, by row, of a group that it trains;
 * writable between steps. */
double *optreg_instance_hyperparameters(OptregInstance *instance, size_t group);

/* The same for the coming step, until all are known to be good; then they are adopted.
 */
double *optreg_instance_next_hyperparameters(OptregInstance *instance, size_t group);
void optreg_instance_adopt_hyperparameters(OptregInstance *instance);

/* Scalars of step `step` (1 is the first). On failure nothing has changed. */
bool optreg_instance_begin_step(OptregInstance *instance, uint64_t step,
                                GError **error);

/* Undo that: the step is not taken after all. */
void optreg_instance_undo_step(OptregInstance *instance);

/* Ask for memory for the trials of n workers. */
void optreg_instance_request_copies(OptregInstance *instance, size_t n_workers,
                                    OptregArena *arena);

/* While it is on, a trial notes the first overflow: a slot's name, or "value". */
void optreg_instance_name_overflow(OptregInstance *instance, bool is_on);
void optreg_instance_overflow(const OptregInstance *instance, const char **role,
                              uint64_t *index);

/* Its tensors in byte order of their names; all of the model where it is alone. */
const size_t *optreg_instance_members(const OptregInstance *instance, size_t *n);
void optreg_instance_choose_members(OptregInstance *instance, const size_t *by_name);

/* Where finished reductions of a tensor go, by row. */
double *optreg_instance_reductions(OptregInstance *instance, size_t tensor);

/* After an update or finalize sweep: the first tensor that failed, with the plugin's
 * message. */
bool optreg_instance_check(OptregInstance *instance, GError **error);

bool optreg_instance_can_finalize(const OptregInstance *instance);

/* Whether kernels may go from one tensor on into the next. */
bool optreg_instance_continues(const OptregInstance *instance,
                               const OptregTensor *tensor, const OptregTensor *next);

/* The plugin's opaque blob; empty when it has none. */
GByteArray *optreg_instance_serialize(const OptregInstance *instance, GError **error);

/* What was serialized, and the version of the plugin's state then. */
typedef struct OptregBlob {
  const void *data; /* NULL: there is none */
  uint64_t size;
  uint32_t state_version;
} OptregBlob;

/* Make another instance from saved bytes, or from none: *self. Nothing of this one
 * changes, whether it fails or not, until the other is adopted, which releases the old.
 */
bool optreg_instance_stage(OptregInstance *instance, const OptregBlob *blob,
                           void **self, GError **error);
void optreg_instance_adopt(OptregInstance *instance, void *self);
void optreg_instance_discard(OptregInstance *instance, void *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(OptregInstance, optreg_instance_free)

#endif
