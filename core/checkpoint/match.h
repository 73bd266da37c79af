/* SPDX-License-Identifier: MIT */
/* Which tensor of a checkpoint goes where, and what does not fit. Nothing is written.
 */
#ifndef OPTREG_CORE_MATCH_H
#define OPTREG_CORE_MATCH_H

#include "checkpoint/inventory.h"
#include "safetensors/tensor_file.h"

typedef struct OptregMatch {
  const OptregEngine *engine;
  const OptregTensorFile *file;
  const optreg_load_options *options;
  GArray *report; /* optreg_difference */
} OptregMatch;

/* By entry of the inventory: the optreg_state_info of the file, or NULL where there is
 * none. Free with g_ptr_array_unref(). */
GPtrArray *optreg_match_tensors(const OptregMatch *match,
                                const OptregInventory *inventory);

/* Optimizer and versions, then the values of options. */
void optreg_match_identity(const OptregMatch *match);

/* The version of the plugin's state that the file was written with. Only an older one
 * than the plugin's, with a blob that the plugin can convert, is not refused. */
uint32_t optreg_match_state_version(const OptregMatch *match,
                                    const OptregInstance *instance);
void optreg_match_options(const OptregMatch *match);

/* The counters to be set. Free with g_array_unref(). */
GArray *optreg_match_counters(const OptregMatch *match);

#endif
