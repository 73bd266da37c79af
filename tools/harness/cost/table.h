/* SPDX-License-Identifier: MIT */
/* What the steps of a problem's arms cost, for the terminal. */
#ifndef OPTREG_HARNESS_COST_TABLE_H
#define OPTREG_HARNESS_COST_TABLE_H

#include "cost.h"
#include "support/screen.h"

#include <stdio.h>

void cost_table_print(const Comparison *comparison, const CostTask *task,
                      const Screen *screen, FILE *stream);

#endif
