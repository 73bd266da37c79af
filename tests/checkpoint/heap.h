/* SPDX-License-Identifier: MIT */
/* A heap that is watched and may be limited, in front of the C library's. */
#ifndef OPTREG_TESTS_CHECKPOINT_HEAP_H
#define OPTREG_TESTS_CHECKPOINT_HEAP_H

#include <stddef.h>

/* From now on at most so many bytes more than now; SIZE_MAX: as many as there are. */
void heap_limit(size_t bytes);

/* Measure from here, and the most that there has been since then, in bytes. What is
 * given back before anything else is taken does not count. */
void heap_measure(void);
size_t heap_peak(void);

#endif
