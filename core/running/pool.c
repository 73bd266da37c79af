/* SPDX-License-Identifier: MIT */
/* A small thread pool: fork and join, safe after fork(). */
#include "pool.h"

#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <unistd.h>

/* a worker looks this often for the next task before it sleeps: sweeps of one step
 * follow each other within microseconds */
#define SPINS 2000

struct OptregPool {
  size_t n_workers, n_started;
  pthread_t *threads;
  pthread_mutex_t mutex;
  pthread_cond_t work, done;
  pid_t process;
  bool is_stopping;
  atomic_uint round;     /* changes when there is work */
  atomic_size_t next;    /* index of the next task */
  atomic_size_t running; /* workers that have not finished this round */
  size_t n;
  OptregTask task;
  void *argument;
};

size_t
optreg_pool_n_processors(void)
{
  cpu_set_t mask;

  if (sched_getaffinity(0, sizeof mask, &mask) != 0) {
    return 1;
  }
  return (size_t)CPU_COUNT(&mask);
}

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
  pool->process = getpid();
  pool->n_started = 0;
  fill_but_faults(&most);
  pthread_sigmask(SIG_SETMASK, &most, &caller);
  while (pool->n_started < pool->n_workers
         && pthread_create(&pool->threads[pool->n_started], NULL, work, pool) == 0) {
    pool->n_started++;
  }
  pthread_sigmask(SIG_SETMASK, &caller, NULL);
}

OptregPool *
optreg_pool_new(size_t n_threads)
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
  start_workers(pool);
  return pool;
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

  if (pool->process != getpid()) {
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
  if (pool->process == getpid()) {
    pool->is_stopping = true;
    announce(pool);
    for (size_t i = 0; i < pool->n_started; i++) {
      pthread_join(pool->threads[i], NULL);
    }
    pthread_cond_destroy(&pool->work);
    pthread_cond_destroy(&pool->done);
    pthread_mutex_destroy(&pool->mutex);
  }
  free(pool->threads);
  free(pool);
}
