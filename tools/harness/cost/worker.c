/* SPDX-License-Identifier: MIT */
/* Questions and answers through pipes, a line of JSON each. */
#include "worker.h"

#include "harness/outcome.h"
#include "harness/runner.h"
#include "support/json_get.h"
#include "support/json_text.h"

#include <gio/gio.h>
#include <glib/gstdio.h>

struct CostWorker {
  const CostWorkerPlace *place;
  GSubprocess *process; /* NULL: it could not be started */
  GDataInputStream *lines;
  Messages *messages;
  char *reason;
};

/* ---- starting and ending ---- */

static char *
path_of(const CostWorkerPlace *place, const char *file)
{
  const Experiment *experiment = place->comparison->experiment;

  return g_build_filename(place->comparison->directory, "runs",
                          experiment_task(experiment, place->task)->name,
                          arm_name(experiment_arm(experiment, place->arm)), file, NULL);
}

/* the control's second process takes that of the first */
static char *
recording_path(const CostWorkerPlace *place)
{
  return path_of(place, "cost.recording");
}

void
cost_worker_forget(const CostWorkerPlace *place)
{
  g_autofree char *path = recording_path(place);
  g_unlink(path);
}

static GPtrArray *
make_arguments(const CostWorkerPlace *place)
{
  const Comparison *comparison = place->comparison;
  const uint32_t trial = comparison_site(comparison, place->task, place->arm)->trial;
  g_autofree char *recording = recording_path(place);
  GPtrArray *arguments = g_ptr_array_new_with_free_func(g_free);

  for (size_t i = 0; place->command[i] != NULL; i++) {
    g_ptr_array_add(arguments, g_strdup(place->command[i]));
  }
  runner_add_task(arguments, comparison, place->task);
  g_ptr_array_add(arguments,
                  g_strdup_printf("--seed=%u", comparison->experiment->first_seed));
  g_ptr_array_add(arguments, g_strdup_printf("--cost=%s", recording));
  g_ptr_array_add(arguments,
                  g_strdup_printf("--trained=%" G_GUINT64_FORMAT, place->n_trained));
  g_ptr_array_add(arguments, g_strdup("--"));
  g_ptr_array_add(arguments, comparison_config_path(comparison, place->arm, trial));
  g_ptr_array_add(arguments, NULL);
  return arguments;
}

CostWorker *
cost_worker_start(const CostWorkerPlace *place)
{
  CostWorker *worker = g_new0(CostWorker, 1);
  g_autoptr(GSubprocessLauncher) launcher = g_subprocess_launcher_new(
      G_SUBPROCESS_FLAGS_STDIN_PIPE | G_SUBPROCESS_FLAGS_STDOUT_PIPE);
  g_autoptr(GPtrArray) arguments = make_arguments(place);
  g_autofree char *path =
      path_of(place, place->is_again ? "cost-again.stderr" : "cost.stderr");
  g_autoptr(GError) error = NULL;

  worker->place = place;
  worker->messages = messages_new(path, launcher);
  runner_set_threads(launcher);
  worker->process = g_subprocess_launcher_spawnv(
      launcher, (const char *const *)arguments->pdata, &error);
  if (worker->process == NULL) {
    worker->reason = g_strdup(error->message);
  } else {
    worker->lines =
        g_data_input_stream_new(g_subprocess_get_stdout_pipe(worker->process));
  }
  return worker;
}

static void
end_process(CostWorker *worker)
{
  if (worker->process != NULL) {
    g_subprocess_force_exit(worker->process);
    g_subprocess_wait(worker->process, NULL, NULL);
  }
}

void
cost_worker_free(CostWorker *worker)
{
  if (worker == NULL) {
    return;
  }
  end_process(worker);
  messages_keep(worker->messages, worker->reason != NULL);
  g_clear_object(&worker->lines);
  g_clear_object(&worker->process);
  messages_free(worker->messages);
  g_free(worker->reason);
  g_free(worker);
}

const char *
cost_worker_reason(const CostWorker *worker)
{
  return worker->reason;
}

/* ---- answers ---- */

/* a line that is waited for */
typedef struct Answer {
  char *line;
  bool is_there;
} Answer;

static void
on_line(GObject *source, GAsyncResult *result, void *data)
{
  Answer *answer = data;

  answer->line = g_data_input_stream_read_line_finish(G_DATA_INPUT_STREAM(source),
                                                      result, NULL, NULL);
  answer->is_there = true;
}

/* NULL at the end, and when interrupted */
static char *
read_line(const CostWorker *worker)
{
  g_autoptr(GCancellable) cancellable = g_cancellable_new();
  Answer answer = { 0 };

  g_data_input_stream_read_line_async(worker->lines, G_PRIORITY_DEFAULT, cancellable,
                                      on_line, &answer);
  while (!answer.is_there) {
    if (*worker->place->is_interrupted) {
      g_cancellable_cancel(cancellable);
    }
    g_main_context_iteration(NULL, TRUE);
  }
  return answer.line;
}

/* the object that answers, or NULL; a plugin may print what it likes */
static JsonObject *
hear(CostWorker *worker, const char *what)
{
  for (;;) {
    g_autofree char *line = read_line(worker);
    if (line == NULL) {
      return NULL;
    }
    g_autoptr(JsonObject) object = json_text_read_object(line, -1);
    if (object != NULL && g_str_equal(json_get_text(object, "cost"), what)) {
      return json_object_ref(object);
    }
  }
}

/* always false */
static bool
fail(CostWorker *worker)
{
  if (!*worker->place->is_interrupted && worker->reason == NULL) {
    g_subprocess_wait(worker->process, NULL, NULL);
    worker->reason = outcome_describe_loss(worker->process, worker->messages);
  }
  return false;
}

static double
number(JsonObject *object, const char *name)
{
  return json_get_number(object, name, 0.0);
}

static uint64_t
count(JsonObject *object, const char *name)
{
  return json_get_count(object, name);
}

bool
cost_worker_prepare(CostWorker *worker, CostRow *row, uint64_t *n_parameters)
{
  g_autoptr(JsonObject) facts = worker->process != NULL ? hear(worker, "ready") : NULL;

  if (facts == NULL) {
    return fail(worker);
  }
  *n_parameters = count(facts, "parameters");
  row->state_bytes = (double)count(facts, "state_bytes") / (double)*n_parameters;
  row->bytes_moved = number(facts, "bytes_moved");
  row->gradient_ns = 1e9 * number(facts, "gradient_s");
  row->trained = count(facts, "trained");
  row->n_recorded = count(facts, "recorded");
  row->n_calls = count(facts, "calls");
  return true;
}

bool
cost_worker_block(CostWorker *worker, double *seconds)
{
  GOutputStream *questions = g_subprocess_get_stdin_pipe(worker->process);
  g_autoptr(JsonObject)
      answer = g_output_stream_write_all(questions, "block\n", 6, NULL, NULL, NULL)
                   ? hear(worker, "block")
                   : NULL;

  if (answer == NULL) {
    return fail(worker);
  }
  *seconds = number(answer, "seconds");
  return true;
}
