/* SPDX-License-Identifier: MIT */
/* A comparison's results on the terminal. */
#ifndef OPTREG_HARNESS_TABLE_H
#define OPTREG_HARNESS_TABLE_H

#include "wording.h"

#include <stdio.h>

/* For each problem a table of arms and a sentence for each pair; then the method. */
void table_print(const Comparison *comparison, const Analysis *analysis,
                 const Manifest *manifest, FILE *stream);

#endif
