/* SPDX-License-Identifier: MIT */
/* Optimizers whose state means the same, as Adam's and AdamW's does: one may go on from
 * what the other saved. Names alone do not tell, since "momentum" is a mean of
 * gradients here and the last step there; the whole tables do. */
#ifndef OPTREG_CORE_KINSHIP_H
#define OPTREG_CORE_KINSHIP_H

#include "loading/descriptor.h"

/* A checksum over every row of slots, texts included, over names, types and ranges of
 * hyperparameters, granularity and version of the state. Newly allocated; NULL for an
 * optimizer that keeps more than slots, which only itself can read. */
char *optreg_kinship_of(const OptregDescriptor *descriptor);

#endif
