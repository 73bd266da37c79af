/* SPDX-License-Identifier: MIT */
/* How many threads a step takes, where they run, and what is said when there are fewer
 * than asked for.
 *
 *   test-threads count            prints how many threads an optimizer has by itself
 *   test-threads count-bound      the same after binding its thread to one processor */
#include "running/processors.h"
#include "thread_count.h"
#include "trees.h"

#include <optreg/plugin.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>

enum { N = 1000 };

static float w[N], gradient[N];

/* what the log was told */
typedef struct Log {
  uint32_t level;
  char message[300];
  int n;
} Log;

static void
note(void *context, uint32_t level, const char *message)
{
  Log *log = context;

  log->level = level;
  g_strlcpy(log->message, message, sizeof log->message);
  log->n++;
}

/* not built yet */
static optreg_optimizer *
optimizer_new(Log *log)
{
  optreg_optimizer *optimizer = optimizer_from_text("optimizer: sgd\n");
  const uint64_t shape = N;

  optreg_optimizer_add_parameter(optimizer, "w", OPTREG_F32, &shape, 1, w, gradient,
                                 NULL);
  optreg_optimizer_set_log(optimizer, note, log, NULL);
  return optimizer;
}

/* threads that a build starts by itself, the caller's included */
static unsigned
threads_of_an_optimizer(void)
{
  Log log = { 0 };
  g_autoptr(optreg_optimizer) optimizer = optimizer_new(&log);
  g_autoptr(optreg_error) error = NULL;
  const unsigned before = threads_of_the_process();

  optreg_optimizer_build(optimizer, &error);
  assert_no_error(error);
  return threads_of_the_process() - before + 1;
}

static size_t
n_processors(void)
{
  OptregProcessors processors;

  optreg_processors_find(&processors);
  return optreg_processors_count(&processors);
}

/* the nth of those that this thread may run on */
static void
bind_to(size_t nth)
{
  OptregProcessors all;
  cpu_set_t one;

  optreg_processors_find(&all);
  CPU_ZERO(&one);
  for (size_t i = 0; i < CPU_SETSIZE; i++) {
    if (CPU_ISSET_S(i, sizeof all, all.sets) && nth-- == 0) {
      CPU_SET(i, &one);
      break;
    }
  }
  g_assert_cmpint(sched_setaffinity(0, sizeof one, &one), ==, 0);
}

static void
unbind(const cpu_set_t *before)
{
  g_assert_cmpint(sched_setaffinity(0, sizeof *before, before), ==, 0);
}

/* ---- the environment ---- */

static void
test_the_environment_sets_the_number(void)
{
  g_setenv("OPTREG_NUM_THREADS", "1", TRUE);
  g_assert_cmpuint(threads_of_an_optimizer(), ==, 1);
  g_setenv("OPTREG_NUM_THREADS", "2", TRUE);
  g_assert_cmpuint(threads_of_an_optimizer(), ==, MIN(2, n_processors()));
  g_setenv("OPTREG_NUM_THREADS", "1024", TRUE);
  g_assert_cmpuint(threads_of_an_optimizer(), ==, n_processors());
  g_setenv("OPTREG_NUM_THREADS", "", TRUE);
  g_assert_cmpuint(threads_of_an_optimizer(), ==, n_processors());
  g_unsetenv("OPTREG_NUM_THREADS");
  g_assert_cmpuint(threads_of_an_optimizer(), ==, n_processors());
}

static void
test_what_is_no_number_of_threads_is_refused(void)
{
  static const char *const texts[] = {
    "0",  "-1", "abc",  "1e3", "2x",  "100000", "4294967297",
    " 2", "+2", "1025", "0x2", "2.0", "2 ",     "18446744073709551617"
  };

  for (size_t i = 0; i < G_N_ELEMENTS(texts); i++) {
    Log log = { 0 };
    g_autoptr(optreg_optimizer) optimizer = optimizer_new(&log);
    g_autoptr(optreg_error) error = NULL;
    g_autofree char *expected = g_strdup_printf(
        "OPTREG_NUM_THREADS is '%s': permitted are 1 to 1024", texts[i]);
    g_setenv("OPTREG_NUM_THREADS", texts[i], TRUE);
    g_assert_false(optreg_optimizer_build(optimizer, &error));
    g_unsetenv("OPTREG_NUM_THREADS");
    g_assert_cmpint(error->code, ==, OPTREG_ERROR_ARGUMENT);
    g_assert_cmpstr(error->message, ==, expected);
    g_assert_true(optreg_optimizer_build(optimizer, NULL));
  }
}

