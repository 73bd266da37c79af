/* SPDX-License-Identifier: MIT */
/* What the experiment expects of means, and what they are. */
#ifndef OPTREG_HARNESS_EXPECT_H
#define OPTREG_HARNESS_EXPECT_H

#include "comparison.h"

#include <stdio.h>

/* Print a line for each row of `expect`. Returns how many are missed; a row whose arm
 * has no complete run is. */
size_t expect_check(const Comparison *comparison, FILE *stream);

#endif
