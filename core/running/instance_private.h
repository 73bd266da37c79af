/* SPDX-License-Identifier: MIT */
/* What the files of an instance share: building and steps, stages, the blob. */
#ifndef OPTREG_CORE_INSTANCE_PRIVATE_H
#define OPTREG_CORE_INSTANCE_PRIVATE_H

#include "running/instance.h"
#include "running/slots.h"

#include <stdatomic.h>

#define OPTREG_MAX_SLOTS 1024

struct OptregInstance {
  const OptregDescriptor *descriptor;
  size_t index;      /* among the instances of the model */
  size_t first_row;  /* of its reductions, among the rows of all instances */
  size_t first_slot; /* of its slots, likewise */
  const OptregConfig *config;
  OptregTensor *tensors;
  size_t n_tensors, n_groups;
  OptregHost host;
  void *self;
  OptregSlots *slots;
  size_t *members; /* its tensors in byte order of their names */
  size_t n_members;
  uint32_t *variants;            /* by tensor */
  const optreg_kernel **kernels; /* by variant and type; NULL: there is none */
  double *hyperparameters;       /* by group and row; of other optimizers' groups: 0 */
  double *next_hyperparameters;  /* while they are being checked */
  double *scalars;               /* by cell and number */
  double *reductions;            /* by tensor and row */
  int32_t *statuses;             /* by tensor: what the last sweep returned */
  atomic_bool has_failed;        /* one of them is not OPTREG_OK */
  bool *is_cell_used;            /* by group and type */
  bool is_watching;              /* some slot promises nothing: it is looked at */
  bool is_watching_scalars;      /* so are those of groups and of the model */
  double *copies;            /* of a tile's slots, for a trial: by worker and slot */
  size_t copies_stride;      /* elements of a worker's copies */
  bool is_naming;            /* a trial of one tensor looks for the first overflow */
  const char *overflow_role; /* which it has found */
  uint64_t overflow_index;
};

/* In the place of a plugin's status: a slot is not finite any more. */
#define OPTREG_STATE_OVERFLOW INT32_MIN

/* Slots that no look behind the step is for. */
#define OPTREG_UNWATCHED (OPTREG_TRANSIENT | OPTREG_GROWTH)

/* The kernels' name of a type. */
static inline uint32_t
optreg_instance_dtype(OptregType type)
{
  return type == OPTREG_TYPE_F64 ? OPTREG_F64 : OPTREG_F32;
}

/* The plugin's own part: made anew, and freed. */
bool optreg_instance_build_self(OptregInstance *instance, void **self, GError **error);
void optreg_instance_release_self(const OptregInstance *instance, void *self);

/* Whether a tensor is one that this instance trains. */
static inline bool
optreg_instance_trains(const OptregInstance *instance, const OptregTensor *tensor)
{
  return tensor->optimizer == instance->index && !tensor->is_overwritten;
}

#endif
