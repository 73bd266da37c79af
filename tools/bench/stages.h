/* SPDX-License-Identifier: MIT */
/* What each wrapper costs, and what looking costs: the time that is saved by leaving it
 * out. */
#ifndef OPTREG_BENCH_STAGES_H
#define OPTREG_BENCH_STAGES_H

#include "measure.h"

/* One wrapper left out. */
typedef struct StageCost {
  const char *name;                /* "ema"; constant */
  char *reason;                    /* why it cannot be left out, or NULL */
  double seconds, seconds_without; /* of a step, medians */
  Spread difference;               /* seconds - seconds_without, run by run */
} StageCost;

/* Of every wrapper that the configuration uses, options of groups left aside; an array
 * of StageCost. `name` is as for configs_open(). */
GArray *stages_measure(const Setting *setting, const char *name, GError **error);

/* An empty one. */
GArray *stages_new(void);

/* Append what it costs to look at each `every`-th update, as "diagnostics". */
bool stages_measure_diagnostics(const Setting *setting, const char *name,
                                uint32_t every, GArray *costs, GError **error);

/* The configuration as YAML without a stage, from the options of its optimizer; NULL
 * when it does not use the stage. */
char *stages_leave_out(const optreg_optimizer *optimizer, size_t stage);
size_t stages_count(void);
const char *stages_name(size_t stage);

#endif
