/* SPDX-License-Identifier: MIT */
/* Threads that wait for work and do it together with the caller. No GLib here. */
#ifndef OPTREG_CORE_POOL_H
#define OPTREG_CORE_POOL_H

#include "running/processors.h"

#include <stddef.h>

typedef struct OptregPool OptregPool;

typedef void (*OptregTask)(void *argument, size_t index);

/* A pool that runs up to n_threads tasks at once, the caller's thread included, on
 * `processors`, or NULL: where the caller runs. NULL when memory is out; fewer threads
 * than asked for are no error. */
OptregPool *optreg_pool_new(size_t n_threads, const OptregProcessors *processors);
void optreg_pool_free(OptregPool *pool);

/* Threads that there are, the caller's included; and the errno that kept the next one
 * from starting, 0 when all have started. */
size_t optreg_pool_n_threads(const OptregPool *pool);
int optreg_pool_failure(const OptregPool *pool);

/* Run task(argument, i) for i in 0..n-1 and wait for all. Signature of
 * optreg_parallel_for, with the pool as context. Called by one thread at a time, which
 * is not cancelled meanwhile; not from a task. In a child process the threads are
 * started anew. [no allocation, but for that] */
void optreg_pool_run(void *pool, size_t n, OptregTask task, void *argument);

#endif
