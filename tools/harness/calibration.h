/* SPDX-License-Identifier: MIT */
/* The test tried on arms that do not differ: the control against itself on other seeds.
 */
#ifndef OPTREG_HARNESS_CALIBRATION_H
#define OPTREG_HARNESS_CALIBRATION_H

#include "comparison.h"

enum { CALIBRATION_STREAMS = 60, CALIBRATION_SIDE = 10, CALIBRATION_PAIRINGS = 200 };

/* Of one problem. */
typedef struct Calibration {
  size_t n_streams; /* that completed; too few of them: n_pairings is 0 */
  size_t n_pairings, n_false;
  double false_share; /* of pairings whose p is below alpha */
  double alpha;
  double expected_share; /* what an exact test of 10 pairs gives */
  double noise_floor; /* 95 % of the mean differences of identical arms are smaller */
} Calibration;

/* 200 random pairings of 10 of the scores against 10 others, always the same for n. */
Calibration calibration_of(const double *scores, size_t n, double alpha);

/* From the runs that comparison_plan_calibration has planned. */
Calibration calibration_of_task(const Comparison *comparison, const GPtrArray *runs,
                                size_t task);

/* DIR/calibration.json, by problem. */
bool calibration_write(const Comparison *comparison, const Calibration *calibrations,
                       GError **error);

/* What an earlier calibration of this control in the folder says; false when there is
 * none.
 */
bool calibration_read(const Comparison *comparison, size_t task,
                      Calibration *calibration);

#endif
