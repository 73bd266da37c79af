/* SPDX-License-Identifier: MIT */
/* The numbers of a built optimizer that a checkpoint holds as text. */
#ifndef OPTREG_CORE_COUNTERS_H
#define OPTREG_CORE_COUNTERS_H

#include "running/engine.h"

/* Those of the engine and of every wrapper, OptregCounter, in an order that depends on
 * the configuration only. Free with g_array_unref(). */
GArray *optreg_counters_get(const OptregEngine *engine);

/* Put them back; the same counters, in their ranges. */
void optreg_counters_set(OptregEngine *engine, const GArray *counters);

char *optreg_counter_show(const OptregCounter *counter);

/* A number in the counter's range, or why not (to be freed); NULL: *counter has it. */
char *optreg_counter_read(OptregCounter *counter, const char *text);

#endif
