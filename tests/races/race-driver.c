/* SPDX-License-Identifier: MIT */
/* Steps of one plugin, its spans on the threads of the core's pool, for
 * ThreadSanitizer, with which all of this is compiled: it ends the process with a
 * status of its own when two spans touch the same memory, or when the pool hands
 * something over too early. */
#include "running/pool.h"

#include <optreg/plugin.h>
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

enum {
  N_THREADS = 4,
  N_EACH = 500,
  N = N_THREADS * N_EACH,
  N_STEPS = 4,
  MAX_ROWS = 16
};

/* SUBJECTS(each) is each(adam) each(sgd) and so on, from meson */
#define DECLARE(name) extern const optreg_plugin race_##name;
#define ROW(name) { #name, &race_##name },

SUBJECTS(DECLARE)

static const struct {
  const char *name;
  const optreg_plugin *plugin;
} subjects[] = { SUBJECTS(ROW) };

typedef struct Job {
  const optreg_optimizer_class *class;
  const optreg_kernel *kernel;
  float param[N], grad[N], slots[MAX_ROWS][N];
  double values[MAX_ROWS], scalars[MAX_ROWS];
  uint64_t dims[1];
  atomic_size_t n_begun;
} Job;

static const void *
row(const optreg_table *table, size_t i)
{
  return (const char *)table->rows + i * table->stride;
}

static void
job_init(Job *job, const optreg_plugin *plugin)
{
  job->class = plugin->optimizers[0];
  job->dims[0] = N;
  for (size_t i = 0; i < job->class->kernels.count; i++) {
    const optreg_kernel *kernel = row(&job->class->kernels, i);
    if (kernel->dtype == OPTREG_F32 && kernel->level == OPTREG_LEVEL_BASELINE) {
      job->kernel = kernel;
    }
  }
  for (size_t i = 0; i < job->class->hyperparameters.count; i++) {
    const optreg_hyperparameter *each = row(&job->class->hyperparameters, i);
    job->values[i] = each->default_value;
  }
  for (size_t i = 0; i < N; i++) {
    job->grad[i] = (float)(i % 7) - 3.0f;
  }
}

static void
begin_step(Job *job, uint64_t number)
{
  double *cells[MAX_ROWS] = { NULL };
  const optreg_step step = { .struct_size = sizeof step,
                             .step = number,
                             .hyperparameter = job->values,
                             .slot = cells,
                             .dtype = OPTREG_F32,
                             .is_first = 1 };

  if (job->class->begin_step != NULL) {
    job->class->begin_step(NULL, &step, job->scalars);
  }
  atomic_store_explicit(&job->n_begun, 0, memory_order_relaxed);
}

/* each on a thread of its own: none goes on before all have begun. The counter is
 * relaxed, so that it orders nothing else */
static void
run_span(void *argument, size_t index)
{
  Job *job = argument;
  const size_t offset = index * N_EACH;
  void *slots[MAX_ROWS];

  atomic_fetch_add_explicit(&job->n_begun, 1, memory_order_relaxed);
  while (atomic_load_explicit(&job->n_begun, memory_order_relaxed) < N_THREADS) {
    sched_yield();
  }
  for (size_t i = 0; i < job->class->slots.count; i++) {
    slots[i] = &job->slots[i][offset];
  }
  const optreg_span span = { .struct_size = sizeof span,
                             .n = N_EACH,
                             .param = &job->param[offset],
                             .grad = &job->grad[offset],
                             .slot = slots,
                             .hyperparameter = job->values,
                             .scalar = job->scalars,
                             .dims = job->dims,
                             .offset = offset,
                             .ndim = 1,
                             .dtype = OPTREG_F32 };
  job->kernel->update_step(NULL, &span);
}

static int
run(const optreg_plugin *plugin)
{
  static Job job;

  if (optreg_pool_enter(N_THREADS) != 0) {
    return 2;
  }
  job_init(&job, plugin);
  for (uint64_t step = 1; step <= N_STEPS; step++) {
    begin_step(&job, step);
    optreg_pool_run(NULL, N_THREADS, run_span, &job);
    job.grad[step] += job.param[step]; /* what the next step reads is written between */
  }
  optreg_pool_leave();
  return 0;
}

/* ---- two optimizers on two threads ---- */

typedef struct User {
  size_t n_tasks;
  long values[N_THREADS], sums[N_THREADS]; /* by task, not atomic */
} User;

static void
add_value(void *argument, size_t index)
{
  User *user = argument;

  user->sums[index] += user->values[index];
}

/* what one task reads and writes is written and read between the runs */
static void *
use(void *data)
{
  User *user = data;

  for (long round = 0; round < 20; round++) {
    if (optreg_pool_enter(user->n_tasks) != 0) {
      return user;
    }
    for (long step = 0; step < 100; step++) {
      for (size_t i = 0; i < user->n_tasks; i++) {
        user->values[i] = step;
      }
      optreg_pool_run(NULL, user->n_tasks, add_value, user);
    }
    optreg_pool_leave();
  }
  for (size_t i = 0; i < user->n_tasks; i++) {
    if (user->sums[i] != 20 * 4950) {
      return user;
    }
  }
  return NULL;
}

static int
run_two_users(void)
{
  static User users[2] = { { .n_tasks = N_THREADS }, { .n_tasks = N_THREADS - 1 } };
  pthread_t other;
  void *failure = NULL;

  if (pthread_create(&other, NULL, use, &users[1]) != 0) {
    return 2;
  }
  const bool works = use(&users[0]) == NULL;
  pthread_join(other, &failure);
  return works && failure == NULL ? 0 : 1;
}

int
main(int argc, char **argv)
{
  if (argc == 2 && strcmp(argv[1], "two-users") == 0) {
    return run_two_users();
  }
  for (size_t i = 0; argc == 2 && i < sizeof subjects / sizeof *subjects; i++) {
    if (strcmp(argv[1], subjects[i].name) == 0) {
      return run(subjects[i].plugin);
    }
  }
  fprintf(stderr, "usage: race-driver PLUGIN|two-users\n");
  return 2;
}
