/* SPDX-License-Identifier: MIT */
/* What belongs to the process and not to a plugin: the same before and after its calls.
 */
#ifndef OPTREG_CHECK_PROCESS_H
#define OPTREG_CHECK_PROCESS_H

#include "finding.h"

#include <signal.h>
#include <stdint.h>
#include <sys/types.h>

typedef struct Process {
  uint64_t floating_point; /* of this thread */
  void (*handlers[32])(int);
  sigset_t blocked;
  mode_t mask;
  unsigned n_files, n_threads;
  char *locale, *folder, *environment;
} Process;

void process_look(Process *process);
void process_clear(Process *process);

/* What differs becomes the finding: "changes the locale" and when. */
void process_compare(const Process *before, const Process *after, const char *when,
                     Finding *finding);

#endif