static void
test_a_call_cannot_ask_for_more_than_the_environment(void)
{
  static const uint32_t numbers[] = { 1025, 100000, UINT32_MAX };

  for (size_t i = 0; i < G_N_ELEMENTS(numbers); i++) {
    Log log = { 0 };
    g_autoptr(optreg_optimizer) optimizer = optimizer_new(&log);
    g_autoptr(optreg_error) error = NULL;
    g_autofree char *expected = g_strdup_printf(
        "%u threads are too many: ask for 1 to 1024, or 0 for the default", numbers[i]);
    g_assert_false(optreg_optimizer_set_threads(optimizer, numbers[i], &error));
    g_assert_cmpint(error->code, ==, OPTREG_ERROR_ARGUMENT);
    g_assert_cmpstr(error->message, ==, expected);
  }
}

/* ---- processors ---- */

static void
test_there_are_no_more_threads_than_processors(void)
{
  Log log = { 0 };
  g_autoptr(optreg_optimizer) optimizer = optimizer_new(&log);
  const unsigned before = threads_of_the_process();
  const size_t n = n_processors();
  g_autofree char *expected = g_strdup_printf(
      "1024 threads were asked for, %zu %s: more than the process has processors would "
      "wait for one another",
      n, n == 1 ? "is used" : "are used");

  g_assert_true(optreg_optimizer_set_threads(optimizer, 1024, NULL));
  g_assert_true(optreg_optimizer_build(optimizer, NULL));
  g_assert_cmpuint(threads_of_the_process() - before + 1, ==, n);
  g_assert_cmpint(log.n, ==, 1);
  g_assert_cmpuint(log.level, ==, OPTREG_LOG_INFO);
  g_assert_cmpstr(log.message, ==, expected);
}

static void
test_nothing_is_said_of_threads_that_there_are(void)
{
  Log log = { 0 };
  g_autoptr(optreg_optimizer) optimizer = optimizer_new(&log);

  g_assert_true(optreg_optimizer_build(optimizer, NULL));
  g_assert_cmpint(log.n, ==, 0);
}

static void
count_calls(void *context, size_t n, void (*task)(void *argument, size_t index),
            void *argument)
{
  size_t *most = context;

  *most = MAX(*most, n);
  for (size_t i = 0; i < n; i++) {
    task(argument, i);
  }
}

/* the application knows better what its own threads run on */
static void
test_threads_of_the_application_are_not_counted(void)
{
  static float many[9][70000], grads[70000];
  const uint64_t shape = 70000;
  size_t most = 0;
  g_autoptr(optreg_optimizer) optimizer = optimizer_from_text("optimizer: sgd\n");
  Log log = { 0 };

  for (size_t i = 0; i < G_N_ELEMENTS(many); i++) {
    g_autofree char *name = g_strdup_printf("w%zu", i);
    optreg_optimizer_add_parameter(optimizer, name, OPTREG_F32, &shape, 1, many[i],
                                   grads, NULL);
  }
  optreg_optimizer_set_log(optimizer, note, &log, NULL);
  optreg_optimizer_set_threads(optimizer, 9, NULL);
  optreg_optimizer_set_parallel_for(optimizer, count_calls, &most, NULL);
  g_assert_true(optreg_optimizer_build(optimizer, NULL));
  g_assert_cmpint(optreg_optimizer_step(optimizer, NULL), ==, OPTREG_STEP_APPLIED);
  g_assert_cmpuint(most, ==, 9);
  g_assert_cmpint(log.n, ==, 0);
}

/* of every thread but the caller's: whether it may run on all processors */
static void
assert_others_run_on(size_t n)
{
  g_autoptr(GDir) threads = g_dir_open("/proc/self/task", 0, NULL);
  size_t n_others = 0;

  for (const char *name; (name = g_dir_read_name(threads)) != NULL;) {
    const pid_t thread = (pid_t)g_ascii_strtoll(name, NULL, 10);
    OptregProcessors own = { 0 };
    if (thread != getpid()) {
      g_assert_cmpint(sched_getaffinity(thread, sizeof own, own.sets), ==, 0);
      g_assert_cmpuint(optreg_processors_count(&own), ==, n);
      n_others++;
    }
  }
  g_assert_cmpuint(n_others, >=, 1);
}

static bool
has_one_processor(void)
{
  if (n_processors() > 1) {
    return false;
  }
  g_test_skip("there is one processor");
  return true;
}

