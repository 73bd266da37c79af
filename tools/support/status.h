/* SPDX-License-Identifier: MIT */
/* Exit status, the same for every verb, and errors that carry one. */
#ifndef OPTREG_TOOLS_STATUS_H
#define OPTREG_TOOLS_STATUS_H

#include <glib.h>
#include <optreg/optreg.h>

typedef enum Status {
  STATUS_DONE = 0,
  STATUS_FAILED = 1,
  STATUS_USAGE = 2,      /* usage or invalid configuration */
  STATUS_GATE = 3,       /* a --fail-if gate failed */
  STATUS_EXPECT = 4,     /* an expect: row was missed */
  STATUS_INCOMPLETE = 5, /* some runs are lost, the others are complete */
  STATUS_INTERRUPTED = 130
} Status;

/* The domain of errors whose code is a Status. */
#define STATUS_ERROR (status_error_quark())
GQuark status_error_quark(void);

/* The status to exit with after `error`: options that cannot be parsed are usage. */
Status status_of_error(const GError *error);

/* Turn an error of the library, which is freed, into one that carries its status.
 * Always returns false. */
bool status_take(optreg_error *failure, GError **error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(optreg_registry, optreg_registry_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC(optreg_optimizer, optreg_optimizer_free)

#endif
