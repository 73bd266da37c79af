/* SPDX-License-Identifier: MIT */
/* A schedule: a hyperparameter's value as a pure function of one counter. */
#ifndef OPTREG_CORE_SCHEDULE_H
#define OPTREG_CORE_SCHEDULE_H

#include "config/node.h"

#include <optreg/optreg.h>
#include <optreg/plugin.h>

typedef struct OptregSchedule OptregSchedule;

/* Read {schedule: NAME, parameter: value, counter: step}. `row` is the hyperparameter
 * that follows it and must outlive the schedule. Refused: what the row's range does not
 * permit at any counter, as far as it is known before percentages are. Returns NULL
 * with OPTREG_ERROR_CONFIG, "source:line:column: ...". */
OptregSchedule *optreg_schedule_new(const OptregNode *mapping, const char *source,
                                    const optreg_hyperparameter *row, GError **error);

/* NULL is permitted. */
void optreg_schedule_free(OptregSchedule *schedule);

/* Whether a percentage waits for the number of planned steps. */
bool optreg_schedule_needs_total_steps(const OptregSchedule *schedule);

/* Turn percentages into steps; 0: the number is not known any more. On failure, with
 * OPTREG_ERROR_CONFIG, the schedule stays as it was. */
bool optreg_schedule_set_total_steps(OptregSchedule *schedule, uint64_t total_steps,
                                     GError **error);

/* True: the counter is the number of calls that took a gradient, as in Keras; false:
 * the number of updates. */
bool optreg_schedule_counts_micro_steps(const OptregSchedule *schedule);

/* The same for the same counter, whatever was asked before; NaN while percentages wait.
 * May overflow where the row's range has no upper end. [any thread] [no allocation] */
double optreg_schedule_value(const OptregSchedule *schedule, uint64_t counter);

/* The lowest or the highest value at any counter; infinite where it grows for ever. */
double optreg_schedule_end(const OptregSchedule *schedule, bool is_high);

/* As YAML, defaults included: "{schedule: linear, ..., counter: step}". Owned by the
 * caller. */
char *optreg_schedule_show(const OptregSchedule *schedule);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(OptregSchedule, optreg_schedule_free)

#endif
