/* SPDX-License-Identifier: MIT */
/* The values of hyperparameters in one call: constant, scheduled, or asked for. */
#ifndef OPTREG_CORE_VALUES_H
#define OPTREG_CORE_VALUES_H

#include "running/engine.h"

/* Refuse schedules that wait for the number of planned steps. */
bool optreg_values_check(const OptregConfig *config, GError **error);

/* Whether a row is scheduled in a group. */
bool optreg_values_is_scheduled(const OptregGroup *group, size_t row);

/* The learning rate of all groups that have none of their own has one source: a
 * schedule of the configuration, which nothing replaces; else the application's
 * function, while there is one; else a number, which may be set. */

/* Set the number. Refused out of range, when the optimizer has no learning rate, and
 * when it has another source, or when the type of a parameter cannot hold it; the
 * engine is NULL before build. */
bool optreg_values_set_learning_rate(OptregConfig *config,
                                     const OptregDescriptor *descriptor,
                                     const OptregEngine *engine, double value,
                                     GError **error);

/* Set the function; NULL takes it away. Refused as above. */
bool optreg_values_set_function(OptregRunOptions *options, const OptregConfig *config,
                                const OptregDescriptor *descriptor,
                                optreg_learning_rate_function function, void *context,
                                GError **error);

/* What the function says now; NaN where there is none. */
double optreg_values_ask(const OptregRunOptions *options);

/* What the configuration gives a group in the update that follows the report. */
double optreg_values_of(const OptregGroup *group, size_t row,
                        const optreg_step_report *report);

/* The learning rate of a group in the update that follows the report, with the group's
 * multiplier; `asked` is what the function said. */
double optreg_values_learning_rate(const OptregGroup *group, size_t row,
                                   const OptregRunOptions *options, double asked,
                                   const optreg_step_report *report);

/* Put the values of the last update there again, after a load or behind a skipped call;
 * those of a learning rate from the application's function excepted. */
void optreg_values_recall(OptregEngine *engine);

/* Put the values of the coming update where the optimizer's spans find them. An error
 * changes nothing that is kept. [no allocation on success] */
bool optreg_values_refresh(OptregEngine *engine, GError **error);

#endif
