/* SPDX-License-Identifier: MIT */
/* A comparison from the folder of its results, without the files that it was made of:
 * neither configurations nor plugins nor data have to be there any more.
 */
#ifndef OPTREG_HARNESS_ARCHIVE_H
#define OPTREG_HARNESS_ARCHIVE_H

#include "comparison.h"

/* DIR/experiment.yaml, which with configs/ and manifest.json says what was compared. */
bool archive_write(const Comparison *comparison, GError **error);

/* Whether what was written is read as an experiment again, so that no training is lost
 * to a name that only the writer takes. */
bool archive_check(const Comparison *comparison, const ProblemSet *set, GError **error);

/* With its sites, its runs planned, and what they have come to. The folder is locked.
 * Errors: STATUS_USAGE, no folder of results; STATUS_INCOMPLETE, some runs are missing.
 */
Comparison *archive_open(const char *directory, const ProblemSet *set, GError **error);

#endif
