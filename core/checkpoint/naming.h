/* SPDX-License-Identifier: MIT */
/* A checkpoint's parameters and tensors under the names that they have in the model. */
#ifndef OPTREG_CORE_NAMING_H
#define OPTREG_CORE_NAMING_H

#include "safetensors/tensor_file.h"

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
