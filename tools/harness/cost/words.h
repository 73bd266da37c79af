/* SPDX-License-Identifier: MIT */
/* Costs in words, the same in the terminal and in the files. All newly allocated. */
#ifndef OPTREG_HARNESS_COST_WORDS_H
#define OPTREG_HARNESS_COST_WORDS_H

#include "cost.h"

/* "1.52 [1.50, 1.54]", "1" for the control, "-" when it is not known. */
char *cost_words_ratio(const CostRow *row);

/* An arm in one sentence: "adam: a step takes 1.52 [1.50, 1.54] times as long as one of
 * adadelta", "... no longer and no shorter than ... within the noise floor of 2.1 %",
 * "adam: not measured: killed by signal 6 (Aborted)". NULL for a control that was
 * measured. */
char *cost_words_arm(const Comparison *comparison, const CostTask *task, size_t arm);

/* How much is noise, and how the machine was. */
char *cost_words_noise(const Comparison *comparison, const CostTask *task);

#endif
