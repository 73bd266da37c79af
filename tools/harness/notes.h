/* SPDX-License-Identifier: MIT */
/* What there is to say about the arms of a problem below their table. */
#ifndef OPTREG_HARNESS_NOTES_H
#define OPTREG_HARNESS_NOTES_H

#include "comparison.h"
#include "support/screen.h"

#include <stdio.h>

/* Runs that diverged or were lost, what tuning has chosen, what looks wrong and its
 * remedy, and what calibration has found. */
void notes_print(const Comparison *comparison, size_t task, const Screen *screen,
                 FILE *stream);

#endif
