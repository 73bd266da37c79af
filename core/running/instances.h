/* SPDX-License-Identifier: MIT */
/* The optimizers of a model: one instance for each that its groups name.
 *
 * The model's own comes first. Each has its tensors, slots, scalars and rows of
 * reductions; what all share is the chain around them. In a sweep they are one stage,
 * which asks a tensor whose it is. */
#ifndef OPTREG_CORE_INSTANCES_H
#define OPTREG_CORE_INSTANCES_H

#include "running/instance.h"

typedef struct OptregInstances {
  OptregInstance **items;
  size_t n;
  size_t n_rows;   /* of reductions, of all together */
  size_t n_slots;  /* rows of slots, likewise */
  size_t n_phases; /* the most that one of them has */
  char *name;      /* "first", "first and second" */
  OptregStage update, reduce, finalize, trial;
} OptregInstances;

/* Mark each tensor with the optimizer of its group; groups have been assigned. */
void optreg_instances_assign(const OptregConfig *config, OptregTensor *tensors,
                             size_t n);

/* Build an instance for each distinct optimizer of the groups, beginning with the
 * default group's, and add their stages to the chain. Everything given must outlive
 * them. */
bool optreg_instances_build(OptregInstances *instances, const OptregConfig *config,
                            OptregTensor *tensors, OptregChain *chain,
                            const OptregHooks *hooks, GError **error);
void optreg_instances_clear(OptregInstances *instances);

/* The optimizer of a tensor; of a group. */
static inline OptregInstance *
optreg_instances_of(const OptregInstances *instances, const OptregTensor *tensor)
{
  return instances->items[tensor->optimizer];
}
OptregInstance *optreg_instances_of_group(const OptregInstances *instances,
                                          const OptregGroup *group);

/* A key for one of them: the key itself for the model's own, else KEY:NAME. */
char *optreg_instances_key(const OptregInstances *instances, size_t i, const char *key);

/* The verbs of an instance for all of them. */
void optreg_instances_start(OptregInstances *instances, OptregExecutor *executor,
                            const size_t *by_name);
void optreg_instances_request_copies(OptregInstances *instances, size_t n_workers,
                                     OptregArena *arena);
bool optreg_instances_begin_step(OptregInstances *instances, uint64_t step,
                                 GError **error);
void optreg_instances_undo_step(OptregInstances *instances);
bool optreg_instances_check(OptregInstances *instances, GError **error);
bool optreg_instances_can_finalize(const OptregInstances *instances);

/* The stages. */
void optreg_instances_add_stages(OptregInstances *instances, OptregChain *chain);

#endif
