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

/* ---- a checkpoint's parameters and tensors under the names that they have in the
 * model
 * ---- */

typedef struct OptregNaming {
  GHashTable *saved;      /* names of parameters in the file */
  GHashTable *renames;    /* of these -> name here */
  GHashTable *parameters; /* name -> "F32 [64, 32]" */
  GHashTable *trainers;   /* name -> the optimizer, where it is not the model's */
  GHashTable *tensors; /* name -> const optreg_state_info *, taken out when matched */
  GStringChunk *texts; /* names of renamed tensors */
} OptregNaming;

/* Renames that were made, and those that cannot be, go into the report. File and
 * options must outlive the result. */
OptregNaming *optreg_naming_new(const OptregTensorFile *file,
                                const optreg_load_options *options, GArray *report);
void optreg_naming_free(OptregNaming *naming);

/* "a/b" of "a/b/ema"; "" when there is no '/'. */
char *optreg_naming_owner(const optreg_state_info *tensor);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(OptregNaming, optreg_naming_free)

#endif
