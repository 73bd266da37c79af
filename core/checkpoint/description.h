/* SPDX-License-Identifier: MIT */
/* What a checkpoint says about itself. */
#ifndef OPTREG_CORE_DESCRIPTION_H
#define OPTREG_CORE_DESCRIPTION_H

#include "running/engine.h"

/* All metadata but checksums: optreg_metadata, not sorted. */
GArray *optreg_description_new(const OptregEngine *engine);

/* The options alone, sorted by key. */
GArray *optreg_description_options(const OptregEngine *engine);

/* Optimizers whose state means the same, as that of one with decoupled weight decay and
 * that of the one without: one may go on from what the other saved. Names alone do not
 * tell, since "momentum" is a mean of gradients here and the last step there; the whole
 * tables do.
 *
 * A checksum over every row of slots, texts included, over names, types and ranges of
 * hyperparameters, granularity and version of the state. Newly allocated; NULL for an
 * optimizer that keeps more than slots, which only itself can read. */
char *optreg_kinship_of(const OptregDescriptor *descriptor);

#endif
