/* SPDX-License-Identifier: MIT */
/* A thread pool of the process: fork and join with whoever is idle, safe after fork().
 *
 * A worker has one cell, `offer`: NULL while it is idle, a job that it may begin, or
 * `busy`. A run offers its job to idle workers, takes part itself, takes back what
 * nobody has begun meanwhile, and waits for the rest. */
#include "pool.h"

#include "running/fork_mark.h"
#include "running/processors.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdlib.h>

/* a worker looks this often for the next job before it sleeps: sweeps of one step
 * follow each other within microseconds */
#define SPINS 2000

/* a worker's, whatever the limits of the process say: 64 KiB are the step's, the rest
 * is for kernels of plugins */
#define STACK_SIZE ((size_t)1 << 20)

/* on the stack of the thread that runs it */
typedef struct Job {
  OptregTask task;
  void *argument;
  size_t n;
  atomic_size_t next;    /* index of the next task */
  atomic_size_t helpers; /* workers that may still touch this */
} Job;

typedef struct Worker {
  _Alignas(64) _Atomic(Job *) offer;
  pthread_t thread;
  pthread_cond_t work;
} Worker;

/* `membership` before `mutex` */
typedef struct Pool {
  OptregForkMark mark;
  pthread_mutex_t membership; /* who comes and goes: n_users, n_tried */
  size_t n_users;
  atomic_size_t n_tried; /* as many workers were asked for, if not started */
  pthread_mutex_t mutex; /* n_workers and all sleep */
  pthread_cond_t done;
  size_t n_workers;
  bool is_stopping;
  Worker workers[OPTREG_MOST_THREADS - 1];
} Pool;

static Job busy;

/* in a child it is another one: threads of the parent, which the child does not have,
 * may have held the locks of this */
static Pool first = { .membership = PTHREAD_MUTEX_INITIALIZER,
                      .mutex = PTHREAD_MUTEX_INITIALIZER,
                      .done = PTHREAD_COND_INITIALIZER };
static _Atomic(Pool *) current = &first;

__attribute__((constructor)) static void
mark_first(void)
{
  optreg_fork_mark_set(&first.mark);
}

/* it has the users of the parent's, and no workers. NULL when memory is out */
static Pool *
successor_new(const Pool *parents)
{
  Pool *pool = aligned_alloc(_Alignof(Pool), sizeof *pool);

  if (pool == NULL) {
    return NULL;
  }
  pthread_mutex_init(&pool->membership, NULL);
  pthread_mutex_init(&pool->mutex, NULL);
  pthread_cond_init(&pool->done, NULL);
  pool->n_users = parents->n_users;
  atomic_init(&pool->n_tried, 0);
  pool->n_workers = 0;
  pool->is_stopping = false;
  pool->mark = (OptregForkMark){ NULL, 0 };
  optreg_fork_mark_set(&pool->mark);
  return pool;
}

/* The parent's stays where it is: another thread of the child may be looking at it.
 * NULL when memory is out. */
static Pool *
find_pool(void)
{
  Pool *pool = atomic_load(&current);

  if (!optreg_fork_mark_is_inherited(&pool->mark)) {
    return pool;
  }
  Pool *successor = successor_new(pool);
  if (successor == NULL || atomic_compare_exchange_strong(&current, &pool, successor)) {
    return successor;
  }
  optreg_fork_mark_clear(&successor->mark);
  free(successor);
  return pool;
}

static void
pause_briefly(void)
{
#if defined(__x86_64__) || defined(__i386__)
  __builtin_ia32_pause();
#endif
}

static void
do_tasks(Job *job)
{
  size_t index;

  while ((index = atomic_fetch_add(&job->next, 1)) < job->n) {
    job->task(job->argument, index);
  }
}

/* ---- a worker ---- */

