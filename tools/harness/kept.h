/* SPDX-License-Identifier: MIT */
/* Files of a comparison's folder that can be made anew, so that a damaged one is no
 * error. */
#ifndef OPTREG_HARNESS_KEPT_H
#define OPTREG_HARNESS_KEPT_H

#include "comparison.h"

#include <stdio.h>

/* A line to `stream` for each that is there and cannot be read: its path, the place of
 * the damage, and what happens. */
void kept_warn(const Comparison *comparison, FILE *stream);

#endif
