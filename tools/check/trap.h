/* SPDX-License-Identifier: MIT */
/* System calls of one thread become a finding. */
#ifndef OPTREG_CHECK_TRAP_H
#define OPTREG_CHECK_TRAP_H

#include "finding.h"

#include <stdbool.h>

/* From now on this thread can ask the system for memory, and wait for other threads of
 * the process; any other call fails with EPERM and becomes the finding. There is no way
 * back. False: this system filters no calls, and nothing has changed. */
bool trap_calls(Finding *finding);

/* The plugin's part is over: calls go on failing, but nobody hears of it. */
void trap_forget(void);

#endif
