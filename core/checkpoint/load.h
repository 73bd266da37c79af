/* SPDX-License-Identifier: MIT */
/* Loading a checkpoint into a built optimizer. */
#ifndef OPTREG_CORE_LOAD_H
#define OPTREG_CORE_LOAD_H

#include "safetensors/tensor_file.h"
#include "running/engine.h"

/* Whether the file is a checkpoint that this library can read. */
bool optreg_load_check_format(const OptregTensorFile *file, GError **error);

/* Match everything, then write everything: on failure nothing has been written. The
 * file has the right format; its checksums are the caller's matter. Differences are
 * added to `report`. */
bool optreg_load(OptregEngine *engine, const OptregTensorFile *file,
                 const optreg_load_options *options, GArray *report, GError **error);

#endif
