/* SPDX-License-Identifier: MIT */
/* SIMD levels: what this machine runs, what the user permits, what they are called. */
#ifndef OPTREG_CORE_CPU_H
#define OPTREG_CORE_CPU_H

#include <glib.h>
#include <optreg/plugin.h>
#include <stdbool.h>

/* The highest OPTREG_LEVEL_* that this machine runs, lowered by the environment
 * variable OPTREG_ISA (baseline, x86-64-v3, x86-64-v4; ignored in set-id programs). */
uint32_t optreg_cpu_level(void);

/* Whether OPTREG_ISA, if set, names a level that this machine runs. */
bool optreg_cpu_check_environment(GError **error);

/* How many elements ahead of a tile its streams are best fetched; 0 where fetching
 * ahead is not known to help. */
size_t optreg_cpu_prefetch(void);

/* "baseline", "x86-64-v3", "x86-64-v4", or NULL for a number that is none of them. */
const char *optreg_level_name(uint32_t level);

#endif
