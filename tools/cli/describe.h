/* SPDX-License-Identifier: MIT */
/* What every arm is on every problem, told by child processes that open both: plugins
 * may crash, and then only their runs are lost. */
#ifndef OPTREG_CLI_DESCRIBE_H
#define OPTREG_CLI_DESCRIBE_H

#include "harness/comparison.h"
#include "support/status.h"

typedef enum Probe {
  PROBE_NOTHING,
  PROBE_STEPS,  /* time 20 steps of each */
  PROBE_RECORDS /* and a record */
} Probe;

/* Fill in all sites. Prints what is wrong with a configuration, at the place in the
 * file that it comes from, and returns its status. `command` is what a run executes. */
Status describe_sites(Comparison *comparison, char *const *command, Probe probe,
                      GError **error);

#endif
