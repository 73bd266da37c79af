/* SPDX-License-Identifier: MIT */
/* Threads: every task once, also after fork(), in the floating-point mode of a step. */
#include "running/executor.h"
#include "running/fp_mode.h"
#include "running/pool.h"

#include <errno.h>
#include <glib.h>
#include <math.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdatomic.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
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
  OptregPool *pool = optreg_pool_new(N_TASKS, NULL);

  for (int i = 0; i < 200; i++) {
    g_assert_true(runs_every_task_once(pool));
  }
  optreg_pool_free(pool);
}

static void
test_a_pool_that_never_ran_ends(void)
{
  optreg_pool_free(optreg_pool_new(3, NULL));
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
  OptregPool *pool = optreg_pool_new(N_TASKS, NULL);
  sigset_t masks[N_TASKS];

  optreg_pool_run(pool, N_TASKS, note_mask, masks);
  for (size_t i = 0; i < N_TASKS; i++) {
    g_assert_cmpint(sigismember(&masks[i], SIGSEGV), ==, 0);
    g_assert_cmpint(sigismember(&masks[i], SIGFPE), ==, 0);
    g_assert_cmpint(sigismember(&masks[i], SIGSYS), ==, 0);
  }
  optreg_pool_free(pool);
}

static void
end_in_vain(int number)
{
  (void)number;
  _exit(2);
}

/* as pid 1 of a namespace a process dies of no signal that it does not handle */
static void
limit_life(void)
{
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  signal(SIGALRM, end_in_vain);
  alarm(20);
}

static pid_t
call_fork(void)
{
  return fork();
}

/* past the C library, whose handlers for forks do not run */
static pid_t
call_clone(void)
{
  return (pid_t)syscall(SYS_clone, SIGCHLD, 0, 0, 0, 0);
}

static pid_t
call_clone_into_namespace(void)
{
  return (pid_t)syscall(SYS_clone, SIGCHLD | CLONE_NEWPID, 0, 0, 0, 0);
}

static int
wait_for(pid_t child)
{
  int status = -1;

  while (waitpid(child, &status, 0) < 0 && errno == EINTR) {
  }
  return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

/* the child inherits the pool without its threads and goes on with it, and so does its
 * own child; the parent's still works afterwards */
static bool
passes_on(OptregPool *pool, pid_t (*make_child)(void), int n_generations)
{
  if (!runs_every_task_once(pool)) {
    return false;
  }
  if (n_generations == 0) {
    return true;
  }
  const pid_t child = make_child();
  if (child == 0) {
    limit_life();
    const bool works = passes_on(pool, make_child, n_generations - 1);
    optreg_pool_free(pool);
    _exit(works ? 0 : 1);
  }
  return wait_for(child) == 0 && runs_every_task_once(pool);
}

static void
test_the_child_of_a_fork_has_threads(void)
{
  OptregPool *pool = optreg_pool_new(N_TASKS, NULL);

  g_assert_true(passes_on(pool, call_fork, 2));
  optreg_pool_free(pool);
}

static void
test_a_child_made_past_the_c_library_has_threads(void)
{
  OptregPool *pool = optreg_pool_new(N_TASKS, NULL);

  g_assert_true(passes_on(pool, call_clone, 2));
  optreg_pool_free(pool);
}

static void
test_a_child_that_never_ran_a_task_frees_the_pool(void)
{
  OptregPool *pool = optreg_pool_new(N_TASKS, NULL);
  const pid_t child = fork();

  if (child == 0) {
    limit_life();
    optreg_pool_free(pool);
    _exit(0);
  }
  g_assert_cmpint(wait_for(child), ==, 0);
  optreg_pool_free(pool);
}

/* parent and child are both process 1, each of its namespace */
static void
test_a_child_with_its_parents_number_has_threads(void)
{
  const pid_t first =
      (pid_t)syscall(SYS_clone, SIGCHLD | CLONE_NEWUSER | CLONE_NEWPID, 0, 0, 0, 0);

  if (first < 0) {
    g_test_skip("new PID namespaces are not permitted here");
    return;
  }
  if (first == 0) {
    limit_life();
    OptregPool *pool = optreg_pool_new(N_TASKS, NULL);
    const bool works = getpid() == 1 && passes_on(pool, call_clone_into_namespace, 1);
    optreg_pool_free(pool);
    _exit(works ? 0 : 1);
  }
  g_assert_cmpint(wait_for(first), ==, 0);
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
  OptregPool *pool = optreg_pool_new(4, NULL);
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
    const OptregThreads threads = { .asked = n_threads, .n = n_threads };
    OptregExecutor *executor = optreg_executor_new(&threads, NULL, NULL);
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

int
main(int argc, char **argv)
{
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/pool/workers-take-faults-alone", test_workers_take_faults_alone);
  g_test_add_func("/pool/every-task-runs-once", test_every_task_runs_once);
  g_test_add_func("/pool/a-pool-that-never-ran-ends", test_a_pool_that_never_ran_ends);
  g_test_add_func("/pool/the-child-of-a-fork-has-threads",
                  test_the_child_of_a_fork_has_threads);
  g_test_add_func("/pool/a-child-made-past-the-c-library-has-threads",
                  test_a_child_made_past_the_c_library_has_threads);
  g_test_add_func("/pool/a-child-with-its-parents-number-has-threads",
                  test_a_child_with_its_parents_number_has_threads);
  g_test_add_func("/pool/a-child-that-never-ran-a-task-frees-the-pool",
                  test_a_child_that_never_ran_a_task_frees_the_pool);
  g_test_add_func("/pool/workers-leave-signals-to-the-application",
                  test_workers_leave_signals_to_the_application);
  g_test_add_func("/executor/items-run-once-in-the-mode-of-a-step",
                  test_items_run_once_in_the_mode_of_a_step);
  return g_test_run();
}
