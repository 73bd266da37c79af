/* SPDX-License-Identifier: MIT */
/* What every arm is on every problem, told by child processes that open both: plugins
 * may crash, and then only their runs are lost. */
#ifndef OPTREG_CLI_DESCRIBE_H
#define OPTREG_CLI_DESCRIBE_H

#include "harness/comparison.h"
#include "support/status.h"

/* Fill in all sites; with times of a short probe when `probes`. Prints what is wrong
 * with a configuration, at the place in the file that it comes from, and returns its
 * status. `command` is what a run executes. */
Status describe_sites(Comparison *comparison, char *const *command, bool probes,
                      GError **error);

#endif
