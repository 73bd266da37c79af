/* SPDX-License-Identifier: MIT */
/* The pool of child processes. */
#include "runner.h"

#include "outcome.h"

#include <gio/gio.h>
#include <glib-unix.h>
#include <signal.h>

typedef struct Runner {
  Comparison *comparison;
  const RunnerOptions *options;
  Progress *progress;
  GMainLoop *loop;
  GPtrArray *children; /* of Child, those that run; owned by their callbacks */
  size_t n_started, n_pending;
  bool is_interrupted;
} Runner;

/* Lives until both of its callbacks, for its end and for its lines, are done. */
typedef struct Child {
  Runner *runner;
  Run *run;
  GSubprocess *process;
  GDataInputStream *lines;
  GCancellable *listening;
  unsigned n_pending;
} Child;

static void start_more(Runner *runner);

static void
child_release(Child *child)
{
  Runner *runner = child->runner;

  if (--child->n_pending == 0) {
    g_object_unref(child->lines);
    g_object_unref(child->process);
    g_object_unref(child->listening);
    g_free(child);
    runner->n_pending--;
  }
  if (runner->n_pending == 0) {
    g_main_loop_quit(runner->loop);
  }
}

static void
on_ended(GObject *source, GAsyncResult *result, void *data)
{
  Child *child = data;
  Runner *runner = child->runner;
  Run *run = child->run;

  g_subprocess_wait_finish(G_SUBPROCESS(source), result, NULL);
  if (runner->is_interrupted) {
    run->state = RUN_WAITING;
  } else {
    outcome_judge(runner->comparison, run, child->process);
    progress_end_run(runner->progress, run);
  }
  /* who else holds the pipe, a process that a plugin left behind, is not waited for */
  g_cancellable_cancel(child->listening);
  g_ptr_array_remove_fast(runner->children, child);
  start_more(runner);
  child_release(child);
}

static void listen(Child *child);

/* what a child says is for the progress only */
static void
on_line(GObject *source, GAsyncResult *result, void *data)
{
  Child *child = data;
  g_autofree char *line = g_data_input_stream_read_line_finish(
      G_DATA_INPUT_STREAM(source), result, NULL, NULL);
  Record record = { 0 };

  if (line == NULL) {
    child_release(child);
    return;
  }
  if (child->run->state == RUN_RUNNING && record_from_json(line, &record)) {
    child->run->last = record;
    progress_update(child->runner->progress, child->run);
  }
  listen(child);
}

static void
listen(Child *child)
{
  g_data_input_stream_read_line_async(child->lines, G_PRIORITY_DEFAULT,
                                      child->listening, on_line, child);
}

static GPtrArray *
make_arguments(const Runner *runner, const Run *run)
{
  const Comparison *comparison = runner->comparison;
  GPtrArray *arguments = g_ptr_array_new_with_free_func(g_free);

  for (size_t i = 0; runner->options->command[i] != NULL; i++) {
    g_ptr_array_add(arguments, g_strdup(runner->options->command[i]));
  }
  g_ptr_array_add(arguments, g_strdup_printf("--arm=%s", run->arm->name));
  g_ptr_array_add(arguments,
                  g_strdup_printf("--problem=%s", comparison->problem->name));
  g_ptr_array_add(arguments, g_strdup_printf("--seed=%u", run->seed));
  g_ptr_array_add(arguments, g_strdup_printf("--epochs=%u", comparison->epochs));
  g_ptr_array_add(arguments,
                  g_strdup_printf("--batch-size=%u", comparison->batch_size));
  g_ptr_array_add(arguments, g_strdup("--record"));
  g_ptr_array_add(arguments, comparison_run_path(comparison, run, ".jsonl"));
  g_ptr_array_add(arguments, g_strdup("--"));
  g_ptr_array_add(arguments, comparison_config_path(comparison, run->arm));
  g_ptr_array_add(arguments, NULL);
  return arguments;
}