/* false: the worker is to end */
static bool
sleep_until_offer(Pool *pool, Worker *worker)
{
  pthread_mutex_lock(&pool->mutex);
  while (atomic_load(&worker->offer) == NULL && !pool->is_stopping) {
    pthread_cond_wait(&worker->work, &pool->mutex);
  }
  const bool is_wanted = !pool->is_stopping;
  pthread_mutex_unlock(&pool->mutex);
  return is_wanted;
}

static bool
wait_for_offer(Pool *pool, Worker *worker)
{
  for (unsigned i = 0; i < SPINS && atomic_load(&worker->offer) == NULL; i++) {
    pause_briefly();
  }
  return atomic_load(&worker->offer) != NULL || sleep_until_offer(pool, worker);
}

/* idle first, so that the next run of the same step finds it; the job ends with the
 * last helper and is not touched again */
static void
finish(Pool *pool, Worker *worker, Job *job)
{
  atomic_store(&worker->offer, NULL);
  if (atomic_fetch_sub(&job->helpers, 1) == 1) {
    pthread_mutex_lock(&pool->mutex);
    pthread_cond_broadcast(&pool->done);
    pthread_mutex_unlock(&pool->mutex);
  }
}

/* the pool that starts a thread is the current one for as long as the thread lives */
static void *
work(void *data)
{
  Worker *worker = data;
  Pool *pool = atomic_load(&current);

  while (wait_for_offer(pool, worker)) {
    Job *job = atomic_load(&worker->offer);
    if (job != NULL && atomic_compare_exchange_strong(&worker->offer, &job, &busy)) {
      do_tasks(job);
      finish(pool, worker, job);
    }
  }
  return NULL;
}

/* ---- who comes and goes ---- */

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
start_worker(Pool *pool, const pthread_attr_t *attributes,
             const OptregProcessors *processors)
{
  Worker *worker = &pool->workers[pool->n_workers];

  atomic_init(&worker->offer, NULL);
  pthread_cond_init(&worker->work, NULL);
  const int failure = pthread_create(&worker->thread, attributes, work, worker);
  if (failure != 0) {
    pthread_cond_destroy(&worker->work);
    return failure;
  }
  pthread_setaffinity_np(worker->thread, sizeof *processors, processors->sets);
  pthread_mutex_lock(&pool->mutex);
  pool->n_workers++;
  pthread_mutex_unlock(&pool->mutex);
  return 0;
}

/* workers take no signals: the application's handlers run on its own threads */
static int
start_workers(Pool *pool, size_t n_workers)
{
  OptregProcessors processors;
  pthread_attr_t attributes;
  sigset_t most, caller;
  int failure = 0;

  optreg_processors_find(&processors);
  pthread_attr_init(&attributes);
  pthread_attr_setstacksize(&attributes, STACK_SIZE);
  fill_but_faults(&most);
  pthread_sigmask(SIG_SETMASK, &most, &caller);
  while (pool->n_workers < n_workers && failure == 0) {
    failure = start_worker(pool, &attributes, &processors);
  }
  pthread_sigmask(SIG_SETMASK, &caller, NULL);
  pthread_attr_destroy(&attributes);
  return failure;
}

/* membership is held */
static int
grow(Pool *pool, size_t n_workers)
{
  const int failure = pool->n_workers < n_workers ? start_workers(pool, n_workers) : 0;

  if (n_workers > atomic_load(&pool->n_tried)) {
    atomic_store(&pool->n_tried, n_workers);
  }
  return failure;
}

static void
tell_to_stop(Pool *pool, bool is_stopping)
{
  pthread_mutex_lock(&pool->mutex);
  pool->is_stopping = is_stopping;
  for (size_t i = 0; i < pool->n_workers; i++) {
    pthread_cond_signal(&pool->workers[i].work);
  }
  pthread_mutex_unlock(&pool->mutex);
}

static void
end_workers(Pool *pool)
{
  const size_t n = pool->n_workers;

  tell_to_stop(pool, true);
  for (size_t i = 0; i < n; i++) {
    pthread_join(pool->workers[i].thread, NULL);
    pthread_cond_destroy(&pool->workers[i].work);
  }
  pthread_mutex_lock(&pool->mutex);
  pool->n_workers = 0;
  pool->is_stopping = false;
  pthread_mutex_unlock(&pool->mutex);
  atomic_store(&pool->n_tried, 0);
}

