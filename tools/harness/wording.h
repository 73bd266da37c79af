/* SPDX-License-Identifier: MIT */
/* Results in words, the same in the terminal and in the report. All newly allocated. */
#ifndef OPTREG_HARNESS_WORDING_H
#define OPTREG_HARNESS_WORDING_H

#include "analysis.h"
#include "calibration.h"
#include "findings.h"
#include "manifest.h"

/* A value of the metric: "96.46 %", "0.0308"; a difference: "+0.72 pp", "-0.0021". */
char *wording_value(const ProblemMetric *metric, double value);
char *wording_difference(const ProblemMetric *metric, double difference);

/* "96.46 ± 0.31 %" of seeds; the mean alone when the deviation is not finite. */
char *wording_score(const ProblemMetric *metric, double mean, double deviation,
                    const char *plus_minus);

/* "test accuracy". */
char *wording_metric(const Task *task);

/* The pair in one sentence: "sgd is better than adadelta at these settings (untuned):
 * +0.72 pp [+0.39, +1.08], p=0.0039, better with 9 of 10 seeds". */
char *wording_pair(const Comparison *comparison, const Analysis *analysis,
                   const Pair *pair);

/* "look 1 tests at 0.025 ..."; how the numbers are to be read. */
char *wording_method(const Comparison *comparison, const Analysis *analysis);

/* "exploratory: ...", or NULL when nothing has changed since the first look. */
char *wording_changes(const Manifest *manifest);

/* "calibration: ..." of a problem, or NULL when there is none in the folder. */
char *wording_calibration(const Comparison *comparison, size_t task);

/* Which trial was chosen: "tuned: learning_rate 0.31 (trial 5 of 8)", or NULL. */
char *wording_tuning(const Comparison *comparison, size_t task, size_t arm);

/* "adadelta, groups[0] (*bias): every gradient was 0 ...; see whether ...". */
char *wording_finding(const Comparison *comparison, size_t arm,
                      const DiagnosticsCurves *curves, const Finding *finding);

/* When the target was reached: "reached in 9 of 10 runs, median 0.81 s", or NULL. */
char *wording_times(const Comparison *comparison, const Analysis *analysis, size_t task,
                    size_t arm);

#endif
