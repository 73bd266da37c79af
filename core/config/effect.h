/* SPDX-License-Identifier: MIT */
/* Options that contradict each other, and options that would change nothing. */
#ifndef OPTREG_CORE_EFFECT_H
#define OPTREG_CORE_EFFECT_H

#include "config/grouping.h"

/* groups  of OptregGrouping, the default group last */
bool optreg_effect_check(const GArray *groups, GError **error);

#endif
