/* SPDX-License-Identifier: MIT */
/* What a process that runs a plugin may not take from the machine. */
#ifndef OPTREG_CHECK_CONFINEMENT_H
#define OPTREG_CHECK_CONFINEMENT_H

/* bytes beyond what the checker has */
enum { MEMORY_LIMIT = 256 << 20 };

/* Confine this process and its threads: `seconds` of processor time, MEMORY_LIMIT, no core
 * dump, small files, and no other process, where the kernel filters system calls. */
void confine(unsigned seconds);

#endif
