/* SPDX-License-Identifier: MIT */
/* A comparison's results on the terminal. */
#ifndef OPTREG_HARNESS_TABLE_H
#define OPTREG_HARNESS_TABLE_H

#include "support/screen.h"
#include "wording.h"

/* For each problem a table of arms and a sentence for each pair; then the method. */
void table_print(const Comparison *comparison, const Analysis *analysis,
                 const Manifest *manifest, FILE *stream);

/* The parts of it: a problem, and what stands below all of them. */
void table_print_task(const Comparison *comparison, const Analysis *analysis,
                      size_t task, const Screen *screen, FILE *stream);
void table_print_end(const Comparison *comparison, const Analysis *analysis,
                     const Manifest *manifest, const Screen *screen, FILE *stream);

#endif
