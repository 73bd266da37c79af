/* SPDX-License-Identifier: MIT */
/* The live line and the plain lines. */
#include "progress.h"

#include "support/format.h"

#include <math.h>

enum { BAR_WIDTH = 20, REDRAW_US = 100000 };

struct Progress {
  const Comparison *comparison;
  FILE *stream;
  bool is_live, has_colour, has_line;
  gint64 start, last_drawn;
};

Progress *
progress_new(const Comparison *comparison, FILE *stream)
{
  Progress *progress = g_new0(Progress, 1);

  progress->comparison = comparison;
  progress->stream = stream;
  progress->is_live = format_is_terminal(stream);
  progress->has_colour = format_wants_colour(stream);
  progress->start = g_get_monotonic_time();
  return progress;
}

void
progress_free(Progress *progress)
{
  if (progress != NULL) {
    progress_clear(progress);
    g_free(progress);
  }
}

void
progress_clear(Progress *progress)
{
  if (progress->has_line) {
    fputs("\r\033[K", progress->stream);
    fflush(progress->stream);
    progress->has_line = false;
  }
}

static bool
has_ended(const Run *run)
{
  return run_is_complete(run) || run->state == RUN_LOST;
}

/* 0 to 1, by epochs; a run that ended early is done */
static double
share_done(const Comparison *comparison)
{
  const size_t n = comparison_n_runs(comparison);
  double done = 0.0;

  for (size_t i = 0; i < n; i++) {
    const Run *run = &comparison->runs[i];
    done += has_ended(run) ? 1.0 : (double)run->last.epoch / comparison->epochs;
  }
  return done / (double)n;
}

static size_t
count_ended(const Comparison *comparison, const Arm *arm)
{
  size_t n_ended = 0;

  for (size_t i = 0; i < comparison_n_runs(comparison); i++) {
    const Run *run = &comparison->runs[i];
    n_ended += has_ended(run) && (arm == NULL || run->arm == arm);
  }
  return n_ended;
}

static char *
describe_eta(const Progress *progress, double done)
{
  const double elapsed = 1e-6 * (double)(g_get_monotonic_time() - progress->start);

  if (done <= 0.0 || done >= 1.0) {
    return g_strdup("");
  }
  const double rest = elapsed * (1.0 - done) / done;
  g_autofree char *text = rest < 1.0 ? g_strdup("<1 s") : format_duration(rest);
  return g_strdup_printf("ETA %s", text);
}

static char *
draw_bar(double done)
{
  char bar[BAR_WIDTH + 1] = { 0 };

  for (size_t i = 0; i < BAR_WIDTH; i++) {
    bar[i] = (double)i < done * BAR_WIDTH ? '#' : '-';
  }
  return g_strdup(bar);
}

static char *
describe_live(const Progress *progress, const Run *run, double done)
{
  const Comparison *comparison = progress->comparison;
  g_autofree char *eta = describe_eta(progress, done);

  return g_strdup_printf("%3.0f %%  %s%s%s  seeds %zu/%u  epoch %u/%u  loss %.4g",
                         100.0 * done, eta, eta[0] != '\0' ? "  " : "", run->arm->name,
                         count_ended(comparison, run->arm), comparison->n_seeds,
                         run->last.epoch, comparison->epochs, run->last.train_loss);
}

static void
draw_live(Progress *progress, const Run *run)
{
  const double done = share_done(progress->comparison);
  const size_t width = format_width(progress->stream);
  const size_t rest = width > BAR_WIDTH + 4 ? width - BAR_WIDTH - 4 : 0;
  g_autofree char *bar = draw_bar(done);
  g_autofree char *text = describe_live(progress, run, done);

  /* a line that wraps could not be taken away again */
  fprintf(progress->stream, "\r%s[%s]%s %.*s\033[K",
          progress->has_colour ? "\033[32m" : "", bar,
          progress->has_colour ? "\033[0m" : "", (int)rest, text);
  fflush(progress->stream);
  progress->has_line = true;
}

void
progress_update(Progress *progress, const Run *run)
{
  const gint64 time = g_get_monotonic_time();

  if (progress->is_live && time - progress->last_drawn >= REDRAW_US) {
    progress->last_drawn = time;
    draw_live(progress, run);
  }
}

static char *
describe_end(const Run *run)
{
  if (run->state == RUN_LOST) {
    return g_strdup_printf("lost: %s", run->reason);
  }
  return g_strdup_printf("%strain loss %.4g, test accuracy %.2f %%",
                         run->state == RUN_DIVERGED ? "diverged, " : "",
                         run->last.train_loss, 100.0 * run->last.test_accuracy);
}

void
progress_end_run(Progress *progress, const Run *run)
{
  const Comparison *comparison = progress->comparison;
  const size_t n = comparison_n_runs(comparison);

  if (progress->is_live && run->state != RUN_LOST) {
    progress_update(progress, run);
    return;
  }
  g_autofree char *eta = describe_eta(progress, share_done(comparison));
  g_autofree char *end = describe_end(run);
  progress_clear(progress);
  fprintf(progress->stream, "[%zu/%zu] %s seed %u: %s%s%s\n",
          count_ended(comparison, NULL), n, run->arm->name, run->seed, end,
          eta[0] != '\0' ? ", " : "", eta);
  fflush(progress->stream);
}
