/* SPDX-License-Identifier: MIT */
/* How far a comparison is, for the eyes: one line that is redrawn on a terminal, a line
 * for each run elsewhere. */
#ifndef OPTREG_HARNESS_PROGRESS_H
#define OPTREG_HARNESS_PROGRESS_H

#include "comparison.h"

#include <stdio.h>

typedef struct Progress Progress;

/* The comparison and the stream must outlive it. The time starts now. */
Progress *progress_new(const Comparison *comparison, FILE *stream);
void progress_free(Progress *progress);

/* A record of `run` has arrived. */
void progress_update(Progress *progress, const Run *run);

/* `run` has ended. */
void progress_end_run(Progress *progress, const Run *run);

/* Take the live line away, so that something else can be printed. */
void progress_clear(Progress *progress);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(Progress, progress_free)

#endif
