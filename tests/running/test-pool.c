/* SPDX-License-Identifier: MIT */
/* Threads: every task once, also after fork(), in the floating-point mode of a step. */
#include "running/executor.h"
#include "running/fp_mode.h"
#include "running/pool.h"

#include <glib.h>
#include <math.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <sys/wait.h>
#include <unistd.h>

#define N_TASKS 7

static void
count_task(void *argument, size_t index)
{
  atomic_int *counts = argument;
  atomic_fetch_add(&counts[index], 1);
}

static bool
runs_every_task_once(OptregPool *pool)
{
  atomic_int counts[N_TASKS] = { 0 };

  optreg_pool_run(pool, N_TASKS, count_task, counts);
  for (size_t i = 0; i < N_TASKS; i++) {
    if (atomic_load(&counts[i]) != 1) {
      return false;
    }
  }
  return true;
}

static void
test_every_task_runs_once(void)
{
  OptregPool *pool = optreg_pool_new(N_TASKS);

  for (int i = 0; i < 200; i++) {
    g_assert_true(runs_every_task_once(pool));
  }
  optreg_pool_free(pool);
}

static void
test_a_pool_that_never_ran_ends(void)
{
  optreg_pool_free(optreg_pool_new(3));
  optreg_pool_free(NULL);
}

/* by task, of the thread that ran it */
static void
note_mask(void *argument, size_t index)
{
  sigset_t *masks = argument;

  pthread_sigmask(SIG_SETMASK, NULL, &masks[index]);
}

/* an application's handler of crashes sees those of a kernel, too */
static void
test_workers_take_faults_alone(void)
{
  OptregPool *pool = optreg_pool_new(N_TASKS);
  sigset_t masks[N_TASKS];

  optreg_pool_run(pool, N_TASKS, note_mask, masks);
  for (size_t i = 0; i < N_TASKS; i++) {
    g_assert_cmpint(sigismember(&masks[i], SIGSEGV), ==, 0);
    g_assert_cmpint(sigismember(&masks[i], SIGFPE), ==, 0);
    g_assert_cmpint(sigismember(&masks[i], SIGSYS), ==, 0);
  }
  optreg_pool_free(pool);
}

/* the child inherits the pool without its threads; with OpenMP it would hang here */
static void
test_the_child_of_a_fork_has_threads(void)
{
  OptregPool *pool = optreg_pool_new(N_TASKS);
  int status;

  g_assert_true(runs_every_task_once(pool));
  const pid_t child = fork();
  if (child == 0) {
    alarm(20);
    const bool works = runs_every_task_once(pool);
    optreg_pool_free(pool);
    _exit(works ? 0 : 1);
  }
  waitpid(child, &status, 0);
  g_assert_true(WIFEXITED(status));
  g_assert_cmpint(WEXITSTATUS(status), ==, 0);
  g_assert_true(runs_every_task_once(pool));
  optreg_pool_free(pool);
}

static pthread_t application_thread;

static void
note_signal_mask(void *argument, size_t index)
{
  atomic_bool *worker_takes_signals = argument;
  sigset_t mask;

  (void)index;
  pthread_sigmask(SIG_SETMASK, NULL, &mask);
  if (!pthread_equal(pthread_self(), application_thread)
      && !sigismember(&mask, SIGUSR1)) {
    atomic_store(worker_takes_signals, true);
  }
}

static void
test_workers_leave_signals_to_the_application(void)
{
  OptregPool *pool = optreg_pool_new(4);
  atomic_bool worker_takes_signals = false;

  application_thread = pthread_self();
  for (int i = 0; i < 100; i++) {
    optreg_pool_run(pool, 4, note_signal_mask, &worker_takes_signals);
  }
  g_assert_false(atomic_load(&worker_takes_signals));
  optreg_pool_free(pool);
}

typedef struct Items {
  atomic_int runs[100];
  atomic_bool has_bad_worker, has_bad_mode;
  size_t n_threads;
} Items;

static volatile float smallest_normal = 1.17549435e-38f;

static void
run_item(void *argument, size_t item, size_t worker)
{
  Items *items = argument;

  atomic_fetch_add(&items->runs[item], 1);
  if (worker >= items->n_threads) {
    atomic_store(&items->has_bad_worker, true);
  }
  if (fegetround() != FE_TONEAREST || smallest_normal / 2.0f == 0.0f) {
    atomic_store(&items->has_bad_mode, true);
  }
}

static void
test_items_run_once_in_the_mode_of_a_step(void)
{
  for (uint32_t n_threads = 1; n_threads <= 7; n_threads += 2) {
    OptregExecutor *executor = optreg_executor_new(n_threads, NULL, NULL);
    Items items = { .n_threads = n_threads };
    fesetround(FE_UPWARD);
    optreg_executor_run(executor, 100, run_item, &items);
    const int mode_after = fegetround();
    fesetround(FE_TONEAREST);

    g_assert_cmpint(mode_after, ==, FE_UPWARD);
    g_assert_false(atomic_load(&items.has_bad_worker));
    g_assert_false(atomic_load(&items.has_bad_mode));
    for (size_t i = 0; i < 100; i++) {
      g_assert_cmpint(atomic_load(&items.runs[i]), ==, 1);
    }
    optreg_executor_free(executor);
  }
}

static void
test_the_environment_sets_the_number_of_threads(void)
{
  g_setenv("OPTREG_NUM_THREADS", "5", TRUE);
  OptregExecutor *executor = optreg_executor_new(0, NULL, NULL);
  g_unsetenv("OPTREG_NUM_THREADS");

  g_assert_cmpuint(optreg_executor_n_threads(executor), ==, 5);
  optreg_executor_free(executor);

  executor = optreg_executor_new(0, NULL, NULL);
  g_assert_cmpuint(optreg_executor_n_threads(executor), ==, optreg_pool_n_processors());
  optreg_executor_free(executor);
}

int
main(int argc, char **argv)
{
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/pool/workers-take-faults-alone", test_workers_take_faults_alone);
  g_test_add_func("/pool/every-task-runs-once", test_every_task_runs_once);
  g_test_add_func("/pool/a-pool-that-never-ran-ends", test_a_pool_that_never_ran_ends);
  g_test_add_func("/pool/the-child-of-a-fork-has-threads",
                  test_the_child_of_a_fork_has_threads);
  g_test_add_func("/pool/workers-leave-signals-to-the-application",
                  test_workers_leave_signals_to_the_application);
  g_test_add_func("/executor/items-run-once-in-the-mode-of-a-step",
                  test_items_run_once_in_the_mode_of_a_step);
  g_test_add_func("/executor/the-environment-sets-the-number-of-threads",
                  test_the_environment_sets_the_number_of_threads);
  return g_test_run();
}
