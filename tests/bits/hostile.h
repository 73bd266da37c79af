/* SPDX-License-Identifier: MIT */
/* A host with another floating-point mode: denormals are zero, rounding is upward. */
#ifndef OPTREG_TESTS_HOSTILE_H
#define OPTREG_TESTS_HOSTILE_H

#include <stddef.h>

/* Set the mode, as a library linked with -Ofast and a careless host would. */
void hostile_mode_set(void);

/* Check that it is still set, then return to normal. */
void hostile_mode_check(void);

/* The first half of it alone. */
void hostile_flushing_set(void);
void hostile_flushing_check(void);

/* An application's threads, one for each task, each in that mode. */
void hostile_parallel_for(void *context, size_t n,
                          void (*task)(void *argument, size_t index), void *argument);

#endif
