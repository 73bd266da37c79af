/* SPDX-License-Identifier: MIT */
/* DIR/tensorboard: a comparison's runs, and what an arm's runs have in common, as event
 * files.
 */
#ifndef OPTREG_HARNESS_BOARDS_H
#define OPTREG_HARNESS_BOARDS_H

#include "comparison.h"

/* PROBLEM/ARM/seed-N for each run, and PROBLEM/ARM/mean, ci_low and ci_high over the
 * seeds that are complete; tuning in PROBLEM/ARM/tuning-T-seed-N. Steps are batches,
 * wall times the run's seconds of training from 1970 on, so that the bytes depend on
 * the logs only. Event files of an earlier call that no run has now are removed. */
bool boards_write(const Comparison *comparison, GError **error);

#endif
