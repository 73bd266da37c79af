/* SPDX-License-Identifier: MIT */
/* The log of one run, and the checkpoint from which it goes on after a kill: what is
 * behind the checkpoint in the log is cut off and written again, with the same bytes.
 */
#ifndef OPTREG_CLI_RUN_LOG_H
#define OPTREG_CLI_RUN_LOG_H

#include "harness/trainer.h"

typedef struct RunLog RunLog;

typedef struct RunLogPlace {
  const char *record, *state; /* files */
  const char *key;            /* of the run */
  double checkpoint_s;        /* seconds between checkpoints; 0: after every step */
} RunLogPlace;

/* Open the log, and bring a new trainer to where the run stood. Without a checkpoint
 * that can be used both begin anew. The strings must outlive the log. */
RunLog *run_log_open(const RunLogPlace *place, Trainer *trainer, GError **error);
void run_log_close(RunLog *log);

/* Append a line; also to stdout, for whoever shows the progress. */
bool run_log_write(RunLog *log, const char *line, GError **error);

/* Save the state when it is time to. An optimizer that cannot be saved is left alone:
 * its run will begin anew. */
bool run_log_checkpoint(RunLog *log, const Trainer *trainer, GError **error);

/* The run is complete: its checkpoint goes. */
void run_log_finish(RunLog *log);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(RunLog, run_log_close)

#endif
