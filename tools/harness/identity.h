/* SPDX-License-Identifier: MIT */
/* What makes two runs, or two comparisons, the same. */
#ifndef OPTREG_HARNESS_IDENTITY_H
#define OPTREG_HARNESS_IDENTITY_H

#include "comparison.h"

/* The run's key, 64 hexadecimal digits. The site of its arm must be known. */
void identity_of_run(const Comparison *comparison, const Run *run, char key[65]);

/* The same for all runs that train the same weights, whoever shadows them. */
void identity_of_result(const Comparison *comparison, const Run *run, char key[65]);

/* SHA-256 of an arm's configuration at a trial. Free with g_free. */
char *identity_of_config(const Comparison *comparison, size_t arm, uint32_t trial);

/* A problem with its options, data, batch size and budget, as one line of text. */
char *identity_of_task(const Comparison *comparison, size_t task);

/* SHA-256 of a file, or "" when it cannot be read. */
char *identity_of_file(const char *path);

#endif
