/* SPDX-License-Identifier: MIT */
/* One case of each kind, run with optreg and compared. */
#ifndef OPTREG_TESTS_REPLAY_H
#define OPTREG_TESTS_REPLAY_H

#include "cases.h"
#include "outcome.h"

#include <optreg/optreg.h>

/* Run one case of its kind; the registry holds the optimizers. */
void replay_training(Outcome *outcome, JsonObject *recorded, optreg_registry *registry);
void replay_function(Outcome *outcome, JsonObject *recorded, optreg_registry *registry);
void replay_schedule(Outcome *outcome, JsonObject *recorded, optreg_registry *registry);
void replay_errors(Outcome *outcome, JsonObject *recorded, optreg_registry *registry);
void replay_defaults(Outcome *outcome, JsonObject *recorded, optreg_registry *registry);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(optreg_registry, optreg_registry_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC(optreg_optimizer, optreg_optimizer_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC(optreg_error, optreg_error_free)

#endif
