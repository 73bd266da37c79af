/* SPDX-License-Identifier: MIT */
/* How a run ended: by its log and by its process. */
#ifndef OPTREG_HARNESS_OUTCOME_H
#define OPTREG_HARNESS_OUTCOME_H

#include "comparison.h"
#include "messages.h"

#include <gio/gio.h>

/* Set the state of a run whose process has ended, and its last record from its log; of
 * a lost one also the reason: the signal, or the last line that it wrote to stderr. */
void outcome_judge(const Comparison *comparison, Run *run, GSubprocess *process,
                   const Messages *messages);

/* Why a process has failed: the signal, or the last line of its messages. Newly
 * allocated. */
char *outcome_describe_loss(GSubprocess *process, const Messages *messages);

#endif
