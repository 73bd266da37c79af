/* SPDX-License-Identifier: MIT */
/* Hyperparameters that the application sets, in one group or in all. */
#ifndef OPTREG_CORE_SETTING_H
#define OPTREG_CORE_SETTING_H

#include "running/engine.h"

/* Set a schedulable hyperparameter of a group, or of every group (OPTREG_WHOLE_MODEL)
 * whose optimizer has it. A learning rate of a group becomes its own. All is refused
 * before anything is set: a value that YAML would refuse there, one that the type of a
 * parameter cannot hold, one that follows a schedule or the application's function, and
 * one that would need slots which build has left out. `engine` is NULL before build. */
bool optreg_setting_apply(OptregConfig *config, const OptregRunOptions *options,
                          const OptregEngine *engine, size_t group, const char *name,
                          double value, GError **error);

/* What the update behind the report uses, a learning rate with the multiplier; of
 * OPTREG_WHOLE_MODEL what parameters outside groups get. NaN: there is no such thing.
 */
double optreg_setting_read(const OptregConfig *config, const OptregRunOptions *options,
                           const optreg_step_report *report, size_t group,
                           const char *name);

#endif
