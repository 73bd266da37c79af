/* SPDX-License-Identifier: MIT */
/* What a checkpoint says about itself. */
#ifndef OPTREG_CORE_DESCRIPTION_H
#define OPTREG_CORE_DESCRIPTION_H

#include "running/engine.h"

/* All metadata but checksums: optreg_metadata of metadata.h, not sorted. */
GArray *optreg_description_new(const OptregEngine *engine);

/* The options alone, sorted by key. */
GArray *optreg_description_options(const OptregEngine *engine);

#endif
