/* SPDX-License-Identifier: MIT */
/* Which processors the threads of a step may use. */
#ifndef OPTREG_CORE_PROCESSORS_H
#define OPTREG_CORE_PROCESSORS_H

#include <sched.h>
#include <stddef.h>

/* as many as Linux can be built for; a plain cpu_set_t has 1,024 */
#define OPTREG_MOST_PROCESSORS 8192

typedef struct OptregProcessors {
  cpu_set_t sets[OPTREG_MOST_PROCESSORS / CPU_SETSIZE];
} OptregProcessors;

/* Those of the process: all that it had when the library was loaded, that its threads
 * have now, and that an OpenMP runtime in it was given. What the calling thread is
 * bound to says nothing about the threads beside it (OpenMP binds each of its own to a
 * core with two processors or to a socket, OMP_PROC_BIND). A process that was started
 * on one processor, by taskset or a cpuset, has no more than that. Never empty. */
void optreg_processors_find(OptregProcessors *processors);

/* At least 1. */
size_t optreg_processors_count(const OptregProcessors *processors);

#endif
