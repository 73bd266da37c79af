/* SPDX-License-Identifier: MIT */
/* Runs a comparison: a process for each run, several at a time. */
#ifndef OPTREG_HARNESS_RUNNER_H
#define OPTREG_HARNESS_RUNNER_H

#include "comparison.h"
#include "progress.h"

#include <gio/gio.h>

typedef struct RunnerOptions {
  /* what a run executes, NULL-terminated; the arguments of a run are appended */
  const char *const *command;
  uint32_t jobs;            /* at a time, at least 1 */
  const char *checkpoint_s; /* seconds between checkpoints of a run */
} RunnerOptions;

/* Fill in the runs that are waiting; what they left in the folder before is gone on
 * with. A run that crashes loses only itself. False when interrupted by SIGINT, SIGTERM
 * or SIGHUP, after all children have ended. */
bool runner_run(Comparison *comparison, GPtrArray *runs, const RunnerOptions *options,
                Progress *progress);

/* One thread for OpenBLAS and for steps: parallelism across runs costs no bits. */
void runner_set_threads(GSubprocessLauncher *launcher);

/* The arguments that tell a child about problem and budget of a run, appended. */
void runner_add_task(GPtrArray *arguments, const Comparison *comparison, size_t task);

/* And about a candidate that shadows it, whose configuration is in a file. */
void runner_add_shadow(GPtrArray *arguments, const Comparison *comparison, size_t arm,
                       const char *config);

#endif
