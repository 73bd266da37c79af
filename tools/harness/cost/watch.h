/* SPDX-License-Identifier: MIT */
/* How far the cost phase is, for the eyes: a bar on a terminal, elsewhere some lines.
 */
#ifndef OPTREG_HARNESS_COST_WATCH_H
#define OPTREG_HARNESS_COST_WATCH_H

#include <glib.h>
#include <stdbool.h>
#include <stdio.h>

typedef struct CostWatch {
  FILE *stream;
  const char *problem;  /* that is measured */
  size_t n_tasks, task; /* to be measured, and which of them, from 0 */
  gint64 start, drawn;
  int said; /* the last plain line of this problem, from 0 */
  bool is_live, is_drawn;
} CostWatch;

CostWatch cost_watch_begin(size_t n_tasks, FILE *stream);

/* The next problem. */
void cost_watch_task(CostWatch *watch, size_t task, const char *problem);

/* What is done, as the share of the problem, 0 to 1. */
void cost_watch_update(CostWatch *watch, double share, const char *what);

/* Take the bar away. */
void cost_watch_clear(CostWatch *watch);

#endif
