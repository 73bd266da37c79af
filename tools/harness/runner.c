/* SPDX-License-Identifier: MIT */
/* The pool of child processes. */
#include "runner.h"

#include "outcome.h"
#include "support/interrupts.h"

typedef struct Runner {
  Comparison *comparison;
  GPtrArray *runs;
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
  Messages *messages;
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
    messages_free(child->messages);
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
    outcome_judge(runner->comparison, run, child->process, child->messages);
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
  const Comparison *comparison = child->runner->comparison;
  Record record = { 0 };

  if (line == NULL) {
    child_release(child);
    return;
  }
  const ProblemClass *class =
      experiment_task(comparison->experiment, child->run->task)->class;
  if (child->run->state == RUN_RUNNING && record_from_json(line, class, &record)) {
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

static void add_format(GPtrArray *arguments, const char *format, ...)
    G_GNUC_PRINTF(2, 3);

static void
add_format(GPtrArray *arguments, const char *format, ...)
{
  va_list values;

  va_start(values, format);
  g_ptr_array_add(arguments, g_strdup_vprintf(format, values));
  va_end(values);
}

void
runner_add_task(GPtrArray *arguments, const Comparison *comparison, size_t index)
{
  const Task *task = experiment_task(comparison->experiment, index);
  char amount[G_ASCII_DTOSTR_BUF_SIZE];
  size_t n;
  const ProblemOption *options = problem_options(task->class, &n);

  add_format(arguments, "--problem=%s", task->class->name);
  for (size_t i = 0; i < n; i++) {
    g_autofree char *value = problem_show_option(task->class, i, task->options[i]);
    add_format(arguments, "--option=%s=%s", options[i].name, value);
  }
  add_format(arguments, "--batch-size=%u", task->batch_size);
  add_format(arguments, "--%s=%s", budget_unit(task->budget.kind),
             g_ascii_dtostr(amount, sizeof amount, task->budget.amount));
}

void
runner_add_shadow(GPtrArray *arguments, const Comparison *comparison, size_t arm,
                  const char *config)
{
  add_format(arguments, "--shadow-name=%s",
             arm_name(experiment_arm(comparison->experiment, arm)));
  add_format(arguments, "--shadow=%s", config);
}

/* the other arms, as they run themselves */
static void
add_shadows(GPtrArray *arguments, const Comparison *comparison, const Run *run)
{
  for (size_t arm = 1;
       comparison_is_shadowed(comparison, run) && arm < comparison_n_arms(comparison);
       arm++) {
    const uint32_t trial = comparison_site(comparison, run->task, arm)->trial;
    g_autofree char *config = comparison_config_path(comparison, arm, trial);
    runner_add_shadow(arguments, comparison, arm, config);
  }
}

static GPtrArray *
make_arguments(const Runner *runner, const Run *run)
{
  const Comparison *comparison = runner->comparison;
  const Experiment *experiment = comparison->experiment;
  g_autofree char *record = comparison_run_path(comparison, run, ".jsonl");
  g_autofree char *state = comparison_run_path(comparison, run, ".state");
  GPtrArray *arguments = g_ptr_array_new_with_free_func(g_free);

  for (size_t i = 0; runner->options->command[i] != NULL; i++) {
    g_ptr_array_add(arguments, g_strdup(runner->options->command[i]));
  }
  runner_add_task(arguments, comparison, run->task);
  add_format(arguments, "--label=%s", experiment_task(experiment, run->task)->name);
  add_format(arguments, "--arm=%s", arm_name(experiment_arm(experiment, run->arm)));
  add_format(arguments, "--trial=%u", run->trial);
  add_format(arguments, "--seed=%u", run->seed);
  add_format(arguments, "--checkpoint=%s", runner->options->checkpoint_s);
  add_format(arguments, "--record=%s", record);
  add_format(arguments, "--state=%s", state);
  add_format(arguments, "--key=%s", run->key);
  if (comparison_diagnoses(comparison, run)) {
    g_ptr_array_add(arguments, g_strdup("--diagnose"));
  }
  add_shadows(arguments, comparison, run);
  g_ptr_array_add(arguments, g_strdup("--"));
  g_ptr_array_add(arguments, comparison_config_path(comparison, run->arm, run->trial));
  g_ptr_array_add(arguments, NULL);
  return arguments;
}

void
runner_set_threads(GSubprocessLauncher *launcher)
{
  g_subprocess_launcher_setenv(launcher, "OPTREG_NUM_THREADS", "1", TRUE);
  g_subprocess_launcher_setenv(launcher, "OPENBLAS_NUM_THREADS", "1", TRUE);
}

static GSubprocess *
spawn(const Runner *runner, const Run *run, Messages **messages, GError **error)
{
  g_autoptr(GSubprocessLauncher)
      launcher = g_subprocess_launcher_new(G_SUBPROCESS_FLAGS_STDOUT_PIPE);
  g_autofree char *path = comparison_run_path(runner->comparison, run, ".stderr");
  g_autoptr(GPtrArray) arguments = make_arguments(runner, run);

  runner_set_threads(launcher);
  *messages = messages_new(path, launcher);
  return g_subprocess_launcher_spawnv(launcher, (const char *const *)arguments->pdata,
                                      error);
}

static void
start(Runner *runner, Run *run)
{
  g_autoptr(GError) error = NULL;
  g_autoptr(Messages) messages = NULL;
  g_autoptr(GSubprocess) process = spawn(runner, run, &messages, &error);

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
  child->messages = g_steal_pointer(&messages);
  child->n_pending = 2;
  run->state = RUN_RUNNING;
  progress_begin_run(runner->progress, run);
  runner->n_pending++;
  g_ptr_array_add(runner->children, child);
  g_subprocess_wait_async(child->process, NULL, on_ended, child);
  listen(child);
}

static void
start_more(Runner *runner)
{
  while (!runner->is_interrupted && runner->children->len < runner->options->jobs
         && runner->n_started < runner->runs->len) {
    Run *run = g_ptr_array_index(runner->runs, runner->n_started++);
    if (run->state == RUN_WAITING) {
      start(runner, run);
    }
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
is_left(const GPtrArray *runs)
{
  for (guint i = 0; i < runs->len; i++) {
    const Run *run = g_ptr_array_index(runs, i);
    if (run->state == RUN_WAITING) {
      return true;
    }
  }
  return false;
}

bool
runner_run(Comparison *comparison, GPtrArray *runs, const RunnerOptions *options,
           Progress *progress)
{
  Interrupts interrupts;
  Runner runner = {
    .comparison = comparison, .runs = runs, .options = options, .progress = progress
  };

  runner.loop = g_main_loop_new(NULL, FALSE);
  runner.children = g_ptr_array_new();
  interrupts_watch(&interrupts, on_interrupt, &runner);
  start_more(&runner);
  while (runner.n_pending > 0) {
    g_main_loop_run(runner.loop);
  }
  interrupts_clear(&interrupts);
  progress_clear(progress);
  g_ptr_array_unref(runner.children);
  g_main_loop_unref(runner.loop);
  return !is_left(runs);
}
