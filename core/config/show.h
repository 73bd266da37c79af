/* SPDX-License-Identifier: MIT */
/* Every option with its effective value and where the value comes from. */
#ifndef OPTREG_CORE_SHOW_H
#define OPTREG_CORE_SHOW_H

#include "config/grouping.h"
#include "config/settings.h"

/* Fill config->options: the whole model first, then what each group overrides. */
void optreg_show_options(OptregConfig *config, const GArray *groups);

/* NULL is permitted. */
void optreg_show_free(optreg_option_info *options, size_t n_options);

#endif
