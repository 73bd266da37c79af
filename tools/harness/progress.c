/* SPDX-License-Identifier: MIT */
/* The live lines and the plain lines. */
#include "progress.h"

#include "bar.h"
#include "support/format.h"

#include <math.h>

enum { REDRAW_US = 100000 };

/* a run under way */
typedef struct Worker {
  const Run *run;
  gint64 start;
  double done_at_start; /* -1 until the first record: it may go on from a checkpoint */
} Worker;

struct Progress {
  const Comparison *comparison;
  const GPtrArray *runs;
  const char *what;
  FILE *stream;
  bool is_live;
  size_t n_lines; /* on the terminal now */
  gint64 start, last_drawn;
  GArray *workers; /* of Worker */
};

Progress *
progress_new(const Comparison *comparison, const GPtrArray *runs, const char *what,
             FILE *stream)
{
  Progress *progress = g_new0(Progress, 1);

  progress->comparison = comparison;
  progress->runs = runs;
  progress->what = what;
  progress->stream = stream;
  progress->is_live = format_is_terminal(stream);
  progress->start = g_get_monotonic_time();
  progress->workers = g_array_new(FALSE, FALSE, sizeof(Worker));
  return progress;
}

void
progress_free(Progress *progress)
{
  if (progress != NULL) {
    progress_clear(progress);
    g_array_unref(progress->workers);
    g_free(progress);
  }
}

void
progress_clear(Progress *progress)
{
  for (; progress->n_lines > 0; progress->n_lines--) {
    fputs("\033[A\r\033[K", progress->stream);
  }
  fflush(progress->stream);
}

/* ---- how much is done ---- */

static bool
has_ended(const Run *run)
{
  return run_is_complete(run) || run->state == RUN_LOST;
}

/* 0 to 1; a run that ended early is done */
static double
share_of(const Comparison *comparison, const Run *run)
{
  const Budget budget = experiment_task(comparison->experiment, run->task)->budget;
  const double n_batches = (double)comparison_n_batches(comparison, run->task);

  if (has_ended(run)) {
    return 1.0;
  }
  return fmin(1.0, n_batches > 0.0 ? (double)run->last.batches / n_batches
                                   : run->last.elapsed_s / budget.amount);
}

/* seconds that a run of the problem takes, by a probe; 1 where there was none, which is
 * where all runs are of one problem */
static double
weight_of(const Comparison *comparison, const Run *run)
{
  const Budget budget = experiment_task(comparison->experiment, run->task)->budget;
  const double step_s = comparison_site(comparison, run->task, run->arm)->step_s;
  const double n_batches = (double)comparison_n_batches(comparison, run->task);

  if (budget.kind == BUDGET_SECONDS) {
    return budget.amount;
  }
  return step_s > 0.0 ? step_s * n_batches : 1.0;
}

/* of what was to be done when this began */
static double
share_done(const Progress *progress)
{
  double done = 0.0, all = 0.0;

  for (guint i = 0; i < progress->runs->len; i++) {
    const Run *run = g_ptr_array_index(progress->runs, i);
    const double weight = run->is_reused ? 0.0 : weight_of(progress->comparison, run);
    all += weight;
    done += weight * share_of(progress->comparison, run);
  }
  return all > 0.0 ? done / all : 1.0;
}

static size_t
count_ended(const Progress *progress)
{
  size_t n_ended = 0;

  for (guint i = 0; i < progress->runs->len; i++) {
    n_ended += has_ended(g_ptr_array_index(progress->runs, i));
  }
  return n_ended;
}

/* ---- live ---- */

static char *
describe_run(const Progress *progress, const Run *run)
{
  const Experiment *experiment = progress->comparison->experiment;
  g_autofree char *task = comparison_n_tasks(progress->comparison) > 1 ? g_strconcat(
                              experiment_task(experiment, run->task)->name, " ", NULL)
                                                                       : g_strdup("");
  g_autofree char *trial = run->purpose == RUN_TUNING
                               ? g_strdup_printf(" trial %u", run->trial)
                               : g_strdup("");

  return g_strdup_printf("%s%s%s seed %u", task,
                         arm_name(experiment_arm(experiment, run->arm)), trial,
                         run->seed);
}

static void
print_line(Progress *progress, const char *text, size_t width)
{
  /* a line that wraps could not be taken away again */
  fprintf(progress->stream, "%.*s\033[K\n", (int)width, text);
  progress->n_lines++;
}

