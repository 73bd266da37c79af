/* SPDX-License-Identifier: MIT */
/* What a comparison found, for people. */
#ifndef OPTREG_HARNESS_TABLE_H
#define OPTREG_HARNESS_TABLE_H

#include "comparison.h"

#include <stdio.h>

/* The heading, the table, a sentence for each pair and for what went wrong. */
void table_print(const Comparison *comparison, FILE *stream);

#endif
