/* SPDX-License-Identifier: MIT */
/* How far some runs are, for the eyes: on a terminal a line for each worker and one for
 * everything, redrawn; elsewhere a line for each run that has ended. */
#ifndef OPTREG_HARNESS_PROGRESS_H
#define OPTREG_HARNESS_PROGRESS_H

#include "comparison.h"

#include <stdio.h>

typedef struct Progress Progress;

/* All must outlive it. `what` names the phase: "tuning"; NULL when there is one only.
 * The time starts now. */
Progress *progress_new(const Comparison *comparison, const GPtrArray *runs,
                       const char *what, FILE *stream);
void progress_free(Progress *progress);

/* A run begins; a record of it has arrived; it has ended. */
void progress_begin_run(Progress *progress, const Run *run);
void progress_update(Progress *progress, const Run *run);
void progress_end_run(Progress *progress, const Run *run);

/* Take the live lines away, so that something else can be printed. */
void progress_clear(Progress *progress);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(Progress, progress_free)

#endif