static void
draw_worker(Progress *progress, const Worker *worker, size_t width)
{
  const Run *run = worker->run;
  const double done = share_of(progress->comparison, run);
  g_autofree char *name = describe_run(progress, run);
  g_autofree char *eta = bar_eta(worker->start, worker->done_at_start, done);
  g_autofree char *line = g_strdup_printf("  %s  %3.0f %%  epoch %.4g  loss %.4g  %s",
                                          name, 100.0 * done, run->last.epoch,
                                          run->last.values[SPLIT_TRAINING][0], eta);

  print_line(progress, line, width);
}

static void
draw_bar(Progress *progress)
{
  const double done = share_done(progress);
  g_autofree char *eta = bar_eta(progress->start, 0.0, done);
  g_autofree char *text = g_strdup_printf(
      "%s%s%zu of %u runs  %s", progress->what != NULL ? progress->what : "",
      progress->what != NULL ? "  " : "", count_ended(progress), progress->runs->len,
      eta);

  bar_print(done, text, progress->stream);
  progress->n_lines++;
}

static void
draw(Progress *progress)
{
  const size_t width = format_width(progress->stream);

  progress->last_drawn = g_get_monotonic_time();
  progress_clear(progress);
  for (guint i = 0; i < progress->workers->len; i++) {
    draw_worker(progress, &g_array_index(progress->workers, Worker, i), width);
  }
  draw_bar(progress);
  fflush(progress->stream);
}

static Worker *
find_worker(Progress *progress, const Run *run)
{
  for (guint i = 0; i < progress->workers->len; i++) {
    Worker *worker = &g_array_index(progress->workers, Worker, i);
    if (worker->run == run) {
      return worker;
    }
  }
  return NULL;
}

void
progress_begin_run(Progress *progress, const Run *run)
{
  const Worker worker = { run, g_get_monotonic_time(), -1.0 };
  g_array_append_val(progress->workers, worker);
}

void
progress_update(Progress *progress, const Run *run)
{
  Worker *worker = find_worker(progress, run);

  if (worker != NULL && worker->done_at_start < 0.0) {
    worker->done_at_start = share_of(progress->comparison, run);
    worker->start = g_get_monotonic_time();
  }
  if (progress->is_live && g_get_monotonic_time() - progress->last_drawn >= REDRAW_US) {
    draw(progress);
  }
}

/* ---- plain ---- */

static char *
describe_metric(const Task *task, const Record *record)
{
  const ProblemMetric *metric = task_metric(task);
  const double value = record->values[task->split][task->metric];
  const bool is_share = (metric->flags & OPTREG_PROBLEM_SHARE) != 0;

  return is_share ? g_strdup_printf("%s %s %.2f %%", split_name(task->split),
                                    metric->name, 100.0 * value)
                  : g_strdup_printf("%s %s %.4g", split_name(task->split), metric->name,
                                    value);
}

static char *
describe_end(const Progress *progress, const Run *run)
{
  const Task *task = experiment_task(progress->comparison->experiment, run->task);

  if (run->state == RUN_LOST) {
    return g_strdup_printf("lost: %s", run->reason);
  }
  if (run->state == RUN_DIVERGED) {
    return g_strdup_printf("diverged: %s", run->last.reason);
  }
  g_autofree char *metric = describe_metric(task, &run->last);
  return g_strdup_printf("training loss %.4g, %s", run->last.values[SPLIT_TRAINING][0],
                         metric);
}

static void
print_end(Progress *progress, const Run *run)
{
  g_autofree char *eta = bar_eta(progress->start, 0.0, share_done(progress));
  g_autofree char *name = describe_run(progress, run);
  g_autofree char *end = describe_end(progress, run);

  progress_clear(progress);
  fprintf(progress->stream, "[%zu/%u] %s: %s%s%s\n", count_ended(progress),
          progress->runs->len, name, end, eta[0] != '\0' ? ", " : "", eta);
  fflush(progress->stream);
}

void
progress_end_run(Progress *progress, const Run *run)
{
  const Worker *worker = find_worker(progress, run);

  if (worker != NULL) {
    g_array_remove_index(progress->workers,
                         (guint)(worker - (const Worker *)progress->workers->data));
  }
  if (!progress->is_live || run->state == RUN_LOST) {
    print_end(progress, run);
  } else {
    progress_update(progress, run);
  }
}
