/* SPDX-License-Identifier: MIT */
/* Runs a comparison: a process for each run, several at a time. */
#ifndef OPTREG_HARNESS_RUNNER_H
#define OPTREG_HARNESS_RUNNER_H

#include "comparison.h"
#include "progress.h"

typedef struct RunnerOptions {
  /* what a run executes, NULL-terminated; the arguments of a run are appended */
  const char *const *command;
  uint32_t jobs; /* at a time, at least 1 */
} RunnerOptions;

/* Fill in every run of the comparison. A run that crashes loses only itself. False when
 * interrupted by SIGINT, SIGTERM or SIGHUP, after all children have ended. */
bool runner_run(Comparison *comparison, const RunnerOptions *options,
                Progress *progress);

#endif