/* as OMP_PROC_BIND does it to each thread of OpenMP's */
static void
test_the_others_are_not_bound_with_the_caller(void)
{
  const size_t n = n_processors();
  cpu_set_t before;
  Log log = { 0 };
  g_autoptr(optreg_optimizer) optimizer = optimizer_new(&log);

  if (has_one_processor()) {
    return;
  }
  sched_getaffinity(0, sizeof before, &before);
  bind_to(1);
  const bool is_built = optreg_optimizer_build(optimizer, NULL);
  const optreg_status status = optreg_optimizer_step(optimizer, NULL);
  assert_others_run_on(n);
  OptregProcessors own = { 0 };
  sched_getaffinity(0, sizeof own, own.sets);
  unbind(&before);
  g_assert_true(is_built);
  g_assert_cmpint(status, ==, OPTREG_STEP_APPLIED);
  g_assert_cmpuint(optreg_processors_count(&own), ==, 1); /* the caller stays bound */
  g_assert_cmpint(log.n, ==, 0);
}

/* the last line that the command prints; GLib says something before */
static char *
output_of(const char *const *command, const char *const *environment)
{
  g_autoptr(GError) error = NULL;
  g_autofree char *output = NULL;
  int status = -1;

  g_spawn_sync(NULL, (char **)command, (char **)environment, G_SPAWN_SEARCH_PATH, NULL,
               NULL, &output, NULL, &status, &error);
  g_assert_no_error(error);
  g_assert_cmpint(status, ==, 0);
  const char *line = strrchr(g_strchomp(output), '\n');
  return g_strdup(line != NULL ? line + 1 : output);
}

static char *
own_path(void)
{
  return g_file_read_link("/proc/self/exe", NULL);
}

static void
test_a_process_that_binds_itself_has_all(void)
{
  g_autofree char *self = own_path();
  const char *const command[] = { self, "count-bound", NULL };
  g_autofree char *output = output_of(command, NULL);

  g_assert_cmpuint(g_ascii_strtoull(output, NULL, 10), ==, n_processors());
}

/* taskset does what this does: the limit was there before the program */
static void
test_a_process_that_was_started_on_one_has_one(void)
{
  static const char *const words[] = { "count", "count-bound" };
  g_autofree char *self = own_path();
  cpu_set_t before;

  sched_getaffinity(0, sizeof before, &before);
  for (size_t i = 0; i < G_N_ELEMENTS(words); i++) {
    const char *const command[] = { self, words[i], NULL };
    bind_to(0);
    g_autofree char *output = output_of(command, NULL);
    unbind(&before);
    g_assert_cmpstr(output, ==, "1");
  }
}

/* before its first parallel region libgomp has bound the first thread already; LLVM's
 * library binds it later */
static void
test_openmp_tells_what_it_was_given(void)
{
  g_autofree char *host = g_test_build_filename(G_TEST_BUILT, "openmp-host", NULL);
  const char *const command[] = { host, NULL };
  cpu_set_t before;

  if (!g_file_test(host, G_FILE_TEST_EXISTS)) {
    g_test_skip("the compiler has no OpenMP");
    return;
  }
  g_auto(GStrv)
      environment = g_environ_setenv(g_get_environ(), "OMP_PROC_BIND", "true", TRUE);
  environment = g_environ_unsetenv(environment, "OMP_PLACES");
  environment = g_environ_unsetenv(environment, "GOMP_CPU_AFFINITY");
  g_autofree char *output = output_of(command, (const char *const *)environment);
  g_autofree char *expected = g_strdup_printf(", has %zu", n_processors());
  g_assert_true(g_str_has_suffix(output, expected));

  sched_getaffinity(0, sizeof before, &before);
  bind_to(0);
  g_autofree char *limited = output_of(command, (const char *const *)environment);
  unbind(&before);
  g_assert_cmpstr(limited, ==, "bound to 1, has 1");
}

/* ---- one pool ---- */

enum { N_OPTIMIZERS = 150 };

static void
test_many_optimizers_have_no_more_threads_than_one(void)
{
  optreg_optimizer *optimizers[N_OPTIMIZERS];
  const unsigned before = threads_of_the_process();
  Log log = { 0 };

  for (size_t i = 0; i < N_OPTIMIZERS; i++) {
    optimizers[i] = optimizer_new(&log);
    g_assert_true(optreg_optimizer_build(optimizers[i], NULL));
    g_assert_cmpint(optreg_optimizer_step(optimizers[i], NULL), ==,
                    OPTREG_STEP_APPLIED);
  }
  g_assert_cmpuint(threads_of_the_process() - before + 1, ==, n_processors());
  for (size_t i = 0; i < N_OPTIMIZERS; i++) {
    optreg_optimizer_free(optimizers[i]);
  }
  g_assert_cmpuint(threads_of_the_process(), ==, before);
}

