/* SPDX-License-Identifier: MIT */
/* A picture of every value that follows a schedule. */
#ifndef OPTREG_CLI_PLOT_SCHEDULES_H
#define OPTREG_CLI_PLOT_SCHEDULES_H

#include "support/status.h"

/* Write an SVG of `n_steps` planned updates (at least 1) to `path`, a panel for each
 * hyperparameter that follows a schedule anywhere, a line for each group that differs.
 * `title` names the configuration. An error when there is no schedule. */
bool plot_schedules(optreg_optimizer *optimizer, const char *title, uint64_t n_steps,
                    const char *path, GError **error);

#endif
