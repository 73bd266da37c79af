/* SPDX-License-Identifier: MIT */
/* Who uses the machine: comparisons that train may do so at the same time, one that
 * measures time must be alone. Of one user, and only what goes through here. */
#ifndef OPTREG_HARNESS_MACHINE_LOCK_H
#define OPTREG_HARNESS_MACHINE_LOCK_H

#include <glib.h>
#include <stdbool.h>

typedef struct MachineLock MachineLock;

typedef enum MachineUse { MACHINE_TRAINS, MACHINE_MEASURES } MachineUse;

/* Waits as long as it must and says so on stderr; NULL when *is_interrupted (may be
 * NULL) becomes true meanwhile, by a source of the main context. It is given back when
 * the process ends, too. */
MachineLock *machine_lock_take(MachineUse use, const bool *is_interrupted);
void machine_lock_free(MachineLock *lock);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(MachineLock, machine_lock_free)

#endif
