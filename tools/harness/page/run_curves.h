/* SPDX-License-Identifier: MIT */
/* RunCurves of one problem, read once: what each complete run measured, and what the
 * runs of an arm have in common. */
#ifndef OPTREG_HARNESS_PAGE_RUN_CURVES_H
#define OPTREG_HARNESS_PAGE_RUN_CURVES_H

#include "figure.h"
#include "harness/analysis.h"

typedef enum CurveClock {
  CLOCK_STEP,   /* updates */
  CLOCK_EPOCH,  /* passes over the data */
  CLOCK_SECOND, /* of training */
  N_CLOCKS
} CurveClock;

/* What is measured: a metric on a split, or the mean loss of the batches. */
typedef struct CurveNumber {
  char *name;    /* "test accuracy (%)" */
  double factor; /* 100 for shares, so that they are percentages */
  Split split;
  size_t metric;
  bool is_batch_loss;
} CurveNumber;

/* One run. */
typedef struct Curve {
  const Run *run;
  size_t n;
  double *clocks[N_CLOCKS];
  double **values; /* of each number */
} Curve;

typedef struct RunCurves {
  GArray *numbers; /* of CurveNumber; the first one decides */
  GArray *curves;  /* of Curve, by arm and seed */
} RunCurves;

/* Of the complete evaluations of a problem. */
RunCurves *run_curves_read(const Comparison *comparison, size_t task);
void run_curves_free(RunCurves *curves);

/* "step", "epoch", "seconds of training". */
const char *run_curves_clock_name(CurveClock clock);

/* The curve of an arm with a seed, or NULL. */
const Curve *run_curves_find(const RunCurves *curves, size_t arm, uint32_t seed);

/* Mean over the runs of an arm, with the band that holds the middle four fifths of them
 * from 3 runs on. It begins where all have begun and ends where the first of them ends,
 * so that no run leaves the mean unseen. Where runs were measured at other places, they
 * are interpolated between their records. By seconds, a point is the mean at some step
 * after the mean time that the runs took to it. n is 0 when there is no run. */
Trace run_curves_mean(const RunCurves *curves, size_t arm, size_t number,
                      CurveClock clock);

/* Mean of the paired differences, arm minus control, with the interval that the paired
 * sign-flip test gives at the level 1 - alpha. */
Trace run_curves_difference(const RunCurves *curves, size_t arm, size_t control,
                            CurveClock clock, double alpha);

/* One run as it was measured. */
Trace run_curves_run(const Curve *curve, size_t number, CurveClock clock);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(RunCurves, run_curves_free)

#endif
