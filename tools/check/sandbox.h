/* SPDX-License-Identifier: MIT */
/* A check in a process of its own, with limits, so that no plugin can do harm. */
#ifndef OPTREG_CHECK_SANDBOX_H
#define OPTREG_CHECK_SANDBOX_H

#include "check.h"

typedef struct Subject {
  const char *path;   /* of the plugin */
  const char *golden; /* a recorded run, or NULL */
  const char *state;  /* a checkpoint of an older version, or NULL */
  unsigned seconds;   /* of processor time for each check */
} Subject;

/* Run one check on a copy of this process. It may take its seconds of processor time,
 * or stand still for five times that. What the plugin does to its process (crashes,
 * exits, loops, forks, fills memory) becomes a failed verdict; *has_died tells that it
 * was so, and that the next check would find the same.
 */
void sandbox_run(const Check *check, bool needs_plugin, const Subject *subject,
                 Finding *finding, bool *has_died);

/* The same here and now, without limits: for a debugger. */
void sandbox_run_here(const Check *check, bool needs_plugin, const Subject *subject,
                      Finding *finding);

#endif
