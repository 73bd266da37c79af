/* SPDX-License-Identifier: MIT */
/* The clock that everything is timed with. */
#ifndef OPTREG_TOOLS_CLOCK_H
#define OPTREG_TOOLS_CLOCK_H

/* Seconds; never goes back. */
double clock_now(void);

#endif
