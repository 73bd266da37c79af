/* SPDX-License-Identifier: MIT */
/* The floating-point mode of this thread. */
#ifndef OPTREG_CHECK_FLOATING_POINT_H
#define OPTREG_CHECK_FLOATING_POINT_H

#include <stdint.h>

/* Rounding, traps and the flushing of denormals as a number to compare; not the flags
 * of exceptions that have been. */
uint64_t floating_point_mode(void);

#endif
