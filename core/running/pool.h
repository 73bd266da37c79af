/* SPDX-License-Identifier: MIT */
/* The threads of this process that wait for work: one pool for all optimizers. No GLib
 * here. */
#ifndef OPTREG_CORE_POOL_H
#define OPTREG_CORE_POOL_H

#include <stddef.h>

#define OPTREG_MOST_THREADS 1024u

typedef void (*OptregTask)(void *argument, size_t index);

/* Count one more user, who will run up to n_threads tasks at once, the caller's thread
 * included: the pool grows to n_threads - 1 workers, which may run on all processors of
 * the process. Returns the errno that kept the next one from starting, 0 when all are
 * there; the user counts either way, but
 * for ENOMEM in a child. [any thread] */
int optreg_pool_enter(size_t n_threads);

/* The last user that leaves ends the workers and waits for them. [any thread, but no
 * task] */
void optreg_pool_leave(void);

/* Threads that a run can have at most, the caller's included. [any thread] */
size_t optreg_pool_n_threads(void);

/* Run task(argument, i) for i in 0..n-1 and wait for all. Signature of
 * optreg_parallel_for; there is no context. Up to n - 1 workers that are idle help; a
 * busy one is not waited for, so that one thread may run them all. Called by a user who
 * has entered, who is not cancelled meanwhile, by several at once, also from a task. In
 * a child process the workers are started anew. [no allocation, but for that] */
void optreg_pool_run(void *context, size_t n, OptregTask task, void *argument);

#endif
