/* SPDX-License-Identifier: MIT */
/* What a checkpoint says about itself. */
#ifndef OPTREG_CORE_DESCRIPTION_H
#define OPTREG_CORE_DESCRIPTION_H

#include "running/engine.h"

/* All metadata but checksums: optreg_metadata with owned texts, sorted by key. */
GArray *optreg_description_new(const OptregEngine *engine);

/* Add an entry; both texts are copied. */
void optreg_description_add(GArray *metadata, const char *prefix, const char *name,
                            const char *value);
void optreg_description_sort(GArray *metadata);

#endif