int
optreg_pool_enter(size_t n_threads)
{
  Pool *pool = find_pool();

  if (pool == NULL) {
    return ENOMEM;
  }
  pthread_mutex_lock(&pool->membership);
  pool->n_users++;
  const int failure = grow(pool, n_threads > 0 ? n_threads - 1 : 0);
  pthread_mutex_unlock(&pool->membership);
  return failure;
}

void
optreg_pool_leave(void)
{
  Pool *pool = find_pool();

  if (pool == NULL) {
    return;
  }
  pthread_mutex_lock(&pool->membership);
  if (pool->n_users > 0 && --pool->n_users == 0) {
    end_workers(pool);
  }
  pthread_mutex_unlock(&pool->membership);
}

size_t
optreg_pool_n_threads(void)
{
  Pool *pool = find_pool();

  if (pool == NULL) {
    return 1;
  }
  pthread_mutex_lock(&pool->mutex);
  const size_t n = pool->n_workers + 1;
  pthread_mutex_unlock(&pool->mutex);
  return n;
}

/* ---- a run ---- */

/* whoever entered has tried already; in a child nobody has */
static void
start_anew(Pool *pool, size_t n_workers)
{
  pthread_mutex_lock(&pool->membership);
  if (atomic_load(&pool->n_tried) < n_workers) {
    grow(pool, n_workers);
  }
  pthread_mutex_unlock(&pool->membership);
}

/* the count is that of the offers made before a worker can take one. Returns how many
 * workers were looked at */
static size_t
offer(Pool *pool, Job *job, size_t n_helpers)
{
  size_t n_offered = 0, i = 0;

  pthread_mutex_lock(&pool->mutex);
  for (; i < pool->n_workers && n_offered < n_helpers; i++) {
    Worker *worker = &pool->workers[i];
    Job *idle = NULL;
    atomic_fetch_add(&job->helpers, 1);
    if (atomic_compare_exchange_strong(&worker->offer, &idle, job)) {
      pthread_cond_signal(&worker->work);
      n_offered++;
    } else {
      atomic_fetch_sub(&job->helpers, 1);
    }
  }
  pthread_mutex_unlock(&pool->mutex);
  return i;
}

/* a worker that has not woken up yet need not any more */
static void
take_back(Pool *pool, Job *job, size_t n_workers)
{
  for (size_t i = 0; i < n_workers && atomic_load(&job->helpers) != 0; i++) {
    Job *offered = job;
    if (atomic_compare_exchange_strong(&pool->workers[i].offer, &offered, NULL)) {
      atomic_fetch_sub(&job->helpers, 1);
    }
  }
}

static void
wait_until_done(Pool *pool, Job *job)
{
  for (unsigned i = 0; i < SPINS && atomic_load(&job->helpers) != 0; i++) {
    pause_briefly();
  }
  if (atomic_load(&job->helpers) == 0) {
    return;
  }
  pthread_mutex_lock(&pool->mutex);
  while (atomic_load(&job->helpers) != 0) {
    pthread_cond_wait(&pool->done, &pool->mutex);
  }
  pthread_mutex_unlock(&pool->mutex);
}

void
optreg_pool_run(void *context, size_t n, OptregTask task, void *argument)
{
  Job job = { .task = task, .argument = argument, .n = n };
  Pool *pool = n > 1 ? find_pool() : NULL;

  (void)context;
  if (pool == NULL) {
    do_tasks(&job);
    return;
  }
  if (atomic_load(&pool->n_tried) < n - 1) {
    start_anew(pool, n - 1);
  }
  const size_t n_asked = offer(pool, &job, n - 1);
  do_tasks(&job);
  take_back(pool, &job, n_asked);
  wait_until_done(pool, &job);
}
