/* SPDX-License-Identifier: MIT */
/* Saving a built optimizer. */
#ifndef OPTREG_CORE_SAVE_H
#define OPTREG_CORE_SAVE_H

#include "safetensors/file.h"
#include "running/engine.h"

/* As optreg_optimizer_save; `calls` is how files are written. */
bool optreg_save_to_file(const OptregEngine *engine, const OptregFileCalls *calls,
                         const char *path, bool with_parameters, GError **error);

/* Free with g_free(). */
void *optreg_save_to_memory(const OptregEngine *engine, bool with_parameters,
                            size_t *size, GError **error);

/* That there is memory for lists of what would be saved, and for the header; before
 * they are made, and once more when the plugin has taken some for its blob. */
bool optreg_save_prove_memory(const OptregEngine *engine, GError **error);

/* What would be saved, in the order of the file: optreg_state_info. The strings are
 * those of the inventory. */
GArray *optreg_save_list(const GArray *entries);

#endif
