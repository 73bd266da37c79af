/* SPDX-License-Identifier: MIT */
/* All checks on one plugin, and what they have found. */
#ifndef OPTREG_CHECK_EXAMINATION_H
#define OPTREG_CHECK_EXAMINATION_H

#include "sandbox.h"

typedef struct Result {
  const Check *check;
  Finding finding;
  Severity severity; /* the check's; an error when the process did not survive */
  const char *remedy;
  double seconds;
} Result;

typedef struct Examination {
  char *path, *name;
  Result *results; /* of every check, in order */
  size_t n_results;
  size_t n_errors, n_warnings, n_notes, n_passed, n_skipped, n_not_run;
  char *obstacle; /* what the checker lacks, so that no more could be run; or NULL */
  size_t n_gaps;  /* skipped because they cannot run here; among n_skipped */
} Examination;

Examination *examination_new(const Subject *subject);

/* One check that has been made otherwise, and what it has found. */
Examination *examination_of_one(const char *path, const Check *check,
                                const Finding *finding);
void examination_free(Examination *examination);

/* The report, to stdout. */
void examination_print(const Examination *examination, bool is_verbose);
void examination_print_json(const Examination *examination);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(Examination, examination_free)

#endif
