/* SPDX-License-Identifier: MIT */
/* Threads that wait for work and do it together with the caller. No GLib here. */
#ifndef OPTREG_CORE_POOL_H
#define OPTREG_CORE_POOL_H

#include <stddef.h>

typedef struct OptregPool OptregPool;

typedef void (*OptregTask)(void *argument, size_t index);

/* A pool that runs up to n_threads tasks at once, the caller's thread included. NULL
 * when memory is out; fewer threads than asked for are no error. */
OptregPool *optreg_pool_new(size_t n_threads);
void optreg_pool_free(OptregPool *pool);

/* Run task(argument, i) for i in 0..n-1 and wait for all; n at most n_threads.
 * Signature of optreg_parallel_for, with the pool as context. Called by one thread at a
 * time, not from a task. In the child after fork() the threads are started anew. [no
 * allocation, but for that] */
void optreg_pool_run(void *pool, size_t n, OptregTask task, void *argument);

/* Processors that this thread may run on, at least 1. */
size_t optreg_pool_n_processors(void);

#endif
