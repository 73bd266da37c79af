/* SPDX-License-Identifier: MIT */
/* What saving and loading take besides the data, to be proven before. */
#ifndef OPTREG_CORE_CHECKPOINT_MEMORY_H
#define OPTREG_CORE_CHECKPOINT_MEMORY_H

#include "proof.h"
#include "running/engine.h"
#include "safetensors/tensor_file.h"

/* To list all that belongs to an optimizer, describe it as metadata and write a header.
 */
uint64_t optreg_memory_of_model(const OptregEngine *engine);

/* To match a file with an optimizer and to report every difference. */
uint64_t optreg_memory_of_match(const OptregEngine *engine,
                                const OptregTensorFile *file,
                                const optreg_load_options *options);

#endif
