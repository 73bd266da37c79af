/* SPDX-License-Identifier: MIT */
/* Items of work, handed out one by one to whoever is free. */
#include "executor.h"

#include "running/fp_mode.h"
#include "running/pool.h"

#include <stdatomic.h>
#include <stdlib.h>

struct OptregExecutor {
  size_t n_threads;
  bool is_in_pool;
  int failure;
  optreg_parallel_for parallel_for; /* NULL with one thread of the pool's */
  void *context;
};

/* on the stack of the thread that runs it */
typedef struct Work {
  OptregItem run;
  void *argument;
  size_t n;
  atomic_size_t next;
} Work;

/* a step that an item calls, in a log function for instance, has this thread: the
 * others are its caller's */
static _Thread_local bool is_in_item;

static void
enter_pool(OptregExecutor *executor)
{
  executor->failure = optreg_pool_enter(executor->n_threads);
  executor->is_in_pool = true;
  if (executor->failure != 0) {
    executor->n_threads = MIN(executor->n_threads, optreg_pool_n_threads());
  }
  executor->parallel_for = optreg_pool_run;
}

OptregExecutor *
optreg_executor_new(const OptregThreads *threads, optreg_parallel_for parallel_for,
                    void *context)
{
  OptregExecutor *executor = calloc(1, sizeof *executor);

  if (executor == NULL) {
    return NULL;
  }
  executor->n_threads = parallel_for != NULL ? threads->asked : threads->n;
  executor->parallel_for = parallel_for;
  executor->context = context;
  if (parallel_for == NULL && executor->n_threads > 1) {
    enter_pool(executor);
  }
  return executor;
}

void
optreg_executor_free(OptregExecutor *executor)
{
  if (executor != NULL && executor->is_in_pool) {
    optreg_pool_leave();
  }
  free(executor);
}

size_t
optreg_executor_n_threads(const OptregExecutor *executor)
{
  return executor->n_threads;
}

int
optreg_executor_failure(const OptregExecutor *executor)
{
  return executor->failure;
}

void
optreg_executor_share(const OptregExecutor *executor, optreg_parallel_for *parallel_for,
                      void **context)
{
  *parallel_for = executor->parallel_for;
  *context = executor->context;
}

static void
drain(void *data, size_t worker)
{
  Work *work = data;
  const OptregFpMode caller = optreg_fp_mode_enter();
  const bool was_in_item = is_in_item;
  size_t item;

  is_in_item = true;
  while ((item = atomic_fetch_add(&work->next, 1)) < work->n) {
    work->run(work->argument, item, worker);
  }
  is_in_item = was_in_item;
  optreg_fp_mode_leave(&caller);
}

static void
run_here(size_t n, OptregItem run, void *argument)
{
  const OptregFpMode caller = optreg_fp_mode_enter();

  for (size_t item = 0; item < n; item++) {
    run(argument, item, 0);
  }
  optreg_fp_mode_leave(&caller);
}

void
optreg_executor_run(OptregExecutor *executor, size_t n, OptregItem run, void *argument)
{
  const size_t n_tasks = n < executor->n_threads ? n : executor->n_threads;

  if (n_tasks < 2 || is_in_item) {
    run_here(n, run, argument);
    return;
  }
  Work work = { .run = run, .argument = argument, .n = n };
  executor->parallel_for(executor->context, n_tasks, drain, &work);
}