/* ---- threads that cannot be started ---- */

static uint64_t
address_space(void)
{
  g_autofree char *text = NULL;

  g_assert_true(g_file_get_contents("/proc/self/statm", &text, NULL, NULL));
  return g_ascii_strtoull(text, NULL, 10) * (uint64_t)sysconf(_SC_PAGESIZE);
}

/* no room for another thread's stack is refused like one process too many */
static void
test_a_thread_that_cannot_be_started_is_told(void)
{
  Log log = { 0 };
  g_autoptr(optreg_optimizer) optimizer = optimizer_new(&log);
  g_autoptr(optreg_error) error = NULL;
  struct rlimit before;

  if (has_one_processor()) {
    return;
  }
#if OPTREG_TEST_SANITIZED
  g_test_skip("sanitizers need address space of their own");
  return;
#endif
  optreg_optimizer_set_threads(optimizer, 2, NULL);
  getrlimit(RLIMIT_AS, &before);
  const struct rlimit little = { address_space() + (1 << 19), before.rlim_max };
  g_assert_cmpint(setrlimit(RLIMIT_AS, &little), ==, 0);
  const bool is_built = optreg_optimizer_build(optimizer, &error);
  const optreg_status status = optreg_optimizer_step(optimizer, NULL);
  setrlimit(RLIMIT_AS, &before);

  assert_no_error(error);
  g_assert_true(is_built);
  g_assert_cmpint(status, ==, OPTREG_STEP_APPLIED);
  g_assert_cmpint(log.n, ==, 1);
  g_assert_cmpuint(log.level, ==, OPTREG_LOG_WARNING);
  g_assert_cmpstr(log.message, ==,
                  "steps run on 1 of 2 threads: no more can be started: Resource "
                  "temporarily unavailable: raise the limit on processes or ask for "
                  "fewer threads");
}

static int
print_count(bool is_bound)
{
  if (is_bound) {
    bind_to(0);
  }
  printf("%u\n", threads_of_an_optimizer());
  return 0;
}

int
main(int argc, char **argv)
{
  g_unsetenv("OPTREG_NUM_THREADS");
  if (argc == 2 && g_str_has_prefix(argv[1], "count")) {
    g_test_init(&argc, &argv, NULL);
    return print_count(g_str_equal(argv[1], "count-bound"));
  }
  g_test_init(&argc, &argv, NULL);
  /* first, while no stack of an ended thread lies ready */
  g_test_add_func("/threads/one-that-cannot-be-started-is-told",
                  test_a_thread_that_cannot_be_started_is_told);
  g_test_add_func("/threads/the-environment-sets-the-number",
                  test_the_environment_sets_the_number);
  g_test_add_func("/threads/what-is-no-number-of-threads-is-refused",
                  test_what_is_no_number_of_threads_is_refused);
  g_test_add_func("/threads/a-call-cannot-ask-for-more-than-the-environment",
                  test_a_call_cannot_ask_for_more_than_the_environment);
  g_test_add_func("/threads/there-are-no-more-than-processors",
                  test_there_are_no_more_threads_than_processors);
  g_test_add_func("/threads/nothing-is-said-of-those-that-there-are",
                  test_nothing_is_said_of_threads_that_there_are);
  g_test_add_func("/threads/those-of-the-application-are-not-counted",
                  test_threads_of_the_application_are_not_counted);
  g_test_add_func("/threads/others-are-not-bound-with-the-caller",
                  test_the_others_are_not_bound_with_the_caller);
  g_test_add_func("/threads/a-process-that-binds-itself-has-all-processors",
                  test_a_process_that_binds_itself_has_all);
  g_test_add_func("/threads/a-process-that-was-started-on-one-processor-has-one",
                  test_a_process_that_was_started_on_one_has_one);
  g_test_add_func("/threads/openmp-tells-what-it-was-given",
                  test_openmp_tells_what_it_was_given);
  g_test_add_func("/threads/many-optimizers-have-no-more-than-one",
                  test_many_optimizers_have_no_more_threads_than_one);
  return g_test_run();
}
