/* SPDX-License-Identifier: MIT */
/* The gates of the public API: what each call asks before it does anything.
 *
 * A gate is closed, too, when *error holds the error of an earlier call: the call does
 * nothing and fails, and the first error stays, so that a chain of calls can be looked
 * at once, at its end. */
#ifndef OPTREG_CORE_GATE_H
#define OPTREG_CORE_GATE_H

#include <optreg/optreg.h>

/* What a call needs of its optimizer. A broken one has half-written weights and state,
 * because a step failed half-way; only a load mends it. */
typedef enum OptregNeed {
  OPTREG_NEEDS_OPEN,  /* not built */
  OPTREG_NEEDS_SOUND, /* built or not, but not broken */
  OPTREG_NEEDS_BUILT, /* built, perhaps broken */
  OPTREG_NEEDS_WHOLE, /* built and not broken */
} OptregNeed;

/* Whether no earlier call of the chain has failed. */
bool optreg_gate_chain(optreg_error *const *error);

/* OPTREG_ERROR_ARGUMENT for NULL, OPTREG_ERROR_STATE for an unmet need. */
bool optreg_gate_optimizer(const optreg_optimizer *optimizer, OptregNeed need,
                           optreg_error **error);

/* Whether state may be shown: built and not broken. NULL is permitted. */
bool optreg_gate_shows_state(const optreg_optimizer *optimizer);

/* OPTREG_ERROR_ARGUMENT for a NULL object ("registry") or argument ("path"). */
bool optreg_gate_object(const void *object, const char *kind, optreg_error **error);
bool optreg_gate_argument(const void *argument, const char *name, optreg_error **error);

/* Set an error of the public API. Always returns false. */
bool optreg_gate_refuse(optreg_error **error, optreg_error_code code,
                        const char *message);

#endif
