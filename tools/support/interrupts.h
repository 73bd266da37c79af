/* SPDX-License-Identifier: MIT */
/* The signals that ask a program to end. */
#ifndef OPTREG_SUPPORT_INTERRUPTS_H
#define OPTREG_SUPPORT_INTERRUPTS_H

#include <glib.h>

enum { N_INTERRUPTS = 3 };

typedef struct Interrupts {
  guint sources[N_INTERRUPTS]; /* 0: left alone */
} Interrupts;

/* Call function(data) in the main loop, as often as SIGINT, SIGTERM or SIGHUP comes.
 * One that is ignored stays so: nohup and shells, for jobs in the background, set that.
 */
void interrupts_watch(Interrupts *interrupts, GSourceFunc function, void *data);
void interrupts_clear(Interrupts *interrupts);

#endif
