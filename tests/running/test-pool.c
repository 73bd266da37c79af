/* SPDX-License-Identifier: MIT */
/* Threads: every task once, also after fork(), in the floating-point mode of a step. */
#include "running/executor.h"
#include "running/fp_mode.h"
#include "running/pool.h"
#include "thread_count.h"

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
runs_every_task_once(void)
{
  atomic_int counts[N_TASKS] = { 0 };

  optreg_pool_run(NULL, N_TASKS, count_task, counts);
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
  g_assert_cmpint(optreg_pool_enter(N_TASKS), ==, 0);

  for (int i = 0; i < 200; i++) {
    g_assert_true(runs_every_task_once());
  }
  optreg_pool_leave();
}

static void
test_a_pool_that_never_ran_ends(void)
{
  g_assert_cmpint(optreg_pool_enter(3), ==, 0);
  g_assert_cmpuint(optreg_pool_n_threads(), ==, 3);
  optreg_pool_leave();
  g_assert_cmpuint(optreg_pool_n_threads(), ==, 1);
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
  g_assert_cmpint(optreg_pool_enter(N_TASKS), ==, 0);
  sigset_t masks[N_TASKS];

  optreg_pool_run(NULL, N_TASKS, note_mask, masks);
  for (size_t i = 0; i < N_TASKS; i++) {
    g_assert_cmpint(sigismember(&masks[i], SIGSEGV), ==, 0);
    g_assert_cmpint(sigismember(&masks[i], SIGFPE), ==, 0);
    g_assert_cmpint(sigismember(&masks[i], SIGSYS), ==, 0);
  }
  optreg_pool_leave();
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
passes_on(pid_t (*make_child)(void), int n_generations)
{
  if (!runs_every_task_once()) {
    return false;
  }
  if (n_generations == 0) {
    return true;
  }
  const pid_t child = make_child();
  if (child == 0) {
    limit_life();
    const bool works = passes_on(make_child, n_generations - 1);
    optreg_pool_leave();
    _exit(works ? 0 : 1);
  }
  return wait_for(child) == 0 && runs_every_task_once();
}

static void
test_the_child_of_a_fork_has_threads(void)
{
  g_assert_cmpint(optreg_pool_enter(N_TASKS), ==, 0);

  g_assert_true(passes_on(call_fork, 2));
  optreg_pool_leave();
}

static void
test_a_child_made_past_the_c_library_has_threads(void)
{
  g_assert_cmpint(optreg_pool_enter(N_TASKS), ==, 0);

  g_assert_true(passes_on(call_clone, 2));
  optreg_pool_leave();
}

static void
test_a_child_that_never_ran_a_task_frees_the_pool(void)
{
  g_assert_cmpint(optreg_pool_enter(N_TASKS), ==, 0);
  const pid_t child = fork();

  if (child == 0) {
    limit_life();
    optreg_pool_leave();
    _exit(0);
  }
  g_assert_cmpint(wait_for(child), ==, 0);
  optreg_pool_leave();
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
    g_assert_cmpint(optreg_pool_enter(N_TASKS), ==, 0);
    const bool works = getpid() == 1 && passes_on(call_clone_into_namespace, 1);
    optreg_pool_leave();
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
  g_assert_cmpint(optreg_pool_enter(4), ==, 0);
  atomic_bool worker_takes_signals = false;

  application_thread = pthread_self();
  for (int i = 0; i < 100; i++) {
    optreg_pool_run(NULL, 4, note_signal_mask, &worker_takes_signals);
  }
  g_assert_false(atomic_load(&worker_takes_signals));
  optreg_pool_leave();
}

/* ---- several users ---- */

static void
test_the_last_user_that_leaves_ends_the_workers(void)
{
  const unsigned before = threads_of_the_process();

  for (size_t round = 0; round < 3; round++) {
    g_assert_cmpint(optreg_pool_enter(2), ==, 0);
    g_assert_cmpint(optreg_pool_enter(5), ==, 0);
    g_assert_cmpint(optreg_pool_enter(3), ==, 0);
    g_assert_cmpuint(threads_of_the_process() - before, ==, 4);
    optreg_pool_leave();
    optreg_pool_leave();
    g_assert_cmpuint(threads_of_the_process() - before, ==, 4);
    g_assert_true(runs_every_task_once());
    optreg_pool_leave();
    g_assert_cmpuint(threads_of_the_process(), ==, before);
  }
}

/* tasks that wait for one another: each needs a thread */
typedef struct Meeting {
  atomic_size_t n_present;
  size_t n_expected;
  atomic_bool may_end;
  pthread_t threads[N_TASKS];
} Meeting;

static void
meet(void *data, size_t index)
{
  Meeting *meeting = data;

  meeting->threads[index] = pthread_self();
  atomic_fetch_add(&meeting->n_present, 1);
  while (atomic_load(&meeting->n_present) < meeting->n_expected) {
    sched_yield();
  }
}

static void
meet_and_stay(void *data, size_t index)
{
  Meeting *meeting = data;

  meet(meeting, index);
  while (!atomic_load(&meeting->may_end)) {
    sched_yield();
  }
}

static void *
run_meeting(void *data)
{
  optreg_pool_run(NULL, 3, meet_and_stay, data);
  return NULL;
}

/* another user's run that keeps two workers until it is let go */
static pthread_t
keep_two_workers(Meeting *meeting)
{
  pthread_t thread;

  g_assert_cmpint(pthread_create(&thread, NULL, run_meeting, meeting), ==, 0);
  while (atomic_load(&meeting->n_present) < 3) {
    sched_yield();
  }
  return thread;
}

static void
let_go(Meeting *meeting, pthread_t thread)
{
  atomic_store(&meeting->may_end, true);
  pthread_join(thread, NULL);
}

static void
test_a_busy_worker_is_not_waited_for(void)
{
  Meeting meeting = { .n_expected = 3 };

  g_assert_cmpint(optreg_pool_enter(3), ==, 0);
  g_assert_cmpint(optreg_pool_enter(3), ==, 0);
  const pthread_t other = keep_two_workers(&meeting);
  g_assert_true(runs_every_task_once());
  let_go(&meeting, other);
  optreg_pool_leave();
  optreg_pool_leave();
}

static void
test_a_user_with_a_larger_limit_has_the_rest(void)
{
  Meeting first = { .n_expected = 3 }, second = { .n_expected = 3 };

  g_assert_cmpint(optreg_pool_enter(3), ==, 0);
  g_assert_cmpint(optreg_pool_enter(5), ==, 0);
  const pthread_t other = keep_two_workers(&first);
  optreg_pool_run(NULL, 3, meet, &second);
  let_go(&first, other);
  for (size_t i = 0; i < 9; i++) {
    g_assert_false(pthread_equal(first.threads[i % 3], second.threads[i / 3]));
  }
  optreg_pool_leave();
  optreg_pool_leave();
}

static void
run_within(void *data, size_t index)
{
  (void)index;
  if (!runs_every_task_once()) {
    atomic_store((atomic_bool *)data, true);
  }
}

static void
test_a_task_may_run_tasks(void)
{
  atomic_bool has_failed = false;

  g_assert_cmpint(optreg_pool_enter(4), ==, 0);
  for (size_t i = 0; i < 50; i++) {
    optreg_pool_run(NULL, 4, run_within, &has_failed);
  }
  g_assert_false(atomic_load(&has_failed));
  optreg_pool_leave();
}

static void *
run_many(void *data)
{
  optreg_pool_enter(4);
  for (size_t i = 0; i < 200; i++) {
    run_within(data, i);
  }
  optreg_pool_leave();
  return NULL;
}

static void
test_users_come_run_and_go_at_once(void)
{
  const unsigned before = threads_of_the_process();
  atomic_bool has_failed = false;
  pthread_t threads[6];

  for (size_t i = 0; i < G_N_ELEMENTS(threads); i++) {
    pthread_create(&threads[i], NULL, run_many, &has_failed);
  }
  for (size_t i = 0; i < G_N_ELEMENTS(threads); i++) {
    pthread_join(threads[i], NULL);
  }
  g_assert_false(atomic_load(&has_failed));
  g_assert_cmpuint(optreg_pool_n_threads(), ==, 1);
  g_assert_cmpuint(threads_of_the_process(), <=, before);
}

/* the workers of the parent's are busy, and its locks may be held */
static void
test_the_child_of_a_fork_during_anothers_run_has_threads(void)
{
  Meeting meeting = { .n_expected = 3 };

  g_assert_cmpint(optreg_pool_enter(3), ==, 0);
  g_assert_cmpint(optreg_pool_enter(N_TASKS), ==, 0);
  const pthread_t other = keep_two_workers(&meeting);
  for (size_t i = 0; i < 5; i++) {
    const pid_t child = fork();
    if (child == 0) {
      Meeting all = { .n_expected = N_TASKS };
      limit_life();
      optreg_pool_run(NULL, N_TASKS, meet, &all);
      _exit(runs_every_task_once() ? 0 : 1);
    }
    g_assert_cmpint(wait_for(child), ==, 0);
  }
  let_go(&meeting, other);
  optreg_pool_leave();
  optreg_pool_leave();
}

static void *
come_and_go(void *data)
{
  while (!atomic_load((atomic_bool *)data)) {
    optreg_pool_enter(3);
    optreg_pool_leave();
  }
  return NULL;
}

/* its locks are held at most of these forks */
static void
test_the_child_of_a_fork_while_users_come_and_go_has_threads(void)
{
  atomic_bool may_end = false;
  pthread_t other;

  if (OPTREG_TEST_SANITIZED) {
    g_test_skip("a fork may find the sanitizer's own locks held");
    return;
  }
  pthread_create(&other, NULL, come_and_go, &may_end);
  for (size_t i = 0; i < 20; i++) {
    const pid_t child = fork();
    if (child == 0) {
      limit_life();
      optreg_pool_enter(3);
      const bool works = runs_every_task_once() && optreg_pool_n_threads() >= 3;
      optreg_pool_leave();
      _exit(works ? 0 : 1);
    }
    g_assert_cmpint(wait_for(child), ==, 0);
  }
  atomic_store(&may_end, true);
  pthread_join(other, NULL);
}

static void *
meet_all(void *data)
{
  Meeting *meeting = data;

  atomic_fetch_add(&meeting->n_present, 1);
  while (atomic_load(&meeting->n_present) < meeting->n_expected) {
    sched_yield();
  }
  return runs_every_task_once() ? NULL : data;
}

/* the pool of the parent's is replaced once */
static void
test_threads_of_a_child_begin_at_once(void)
{
  g_assert_cmpint(optreg_pool_enter(N_TASKS), ==, 0);
  for (size_t i = 0; i < 5; i++) {
    const pid_t child = fork();
    if (child == 0) {
      Meeting meeting = { .n_expected = 4 };
      pthread_t threads[4];
      void *failure = NULL;
      limit_life();
      for (size_t k = 0; k < 4; k++) {
        pthread_create(&threads[k], NULL, meet_all, &meeting);
      }
      for (size_t k = 0; k < 4 && failure == NULL; k++) {
        pthread_join(threads[k], &failure);
      }
      const bool has_all = optreg_pool_n_threads() == N_TASKS;
      optreg_pool_leave();
      _exit(failure == NULL && has_all && optreg_pool_n_threads() == 1 ? 0 : 1);
    }
    g_assert_cmpint(wait_for(child), ==, 0);
  }
  optreg_pool_leave();
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

static void
run_item_within(void *data, size_t item, size_t worker)
{
  OptregExecutor *executor = optreg_executor_new(&(OptregThreads){ 4, 4 }, NULL, NULL);
  Items items = { .n_threads = 1 };

  (void)item;
  (void)worker;
  optreg_executor_run(executor, 100, run_item, &items);
  for (size_t i = 0; i < 100; i++) {
    if (atomic_load(&items.runs[i]) != 1) {
      atomic_store((atomic_bool *)data, true);
    }
  }
  if (atomic_load(&items.has_bad_worker) || atomic_load(&items.has_bad_mode)) {
    atomic_store((atomic_bool *)data, true);
  }
  optreg_executor_free(executor);
}

/* a step that a log function calls, or a task of the application's */
static void
test_an_executor_within_an_item_has_that_thread_alone(void)
{
  OptregExecutor *executor = optreg_executor_new(&(OptregThreads){ 4, 4 }, NULL, NULL);
  atomic_bool has_failed = false;

  optreg_executor_run(executor, 20, run_item_within, &has_failed);
  g_assert_false(atomic_load(&has_failed));
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
  g_test_add_func("/pool/the-last-user-that-leaves-ends-the-workers",
                  test_the_last_user_that_leaves_ends_the_workers);
  g_test_add_func("/pool/a-busy-worker-is-not-waited-for",
                  test_a_busy_worker_is_not_waited_for);
  g_test_add_func("/pool/a-user-with-a-larger-limit-has-the-rest",
                  test_a_user_with_a_larger_limit_has_the_rest);
  g_test_add_func("/pool/a-task-may-run-tasks",
                  test_a_task_may_run_tasks);
  g_test_add_func("/pool/users-come-run-and-go-at-once",
                  test_users_come_run_and_go_at_once);
  g_test_add_func("/pool/the-child-of-a-fork-during-anothers-run-has-threads",
                  test_the_child_of_a_fork_during_anothers_run_has_threads);
  g_test_add_func("/pool/the-child-of-a-fork-while-users-come-and-go-has-threads",
                  test_the_child_of_a_fork_while_users_come_and_go_has_threads);
  g_test_add_func("/pool/threads-of-a-child-begin-at-once",
                  test_threads_of_a_child_begin_at_once);
  g_test_add_func("/executor/one-within-an-item-has-that-thread-alone",
                  test_an_executor_within_an_item_has_that_thread_alone);
  return g_test_run();
}
