/* SPDX-License-Identifier: MIT */
/* What the experiment expects of means, and what they are. */
#ifndef OPTREG_HARNESS_EXPECT_H
#define OPTREG_HARNESS_EXPECT_H

#include "comparison.h"
#include "support/screen.h"

#include <json-glib/json-glib.h>
#include <stdio.h>

/* How a row of `expect` stands. */
typedef struct ExpectFinding {
  double low, high; /* the least and the largest mean of its arms, or twice the spread;
                       NaN when an arm has no complete run or no finite mean */
  double deviation; /* of the seeds' scores of a single arm; NaN otherwise */
  size_t n;         /* complete runs: of the arm that has fewest */
  double value;     /* what is expected, also when it is another arm's mean; or NaN */
  double tolerance; /* as it comes out; NaN without one */
  double least, most; /* what is permitted in the end; infinite without a limit */
  bool is_met;
} ExpectFinding;

ExpectFinding expect_find(const Comparison *comparison, const Expectation *row);

/* The row in a sentence: "sgd on digits-mlp: test error 2.41 %, expected 2.26 % to
 * within 0.30 pp: met". Newly allocated. */
char *expect_describe(const Comparison *comparison, const Expectation *row,
                      const ExpectFinding *finding);

/* The metric whose means the row is about. */
const ProblemMetric *expect_metric(const Comparison *comparison,
                                   const Expectation *row);

/* The row as cells of a table. */
typedef struct ExpectCells {
  char *subject;   /* "sgd, like momentum", "spread of adadelta* (12 arms)" */
  char *value;     /* what is expected; empty where there are limits only */
  char *measured;  /* "2.41 ± 0.05 %" */
  char *permitted; /* "± 0.30 pp", "at most 3.00 %" */
} ExpectCells;

/* Names of arms stand in `quote`, which may be empty. */
ExpectCells expect_cells(const Comparison *comparison, const Expectation *row,
                         const ExpectFinding *finding, const char *quote);
void expect_cells_clear(ExpectCells *cells);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(ExpectCells, expect_cells_clear)

/* Print a line for each row, unless the stream is NULL. Returns how many are missed; a
 * row whose arm has no complete run is. */
size_t expect_check(const Comparison *comparison, const Screen *screen, FILE *stream);

/* All rows as a member "expectations" of the object that is being built. */
void expect_add_json(JsonBuilder *builder, const Comparison *comparison);

/* All rows as a Markdown table; NULL without any. Newly allocated. */
char *expect_to_markdown(const Comparison *comparison);

#endif
