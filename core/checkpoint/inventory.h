/* SPDX-License-Identifier: MIT */
/* Everything that a checkpoint of a built optimizer holds, by name. */
#ifndef OPTREG_CORE_INVENTORY_H
#define OPTREG_CORE_INVENTORY_H

#include "running/engine.h"

/* A tensor of state where it lives. */
typedef struct OptregEntry {
  optreg_state_info info;         /* strings and shape are owned */
  const OptregStateTensor *state; /* NULL: a blob or the parameter itself */
  OptregTensor *tensor;           /* NULL: of the model as a whole */
  OptregInstance *instance;       /* of a blob; else NULL */
  bool is_used; /* false: an accumulator without a sum, which need not be saved */
} OptregEntry;

typedef struct OptregInventory {
  GArray *entries;  /* OptregEntry, not sorted; blobs are the last ones */
  GPtrArray *blobs; /* of GByteArray: what they point to, once fetched */
} OptregInventory;

/* Blobs have no bytes before they are fetched. */
OptregInventory *optreg_inventory_new(const OptregEngine *engine, bool with_parameters);

/* Let the plugins serialize their parts, if they have any. */
bool optreg_inventory_fetch_blobs(OptregInventory *inventory, GError **error);
void optreg_inventory_free(OptregInventory *inventory);

/* "F32 [64, 32]" */
char *optreg_inventory_show(const char *dtype, const uint64_t *shape, uint32_t ndim);

/* The dtype of a parameter in safetensors. */
const char *optreg_inventory_dtype(const OptregTensor *tensor);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(OptregInventory, optreg_inventory_free)

#endif
