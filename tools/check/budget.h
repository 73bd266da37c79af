/* SPDX-License-Identifier: MIT */
/* How much of a check's processor time is gone. */
#ifndef OPTREG_CHECK_BUDGET_H
#define OPTREG_CHECK_BUDGET_H

#include <stdbool.h>

/* False for a debugger. */
bool budget_is_limited(void);

/* Seconds that the check may still take; a large number without a limit. */
double budget_left(void);

/* Its limit in seconds; the same. */
double budget_limit(void);

#endif
