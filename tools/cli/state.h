/* SPDX-License-Identifier: MIT */
/* What the parts of `optreg state` share. */
#ifndef OPTREG_CLI_STATE_H
#define OPTREG_CLI_STATE_H

#include "support/status.h"

/* The verbs behind `optreg state`; argv[0] is the verb. */
Status state_show_run(int argc, char **argv, GError **error);
Status state_diff_run(int argc, char **argv, GError **error);
Status state_verify_run(int argc, char **argv, GError **error);

/* NULL with a status in `error`. */
optreg_checkpoint *state_open(const char *path, GError **error);

/* Whether tables of all that is in a checkpoint, and in another unless it is NULL, can
 * be made: GLib aborts where it finds no memory for a cell. */
bool state_check_memory(const optreg_checkpoint *checkpoint,
                        const optreg_checkpoint *other, GError **error);

/* NULL: there is none. */
const char *state_metadata(const optreg_checkpoint *checkpoint, const char *key);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(optreg_checkpoint, optreg_checkpoint_free)

#endif