/* one thread for each run: parallelism across runs costs no bits */
static GSubprocess *
spawn(const Runner *runner, const Run *run, GError **error)
{
  g_autoptr(GSubprocessLauncher)
      launcher = g_subprocess_launcher_new(G_SUBPROCESS_FLAGS_STDOUT_PIPE);
  g_autofree char *messages = comparison_run_path(runner->comparison, run, ".stderr");
  g_autoptr(GPtrArray) arguments = make_arguments(runner, run);

  g_subprocess_launcher_setenv(launcher, "OPTREG_NUM_THREADS", "1", TRUE);
  g_subprocess_launcher_setenv(launcher, "OPENBLAS_NUM_THREADS", "1", TRUE);
  g_subprocess_launcher_set_stderr_file_path(launcher, messages);
  return g_subprocess_launcher_spawnv(launcher, (const char *const *)arguments->pdata,
                                      error);
}

static void
start(Runner *runner, Run *run)
{
  g_autoptr(GError) error = NULL;
  g_autoptr(GSubprocess) process = spawn(runner, run, &error);

  if (process == NULL) {
    run->state = RUN_LOST;
    run->reason = g_strdup(error->message);
    progress_end_run(runner->progress, run);
    return;
  }
  Child *child = g_new0(Child, 1);
  child->runner = runner;
  child->run = run;
  child->lines = g_data_input_stream_new(g_subprocess_get_stdout_pipe(process));
  child->listening = g_cancellable_new();
  child->process = g_steal_pointer(&process);
  child->n_pending = 2;
  run->state = RUN_RUNNING;
  runner->n_pending++;
  g_ptr_array_add(runner->children, child);
  g_subprocess_wait_async(child->process, NULL, on_ended, child);
  listen(child);
}

/* seed by seed, so that all arms meet the same weather on the machine */
static Run *
next_run(Runner *runner)
{
  const size_t n_arms = runner->comparison->arms->len;
  const size_t i = runner->n_started++;
  return comparison_run(runner->comparison, i % n_arms, i / n_arms);
}

static void
start_more(Runner *runner)
{
  const size_t n = comparison_n_runs(runner->comparison);

  while (!runner->is_interrupted && runner->children->len < runner->options->jobs
         && runner->n_started < n) {
    start(runner, next_run(runner));
  }
}

static gboolean
on_interrupt(void *data)
{
  Runner *runner = data;

  runner->is_interrupted = true;
  for (guint i = 0; i < runner->children->len; i++) {
    const Child *child = g_ptr_array_index(runner->children, i);
    g_subprocess_force_exit(child->process);
  }
  return G_SOURCE_CONTINUE;
}

static bool
is_left(const Comparison *comparison)
{
  for (size_t i = 0; i < comparison_n_runs(comparison); i++) {
    if (comparison->runs[i].state == RUN_WAITING) {
      return true;
    }
  }
  return false;
}

bool
runner_run(Comparison *comparison, const RunnerOptions *options, Progress *progress)
{
  static const int signals[] = { SIGINT, SIGTERM, SIGHUP };
  guint sources[G_N_ELEMENTS(signals)];
  Runner runner = { .comparison = comparison,
                    .options = options,
                    .progress = progress };

  runner.loop = g_main_loop_new(NULL, FALSE);
  runner.children = g_ptr_array_new();
  for (size_t i = 0; i < G_N_ELEMENTS(signals); i++) {
    sources[i] = g_unix_signal_add(signals[i], on_interrupt, &runner);
  }
  start_more(&runner);
  while (runner.n_pending > 0) {
    g_main_loop_run(runner.loop);
  }
  for (size_t i = 0; i < G_N_ELEMENTS(signals); i++) {
    g_source_remove(sources[i]);
  }
  progress_clear(progress);
  g_ptr_array_unref(runner.children);
  g_main_loop_unref(runner.loop);
  return !is_left(comparison);
}
