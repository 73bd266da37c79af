/* SPDX-License-Identifier: MIT */
/* Items of work, handed out one by one to whoever is free. */
#include "executor.h"

#include "running/fp_mode.h"
#include "running/pool.h"

#include <stdatomic.h>
#include <stdlib.h>

struct OptregExecutor {
  size_t n_threads;
  OptregPool *pool; /* NULL with one thread or the application's */
  optreg_parallel_for parallel_for;
  void *context;
  bool is_running;
  /* the work at hand */
  OptregItem run;
  void *argument;
  size_t n;
  atomic_size_t next;
};

static bool
start_pool(OptregExecutor *executor, const OptregThreads *threads)
{
  executor->pool = optreg_pool_new(threads->n, &threads->processors);
  if (executor->pool == NULL) {
    return false;
  }
  executor->n_threads = optreg_pool_n_threads(executor->pool);
  executor->parallel_for = optreg_pool_run;
  executor->context = executor->pool;
  return true;
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
  if (parallel_for == NULL && executor->n_threads > 1
      && !start_pool(executor, threads)) {
    free(executor);
    return NULL;
  }
  return executor;
}

void
optreg_executor_free(OptregExecutor *executor)
{
  if (executor != NULL) {
    optreg_pool_free(executor->pool);
    free(executor);
  }
}

size_t
optreg_executor_n_threads(const OptregExecutor *executor)
{
  return executor->n_threads;
}

int
optreg_executor_failure(const OptregExecutor *executor)
{
  return executor->pool != NULL ? optreg_pool_failure(executor->pool) : 0;
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
  OptregExecutor *executor = data;
  const OptregFpMode caller = optreg_fp_mode_enter();
  size_t item;

  while ((item = atomic_fetch_add(&executor->next, 1)) < executor->n) {
    executor->run(executor->argument, item, worker);
  }
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

  if (n_tasks < 2 || executor->is_running) {
    run_here(n, run, argument);
    return;
  }
  executor->run = run;
  executor->argument = argument;
  executor->n = n;
  atomic_store(&executor->next, 0);
  executor->is_running = true;
  executor->parallel_for(executor->context, n_tasks, drain, executor);
  executor->is_running = false;
}
