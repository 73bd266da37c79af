/* SPDX-License-Identifier: MIT */
/* One line for each problem's file. */
#ifndef OPTREG_HARNESS_PROBLEMS_H
#define OPTREG_HARNESS_PROBLEMS_H

#include "problem.h"

extern const ProblemClass problem_digits_mlp;

#endif
