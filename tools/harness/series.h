/* SPDX-License-Identifier: MIT */
/* All numbers of a run's log by their names, whatever its records have, and what runs
 * have in common.
 */
#ifndef OPTREG_HARNESS_SERIES_H
#define OPTREG_HARNESS_SERIES_H

#include "comparison.h"

typedef struct SeriesPoint {
  uint64_t batches;
  double elapsed_s; /* in training */
  double value;     /* finite */
} SeriesPoint;

typedef struct Series {
  char *name;     /* "batch_loss", "test/accuracy": members of members by '/' */
  GArray *points; /* of SeriesPoint, by rising batches */
} Series;

/* Of a log's text: lists of Series in the order in which their names appear. What tells
 * who a run is, clocks and the final record's own members are no series, and what is
 * not finite no point. */
GPtrArray *series_read(const char *log);

/* Of a run's log in the folder; of the complete runs of an arm, a list for each. */
GPtrArray *series_of_run(const Comparison *comparison, const Run *run);
GPtrArray *series_of_arm(const Comparison *comparison, size_t task, size_t arm);

/* From several runs' lists, with as many points as all of them share: the mean, and the
 * ends of Student's interval of it at the level 1 - alpha. */
typedef struct SeriesSummary {
  GPtrArray *mean, *low, *high; /* low and high are empty below 2 runs */
} SeriesSummary;

SeriesSummary series_summarize(const GPtrArray *runs, double alpha);
void series_summary_clear(SeriesSummary *summary);

const Series *series_find(const GPtrArray *list, const char *name);

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(SeriesSummary, series_summary_clear)

#endif
