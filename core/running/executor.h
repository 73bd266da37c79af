/* SPDX-License-Identifier: MIT */
/* Run items of work on the pool's threads or the application's. */
#ifndef OPTREG_CORE_EXECUTOR_H
#define OPTREG_CORE_EXECUTOR_H

#include "running/threads.h"

#include <optreg/optreg.h>

typedef struct OptregExecutor OptregExecutor;

/* worker is below the number of threads and not in use by two items at once. */
typedef void (*OptregItem)(void *argument, size_t item, size_t worker);

/* parallel_for NULL: threads->n of the process's pool or as many as can be started;
 * otherwise the application's, threads->asked. Returns NULL when memory is out. */
OptregExecutor *optreg_executor_new(const OptregThreads *threads,
                                    optreg_parallel_for parallel_for, void *context);
void optreg_executor_free(OptregExecutor *executor);

size_t optreg_executor_n_threads(const OptregExecutor *executor);

/* The errno of a thread of the pool that could not be started; 0 when there is none. */
int optreg_executor_failure(const OptregExecutor *executor);

/* How another executor of as many threads can run on the same ones, at other times. */
void optreg_executor_share(const OptregExecutor *executor,
                           optreg_parallel_for *parallel_for, void **context);

/* run(argument, item, worker) for item in 0..n-1, in the floating-point mode of a step;
 * returns when all are done. From within an item, of whatever executor, everything runs
 * on that thread, as worker 0. [no allocation] */
void optreg_executor_run(OptregExecutor *executor, size_t n, OptregItem run,
                         void *argument);

#endif
