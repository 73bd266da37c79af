/* SPDX-License-Identifier: MIT */
/* What a problem says about its tensors, before it is believed. */
#ifndef OPTREG_HARNESS_PROBLEM_TENSORS_H
#define OPTREG_HARNESS_PROBLEM_TENSORS_H

#include "problem.h"

enum { PROBLEM_MOST_DIMENSIONS = 8 };

/* What is wrong with the table, newly allocated, or NULL. */
char *problem_tensors_refusal(const ProblemTensor *tensors, size_t n);

#endif
