/* SPDX-License-Identifier: MIT */
/* A comparison from its first run to its last word. */
#ifndef OPTREG_CLI_SESSION_H
#define OPTREG_CLI_SESSION_H

#include "harness/analysis.h"
#include "harness/manifest.h"
#include "support/screen.h"
#include "support/status.h"

typedef struct Session {
  Comparison *comparison; /* its folder is open, its sites are described */
  Manifest *manifest;
  const ProblemSet *set; /* what is written for reports must be found in */
  char *const *command;  /* what a run executes */
  uint32_t jobs;         /* at a time */
  double checkpoint_s;   /* seconds between checkpoints of a run */
  bool calibrates;
  bool writes_boards;   /* TensorBoard's files, too */
  size_t n_cost_blocks; /* to measure what steps cost with; 0: it is not measured */
} Session;

/* Look at the complete runs and write all files of results; NULL on failure. */
Analysis *session_analyse(const Session *session, GError **error);

/* Check what the experiment expects, and say on stderr what is missed or lost: the exit
 * status of every verb that shows results. A line for each claim goes to the stream,
 * which may be NULL. */
Status session_judge(const Comparison *comparison, const Screen *screen, FILE *stream);

/* Train what is not in the folder yet, write the results, print them. */
Status session_run(const Session *session, GError **error);

#endif
