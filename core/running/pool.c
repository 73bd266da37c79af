/* SPDX-License-Identifier: MIT */
/* A small thread pool: fork and join, safe after fork(). */
#include "pool.h"

#include "running/fork_mark.h"

#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdlib.h>

/* a worker looks this often for the next task before it sleeps: sweeps of one step
 * follow each other within microseconds */
#define SPINS 2000

/* a worker's, whatever the limits of the process say: 64 KiB are the step's, the rest
 * is for kernels of plugins */
#define STACK_SIZE ((size_t)1 << 20)

struct OptregPool {
  size_t n_workers, n_started;
  int failure; /* why the others did not start */
  bool is_placed;
  OptregProcessors processors;
  pthread_t *threads;
  pthread_mutex_t mutex;
  pthread_cond_t work, done;
  OptregForkMark mark;
  bool is_stopping;
  atomic_uint round;     /* changes when there is work */
  atomic_size_t next;    /* index of the next task */
  atomic_size_t running; /* workers that have not finished this round */
  size_t n;
  OptregTask task;
  void *argument;
};

static void
pause_briefly(void)
{
#if defined(__x86_64__) || defined(__i386__)
  __builtin_ia32_pause();
#endif
}

static void
do_tasks(OptregPool *pool)
{
  size_t index;

  while ((index = atomic_fetch_add(&pool->next, 1)) < pool->n) {
    pool->task(pool->argument, index);
  }
}

static unsigned
wait_for_round(OptregPool *pool, unsigned seen)
{
  for (unsigned i = 0; i < SPINS && atomic_load(&pool->round) == seen; i++) {
    pause_briefly();
  }
  if (atomic_load(&pool->round) == seen) {
    pthread_mutex_lock(&pool->mutex);
    while (atomic_load(&pool->round) == seen) {
      pthread_cond_wait(&pool->work, &pool->mutex);
    }
    pthread_mutex_unlock(&pool->mutex);
  }
  return atomic_load(&pool->round);
}

static void *
work(void *data)
{
  OptregPool *pool = data;
  unsigned round = 0;

  for (;;) {
    round = wait_for_round(pool, round);
    if (pool->is_stopping) {
      return NULL;
    }
    do_tasks(pool);
    if (atomic_fetch_sub(&pool->running, 1) == 1) {
      pthread_mutex_lock(&pool->mutex);
      pthread_cond_signal(&pool->done);
      pthread_mutex_unlock(&pool->mutex);
    }
  }
}

/* what a thread brings on itself cannot wait for another: a handler, if there is one,
 * must see it */
static void
fill_but_faults(sigset_t *set)
{
  static const int faults[] = { SIGBUS, SIGFPE, SIGILL, SIGSEGV, SIGSYS, SIGTRAP };

  sigfillset(set);
  for (size_t i = 0; i < sizeof faults / sizeof faults[0]; i++) {
    sigdelset(set, faults[i]);
  }
}

/* a thread begins where its maker runs, which may be a single processor. Where the new
 * place is refused it stays there. */
static int
start_worker(OptregPool *pool, const pthread_attr_t *attributes, pthread_t *thread)
{
  const int failure = pthread_create(thread, attributes, work, pool);

  if (failure == 0 && pool->is_placed) {
    pthread_setaffinity_np(*thread, sizeof pool->processors, pool->processors.sets);
  }
  return failure;
}

static void
create_threads(OptregPool *pool)
{
  pthread_attr_t attributes;

  pool->n_started = 0;
  pool->failure = 0;
  pthread_attr_init(&attributes);
  pthread_attr_setstacksize(&attributes, STACK_SIZE);
  while (pool->n_started < pool->n_workers && pool->failure == 0) {
    pool->failure = start_worker(pool, &attributes, &pool->threads[pool->n_started]);
    pool->n_started += pool->failure == 0;
  }
  pthread_attr_destroy(&attributes);
}

/* workers take no signals: the application's handlers run on its own threads */
static void
start_workers(OptregPool *pool)
{
  sigset_t most, caller;

  pthread_mutex_init(&pool->mutex, NULL);
  pthread_cond_init(&pool->work, NULL);
  pthread_cond_init(&pool->done, NULL);
  atomic_store(&pool->round, 0);
  atomic_store(&pool->running, 0);
  optreg_fork_mark_set(&pool->mark);
  fill_but_faults(&most);
  pthread_sigmask(SIG_SETMASK, &most, &caller);
  create_threads(pool);
  pthread_sigmask(SIG_SETMASK, &caller, NULL);
}

OptregPool *
optreg_pool_new(size_t n_threads, const OptregProcessors *processors)
{
  OptregPool *pool = calloc(1, sizeof *pool);

  if (pool == NULL) {
    return NULL;
  }
  pool->n_workers = n_threads > 0 ? n_threads - 1 : 0;
  pool->threads = calloc(pool->n_workers + 1, sizeof *pool->threads);
  if (pool->threads == NULL) {
    free(pool);
    return NULL;
  }
  if (processors != NULL) {
    pool->is_placed = true;
    pool->processors = *processors;
  }
  start_workers(pool);
  return pool;
}

size_t
optreg_pool_n_threads(const OptregPool *pool)
{
  return pool->n_started + 1;
}

int
optreg_pool_failure(const OptregPool *pool)
{
  return pool->failure;
}

static void
announce(OptregPool *pool)
{
  pthread_mutex_lock(&pool->mutex);
  atomic_fetch_add(&pool->round, 1);
  pthread_cond_broadcast(&pool->work);
  pthread_mutex_unlock(&pool->mutex);
}

static void
wait_until_done(OptregPool *pool)
{
  for (unsigned i = 0; i < SPINS && atomic_load(&pool->running) != 0; i++) {
    pause_briefly();
  }
  pthread_mutex_lock(&pool->mutex);
  while (atomic_load(&pool->running) != 0) {
    pthread_cond_wait(&pool->done, &pool->mutex);
  }
  pthread_mutex_unlock(&pool->mutex);
}

void
optreg_pool_run(void *data, size_t n, OptregTask task, void *argument)
{
  OptregPool *pool = data;

  if (optreg_fork_mark_is_inherited(&pool->mark)) {
    start_workers(pool); /* fork() copied the pool but not its threads */
  }
  pool->n = n;
  pool->task = task;
  pool->argument = argument;
  atomic_store(&pool->next, 0);
  atomic_store(&pool->running, pool->n_started);
  announce(pool);
  do_tasks(pool);
  wait_until_done(pool);
}

/* after fork() there are no threads to end, and their condition variables may not be
 * touched */
void
optreg_pool_free(OptregPool *pool)
{
  if (pool == NULL) {
    return;
  }
  if (!optreg_fork_mark_is_inherited(&pool->mark)) {
    pool->is_stopping = true;
    announce(pool);
    for (size_t i = 0; i < pool->n_started; i++) {
      pthread_join(pool->threads[i], NULL);
    }
    pthread_cond_destroy(&pool->work);
    pthread_cond_destroy(&pool->done);
    pthread_mutex_destroy(&pool->mutex);
  }
  optreg_fork_mark_clear(&pool->mark);
  free(pool->threads);
  free(pool);
}
