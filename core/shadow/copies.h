/* SPDX-License-Identifier: MIT */
/* Two copies of the live parameters: as they were before the step, and those that a
 * candidate updates. */
#ifndef OPTREG_CORE_COPIES_H
#define OPTREG_CORE_COPIES_H

#include "running/engine.h"

typedef struct OptregCopies {
  const OptregEngine *live;
  OptregArena *arena;
  void **before, **candidate; /* by tensor */
} OptregCopies;

/* NULL with OPTREG_ERROR_MEMORY. The engine must outlive the copies. */
OptregCopies *optreg_copies_new(const OptregEngine *live, GError **error);
void optreg_copies_free(OptregCopies *copies);

/* The live parameters as they are now become those before the step. [no allocation] */
void optreg_copies_take(const OptregCopies *copies);

/* The candidate's become those before the step. [no allocation] */
void optreg_copies_reset(const OptregCopies *copies);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(OptregCopies, optreg_copies_free)

#endif
