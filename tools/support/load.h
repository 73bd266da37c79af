/* SPDX-License-Identifier: MIT */
/* How busy others keep the machine while something is measured. */
#ifndef OPTREG_TOOLS_LOAD_H
#define OPTREG_TOOLS_LOAD_H

#include <stdbool.h>

/* Seconds of all processors since the start. */
typedef struct Load {
  double total, busy; /* of the machine, stolen time is busy */
  double own;         /* of this process and its children that have ended */
} Load;

/* All zero where the system does not tell. */
Load load_now(void);

/* From the first line of /proc/stat; `tick` is its unit in seconds. */
bool load_parse(const char *line, double tick, Load *load);

/* The share of the processors that others had between the two, from 0 to 1. */
double load_of_others(const Load *before, const Load *after);

#endif
