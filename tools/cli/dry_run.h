/* SPDX-License-Identifier: MIT */
/* What a comparison would do. */
#ifndef OPTREG_CLI_DRY_RUN_H
#define OPTREG_CLI_DRY_RUN_H

#include "harness/comparison.h"

#include <stdio.h>

/* Print the matrix of runs and how long they would take, by the probe of each site. */
void dry_run_print(const Comparison *comparison, uint32_t n_calibration, uint32_t jobs,
                   FILE *stream);

#endif
