/* SPDX-License-Identifier: MIT */
/* The values of hyperparameters in one call: constant, scheduled, or asked for. */
#ifndef OPTREG_CORE_VALUES_H
#define OPTREG_CORE_VALUES_H

#include "running/engine.h"

/* Refuse schedules that wait for the number of planned steps. */
bool optreg_values_check(const OptregConfig *config, GError **error);

/* Whether a row is scheduled in a group. */
bool optreg_values_is_scheduled(const OptregGroup *group, size_t row);

/* Give a learning rate to all groups that have none of their own. Refused out of range,
 * or when the optimizer has none, or when a schedule gives it. */
bool optreg_values_set_learning_rate(OptregConfig *config,
                                     const OptregDescriptor *descriptor, double value,
                                     GError **error);

/* The learning rate that the next update would take from the configuration. */
double optreg_values_learning_rate(const OptregEngine *engine);

/* Put the values of the coming update where the optimizer's spans find them. An error
 * changes nothing that is kept. [no allocation on success] */
bool optreg_values_refresh(OptregEngine *engine, GError **error);

#endif
