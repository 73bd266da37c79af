/* SPDX-License-Identifier: MIT */
/* The cost phase, watched. */
#include "watch.h"

#include "harness/bar.h"
#include "support/format.h"

enum { REDRAW_US = 100000, PLAIN_LINES = 4 }; /* the latter for each problem */

CostWatch
cost_watch_begin(size_t n_tasks, FILE *stream)
{
  return (CostWatch){ .stream = stream,
                      .n_tasks = n_tasks,
                      .start = g_get_monotonic_time(),
                      .is_live = format_is_terminal(stream) };
}

void
cost_watch_clear(CostWatch *watch)
{
  if (watch->is_drawn) {
    fputs("\033[A\r\033[K", watch->stream);
    fflush(watch->stream);
  }
  watch->is_drawn = false;
}

void
cost_watch_task(CostWatch *watch, size_t task, const char *problem)
{
  watch->task = task;
  watch->problem = problem;
  watch->said = -1;
}

static void
draw(CostWatch *watch, double done, const char *what, const char *eta)
{
  const gint64 now = g_get_monotonic_time();

  if (watch->is_drawn && now - watch->drawn < REDRAW_US) {
    return;
  }
  g_autofree char *text =
      g_strdup_printf("cost of %s: %s  %s", watch->problem, what, eta);
  cost_watch_clear(watch);
  bar_print(done, text, watch->stream);
  fflush(watch->stream);
  watch->is_drawn = true;
  watch->drawn = now;
}

static void
say(CostWatch *watch, double share, const char *what, const char *eta)
{
  const int line = (int)(PLAIN_LINES * share);

  if (line <= watch->said) {
    return;
  }
  fprintf(watch->stream, "[%zu/%zu] cost of %s: %s%s%s\n", watch->task + 1,
          watch->n_tasks, watch->problem, what, eta[0] != '\0' ? ", " : "", eta);
  watch->said = line;
}

void
cost_watch_update(CostWatch *watch, double share, const char *what)
{
  const double done = ((double)watch->task + share) / (double)watch->n_tasks;
  g_autofree char *eta = bar_eta(watch->start, 0.0, done);

  if (watch->is_live) {
    draw(watch, done, what, eta);
  } else {
    say(watch, share, what, eta);
  }
}
