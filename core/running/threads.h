/* SPDX-License-Identifier: MIT */
/* How many threads a step takes. */
#ifndef OPTREG_CORE_THREADS_H
#define OPTREG_CORE_THREADS_H

#include "running/pool.h"

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

typedef struct OptregThreads {
  size_t asked; /* 1 to OPTREG_MOST_THREADS */
  size_t n;     /* of them, as many as there are processors for */
} OptregThreads;

/* Whether an application may ask for n; 0 stands for the default.
 * OPTREG_ERROR_ARGUMENT. */
bool optreg_threads_check(uint64_t n, GError **error);

/* `asked` 0: OPTREG_NUM_THREADS, else one for each processor. OPTREG_ERROR_ARGUMENT for
 * a variable that is no number from 1 to OPTREG_MOST_THREADS. */
bool optreg_threads_choose(uint32_t asked, OptregThreads *threads, GError **error);

/* Why there are fewer than asked for, or NULL when there are not. */
char *optreg_threads_explain(const OptregThreads *threads);

#endif
