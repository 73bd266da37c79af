/* SPDX-License-Identifier: MIT */
/* Tables of numbers that are embedded in the executable (tools/data). */
#ifndef OPTREG_PROBLEMS_CSV_H
#define OPTREG_PROBLEMS_CSV_H

#include <glib.h>
#include <stdint.h>

/* The cells of the gzip-compressed table NAME, row by row; every row after the first
 * `skip` lines has n_columns numbers. *n_rows receives how many there are. Free with
 * g_free. */
double *csv_read(const char *name, size_t n_columns, size_t skip, size_t *n_rows,
                 GError **error);

/* OPTREG_PROBLEM_TEST for a fifth of the rows, VALIDATION for a tenth, scattered
 * evenly, and TRAINING. */
uint32_t csv_split_of_row(size_t row);

#endif
