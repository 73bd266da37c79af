/* SPDX-License-Identifier: MIT */
/* What a process that runs a plugin may not take from the machine. */
#ifndef OPTREG_CHECK_CONFINEMENT_H
#define OPTREG_CHECK_CONFINEMENT_H

#include "filter.h"

/* bytes beyond what the checker has */
enum { MEMORY_LIMIT = 256 << 20 };

/* Confine this process, which has no threads yet, and those that it will have: no
 * privileges, `seconds` of processor time, MEMORY_LIMIT, no core dump, small files;
 * where the kernel filters system calls, nothing that reaches beyond the process, and
 * *refused gets the first that tried. It ends with its parent. */
void confine(unsigned seconds, Refused *refused);

/* NULL, or which limit of this process (ulimit) leaves no room for that, so that a
 * plugin would be blamed for what it does not get. The caller frees it. */
char *confinement_obstacle(unsigned seconds);

#endif
