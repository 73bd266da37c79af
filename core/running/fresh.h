/* SPDX-License-Identifier: MIT */
/* State that began as a copy of its parameter and has not been used since: an average
 * that a load began anew, a slot with OPTREG_INIT_PARAMETER. Until the first update
 * that uses it, it follows what the application writes into the parameter. */
#ifndef OPTREG_CORE_FRESH_H
#define OPTREG_CORE_FRESH_H

#include "running/chain.h"

typedef struct OptregFresh {
  size_t *states; /* places in the chain's states */
  size_t n;
} OptregFresh;

/* Slots that begin as copies, when they have been copied. An average begins with its
 * first update instead. */
void optreg_fresh_init(OptregFresh *fresh, const OptregChain *chain);
void optreg_fresh_clear(OptregFresh *fresh);

/* None is fresh; then those that a load has begun anew. */
void optreg_fresh_forget(OptregFresh *fresh);
void optreg_fresh_note(OptregFresh *fresh, const OptregChain *chain,
                       const OptregStateTensor *state);

/* All are fresh, and copied. */
void optreg_fresh_renew(OptregFresh *fresh, const OptregChain *chain);

/* Copy the parameters again. */
void optreg_fresh_copy(const OptregFresh *fresh, const OptregChain *chain);

/* After an update: a slot has been used where its parameter had a gradient, an average
 * everywhere. [no allocation] */
void optreg_fresh_use(OptregFresh *fresh, const OptregChain *chain);

#endif
